"""Permissions boundaries: the managed policies that limit what users and roles may be given.

IAM user guide, "Permissions boundaries for IAM entities". A boundary grants nothing. What the default version of its
policy says now is the limit.
"""

from sqlalchemy import Connection

from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.permissions import require_changeable
from telecine.services.iam.directory.policy_arns import find_policy, is_policy_arn
from telecine.services.iam.model import Role, User


class Boundaries:
    """The permissions boundaries of users and roles."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def put(self, identity: User | Role, arn: str) -> None:
        """Limit the user or role by that policy, in place of another. Raises `NoSuchEntity`, `UnmodifiableEntity`."""

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            require_boundary(connection, identity.account, arn)
            store.permissions.set_boundary(connection, identity, arn)

        self._ledger.write(work)

    def delete(self, identity: User | Role) -> None:
        """Limit the user or role no more, if it was limited. Raises `NoSuchEntity`, `UnmodifiableEntity`."""

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            store.permissions.set_boundary(connection, identity, None)

        self._ledger.write(work)


def require_boundary(connection: Connection, account: AccountId, arn: str | None) -> None:
    """Raise unless `arn` names a policy that may limit an identity of the account; None limits nobody.

    Raises `ValidationError` for what is no ARN of a policy, `NoSuchEntity` for a policy that is not there.
    """
    if arn is None:
        return
    if not is_policy_arn(arn):
        raise errors.invalid_boundary(arn)
    policy = find_policy(connection, account, arn)
    if policy is None or not policy.is_attachable:
        raise errors.no_such_boundary(arn)
