"""What an account holds as a whole: counted, and many identities' policies at once."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Table, func, select, update

from telecine.core.names import AccountId, UniqueId
from telecine.services.iam.model import AttachedPolicy, NamedPolicy
from telecine.services.iam.tables import (
    ACCESS_KEYS,
    ACCOUNTS,
    ATTACHMENTS,
    GROUPS,
    INLINE_POLICIES,
    INSTANCE_PROFILES,
    MEMBERSHIPS,
    MFA_DEVICES,
    POLICIES,
    ROLES,
    USERS,
)

_COUNTED: tuple[tuple[str, Table], ...] = (
    ("Users", USERS),
    ("Groups", GROUPS),
    ("Roles", ROLES),
    ("Policies", POLICIES),
    ("InstanceProfiles", INSTANCE_PROFILES),
    ("MFADevices", MFA_DEVICES),
)


def counts(connection: Connection, account: AccountId) -> dict[str, int]:
    """How many of each the account has, by the names that GetAccountSummary uses."""
    found = {name: _count(connection, table, table.c.account == account) for name, table in _COUNTED}
    devices = (MFA_DEVICES.c.account == account, MFA_DEVICES.c.enabled_at.is_not(None))
    of_root = (ACCESS_KEYS.c.account == account, ACCESS_KEYS.c.user_id.is_(None))
    return {
        **found,
        "MFADevicesInUse": _count(connection, MFA_DEVICES, *devices),
        "AccountMFAEnabled": min(1, _count(connection, MFA_DEVICES, *devices, MFA_DEVICES.c.is_root.is_(True))),
        "AccountAccessKeysPresent": min(1, _count(connection, ACCESS_KEYS, *of_root)),
        "AccountPasswordPresent": _count(
            connection, ACCOUNTS, ACCOUNTS.c.account == account, ACCOUNTS.c.root_password_hash.is_not(None)
        ),
    }


def inline(connection: Connection, identity_ids: Collection[UniqueId]) -> dict[UniqueId, list[NamedPolicy]]:
    """The inline policies of these identities, by name; identities without any are absent."""
    rows = connection.execute(
        select(INLINE_POLICIES)
        .where(INLINE_POLICIES.c.identity_id.in_(identity_ids))
        .order_by(INLINE_POLICIES.c.identity_id, INLINE_POLICIES.c.name)
    )
    found: dict[UniqueId, list[NamedPolicy]] = {}
    for row in rows:
        found.setdefault(UniqueId(row.identity_id), []).append(NamedPolicy(name=row.name, text=row.document))
    return found


def attached(connection: Connection, identity_ids: Collection[UniqueId]) -> dict[UniqueId, list[AttachedPolicy]]:
    """The managed policies on these identities, by ARN; identities without any are absent."""
    rows = connection.execute(
        select(ATTACHMENTS)
        .where(ATTACHMENTS.c.identity_id.in_(identity_ids))
        .order_by(ATTACHMENTS.c.identity_id, ATTACHMENTS.c.policy_arn)
    )
    found: dict[UniqueId, list[AttachedPolicy]] = {}
    for row in rows:
        policy = AttachedPolicy(name=row.policy_name, arn=row.policy_arn)
        found.setdefault(UniqueId(row.identity_id), []).append(policy)
    return found


def group_names(connection: Connection, user_ids: Collection[UniqueId]) -> dict[UniqueId, list[str]]:
    """The names of the groups that these users are in, in order; users in none are absent."""
    rows = connection.execute(
        select(MEMBERSHIPS.c.user_id, GROUPS.c.name)
        .join(GROUPS, GROUPS.c.group_id == MEMBERSHIPS.c.group_id)
        .where(MEMBERSHIPS.c.user_id.in_(user_ids))
        .order_by(MEMBERSHIPS.c.user_id, GROUPS.c.name_key)
    )
    found: dict[UniqueId, list[str]] = {}
    for row in rows:
        found.setdefault(UniqueId(row.user_id), []).append(row.name)
    return found


def set_alias(connection: Connection, account: AccountId, alias: str | None) -> None:
    """Give the account another name to sign in with, or (None) none."""
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(alias=alias))


def _count(connection: Connection, table: Table, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
