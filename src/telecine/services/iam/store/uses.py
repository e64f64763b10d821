"""When keys and roles were last used."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, bindparam, or_, select, update

from telecine.core.names import AccountId
from telecine.services.iam.model import KeyUse, OwnedUse, RoleUse, User
from telecine.services.iam.store.entities import read_user
from telecine.services.iam.tables import ACCESS_KEYS, ROLES, USERS


def save(connection: Connection, keys: Mapping[str, KeyUse], roles: Mapping[str, RoleUse]) -> None:
    """Write the uses down, by key id and by the role's unique id. Keys and roles that are gone are passed over."""
    _save(
        connection,
        ACCESS_KEYS,
        "access_key_id",
        [
            {"wanted": key, "at": use.at, "used_service": use.service, "used_region": use.region}
            for key, use in keys.items()
        ],
    )
    _save(
        connection,
        ROLES,
        "role_id",
        [{"wanted": role, "at": use.at, "used_region": use.region} for role, use in roles.items()],
    )


def of_key(connection: Connection, access_key_id: str) -> OwnedUse | None:
    """Whose key it is, and its last use as written down; None when there is no such key."""
    row = connection.execute(
        # Only the user's columns keep their names: both tables have `account` and `created_at`.
        select(
            USERS,
            ACCESS_KEYS.c.account.label("key_account"),
            ACCESS_KEYS.c.last_used_at,
            ACCESS_KEYS.c.last_used_service,
            ACCESS_KEYS.c.last_used_region,
        )
        .select_from(ACCESS_KEYS.outerjoin(USERS, USERS.c.user_id == ACCESS_KEYS.c.user_id))
        .where(ACCESS_KEYS.c.access_key_id == access_key_id)
    ).one_or_none()
    if row is None:
        return None
    user: User | None = None if row.user_id is None else read_user(row)
    use = None
    if row.last_used_at is not None:
        use = KeyUse(at=row.last_used_at, service=row.last_used_service, region=row.last_used_region)
    return OwnedUse(account=AccountId(row.key_account), user=user, use=use)


def _save(connection: Connection, table: Table, key: str, uses: list[dict[str, object]]) -> None:
    if not uses:
        return
    values: dict[str, object] = {"last_used_at": bindparam("at"), "last_used_region": bindparam("used_region")}
    if "used_service" in uses[0]:
        values["last_used_service"] = bindparam("used_service")
    # Processes write what each has seen: the newest use stays.
    is_newer = or_(table.c.last_used_at.is_(None), table.c.last_used_at < bindparam("at"))
    connection.execute(update(table).where(table.c[key] == bindparam("wanted"), is_newer).values(values), uses)
