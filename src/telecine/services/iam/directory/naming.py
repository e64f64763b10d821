"""The names of users, groups and roles: each unique in its account among its kind, without regard to case."""

from collections.abc import Mapping

from sqlalchemy import Connection

from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas
from telecine.services.iam.model import Group, Kind, User

_QUOTAS: Mapping[Kind, tuple[str, int]] = {
    Kind.USER: ("UsersPerAccount", quotas.USERS),
    Kind.GROUP: ("GroupsPerAccount", quotas.GROUPS),
    Kind.ROLE: ("RolesPerAccount", quotas.ROLES),
}
"""How many an account may have, and what IAM calls that."""


def require_room(connection: Connection, kind: Kind, account: AccountId, name: str) -> None:
    """Raise `EntityAlreadyExists` when the name is taken, `LimitExceeded` when the account has as many as it may."""
    known = store.IDENTITIES[kind]
    if known.find(connection, account, name) is not None:
        raise errors.already_exists(kind.title(), name)
    quota, limit = _QUOTAS[kind]
    if known.count(connection, account) >= limit:
        raise errors.beyond_quota(quota, limit)


def rename(connection: Connection, identity: User | Group, *, name: str | None, path: str | None) -> None:
    """Give it another name or path, None leaves either as it is; whatever hangs on it stays.

    Raises `EntityAlreadyExists` when another one has that name.
    """
    known = store.IDENTITIES[identity.kind]
    wanted = identity.name if name is None else name
    other = known.find(connection, identity.account, wanted)
    if other is not None and other.unique_id != identity.unique_id:
        raise errors.already_exists(identity.kind.title(), wanted)
    known.rename(connection, identity.unique_id, name=wanted, path=identity.path if path is None else path)
