"""The directory: who there is, what signs for them and what they may do. IAM's face to every other part."""

from argon2 import PasswordHasher

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.contract import SigningKey
from telecine.services.iam.directory.accounts import Accounts, NoSuchAccount
from telecine.services.iam.directory.keys import Keys
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.permissions import Permissions
from telecine.services.iam.directory.policies import Policies
from telecine.services.iam.directory.principals import Principals
from telecine.services.iam.directory.roles import Roles
from telecine.services.iam.directory.users import Users
from telecine.services.iam.model import Bootstrap, EffectivePolicies, Role

__all__ = ["Directory", "NoSuchAccount"]


class Directory:
    """Every identity of the account, in parts by what they are."""

    def __init__(
        self,
        database: Database,
        root_key: RootKey,
        clock: Clock,
        ids: Ids,
        pages: PageTokens,
        *,
        passwords: PasswordHasher | None = None,
    ) -> None:
        """`passwords` hashes with argon2's recommended cost unless a cheaper hasher is given (tests)."""
        self._ledger = Ledger(database, pages)
        self.keys = Keys(self._ledger, root_key, clock, ids)
        self.users = Users(self._ledger, clock, ids)
        self.roles = Roles(self._ledger, clock, ids)
        self.policies = Policies(self._ledger, clock, ids)
        self.permissions = Permissions(self._ledger)
        self.principals = Principals(self._ledger)
        self.accounts = Accounts(self._ledger, self.keys, clock, ids, passwords or PasswordHasher())

    def bootstrap(self, account: AccountId) -> Bootstrap | None:
        """Make the account and its user `admin`, who may do everything; None when there is an account already."""
        return self.accounts.bootstrap(account)

    def generation(self) -> int:
        """A number that every write to IAM raises: what was read under one generation holds until the next."""
        return self._ledger.generation()

    def signing_key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        """A long-term key of a user or of root, with its secret and caller; None when there is no such key."""
        return self.keys.signing_key(access_key_id)

    def identity_policies(self, identity_id: str) -> EffectivePolicies:
        """Every policy that counts for the user or role with that unique id."""
        return self.permissions.effective(identity_id)

    def role(self, account: AccountId, name: str) -> Role | None:
        """The role of that name, written in whatever case."""
        return self.roles.find(account, name)

    def role_by_arn(self, arn: str) -> Role | None:
        """The role with exactly that ARN."""
        return self.roles.by_arn(arn)
