"""The directory: who there is, what signs for them and what they may do. IAM's face to every other part."""

from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId
from telecine.core.pages import PageTokens
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.contract import SigningKey
from telecine.services.iam.directory.account_details import AccountDetails
from telecine.services.iam.directory.accounts import Accounts, NoSuchAccount
from telecine.services.iam.directory.aliases import Aliases
from telecine.services.iam.directory.boundaries import Boundaries
from telecine.services.iam.directory.groups import Groups
from telecine.services.iam.directory.hashing import Hashing
from telecine.services.iam.directory.instance_profiles import InstanceProfiles
from telecine.services.iam.directory.keys import Keys
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.linked_roles import LinkedRoles
from telecine.services.iam.directory.mfa import MfaDevices
from telecine.services.iam.directory.passwords import Passwords
from telecine.services.iam.directory.permissions import Permissions
from telecine.services.iam.directory.policies import Policies
from telecine.services.iam.directory.principals import Principals
from telecine.services.iam.directory.roles import Roles
from telecine.services.iam.directory.sign_in import SignIn
from telecine.services.iam.directory.simulator import Simulator
from telecine.services.iam.directory.throttle import Throttle
from telecine.services.iam.directory.users import Users
from telecine.services.iam.directory.uses import Uses
from telecine.services.iam.model import Bootstrap, EffectivePolicies, Role, SignInAttempt

__all__ = ["Directory", "NoSuchAccount"]


def _forget(_attempt: SignInAttempt) -> None:
    """Nobody signs in where nobody listens."""


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
        record: Callable[[SignInAttempt], None] = _forget,
    ) -> None:
        """`passwords` hashes with argon2's recommended cost unless a cheaper hasher is given (tests). `record` is told
        of everybody who tries to sign in, before they get their answer."""
        self._ledger = Ledger(database, pages)
        self.keys = Keys(self._ledger, root_key, clock, ids)
        self.users = Users(self._ledger, clock, ids)
        self.groups = Groups(self._ledger, clock, ids)
        self.roles = Roles(self._ledger, clock, ids)
        self.policies = Policies(self._ledger, clock, ids)
        self.instance_profiles = InstanceProfiles(self._ledger, clock, ids)
        self.linked_roles = LinkedRoles(self._ledger, self.roles, clock, ids)
        self.permissions = Permissions(self._ledger)
        self.boundaries = Boundaries(self._ledger)
        self.account_details = AccountDetails(self._ledger, self.permissions)
        self.aliases = Aliases(self._ledger)
        self.simulator = Simulator(self._ledger, self.roles, self.permissions)
        self.principals = Principals(self._ledger)
        self.uses = Uses(self._ledger)
        hashing = Hashing(passwords or PasswordHasher())
        attempts = Throttle(self._ledger, clock, root_key.derive("sign-in-attempts"))
        self.accounts = Accounts(self._ledger, self.keys, clock, ids, hashing)
        self.passwords = Passwords(self._ledger, hashing, attempts, clock)
        self.mfa = MfaDevices(self._ledger, root_key, attempts, clock, ids)
        self.sign_in = SignIn(self._ledger, hashing, attempts, self.mfa, clock, record=record)

    def bootstrap(self, account: AccountId, hand_over: Callable[[Bootstrap], None] | None = None) -> Bootstrap | None:
        """Make the account and its user `admin`, who may do everything; None when there is an account already.

        `hand_over` is given the credentials before they are in force.
        """
        return self.accounts.bootstrap(account, hand_over)

    def generation(self) -> int:
        """A number that every write to IAM raises: what was read under one generation holds until the next."""
        return self._ledger.generation()

    def signing_key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        """A long-term key of a user or of root, with its secret and caller; None when there is no such key."""
        return self.keys.signing_key(access_key_id)

    def identity_policies(self, identity_id: str) -> EffectivePolicies:
        """Every policy that counts for the user or role with that unique id."""
        return self.permissions.effective(identity_id)

    def note_key_use(self, access_key_id: AccessKeyId, service: str, region: str, at: datetime) -> None:
        """A long-term key signed a request. It is written down with the next `flush_uses`."""
        self.uses.note_key(access_key_id, service, region, at)

    def note_role_use(self, role_id: str, region: str, at: datetime) -> None:
        """A session of the role signed a request. It is written down with the next `flush_uses`."""
        self.uses.note_role(role_id, region, at)

    def flush_uses(self) -> None:
        """Write down what was used since the last time. The generation stays as it is."""
        self.uses.flush()

    def role(self, account: AccountId, name: str) -> Role | None:
        """The role of that name, written in whatever case."""
        return self.roles.find(account, name)

    def role_tags(self, arn: str) -> Tags:
        """The tags of the role with exactly that ARN; none when there is no such role."""
        return self.roles.tags_of(arn)

    def role_by_arn(self, arn: str) -> Role | None:
        """The role with exactly that ARN."""
        return self.roles.by_arn(arn)
