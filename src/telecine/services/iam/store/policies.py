"""Customer managed policies, their versions, and who uses managed policies."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from telecine.core.names import AccountId, UniqueId
from telecine.core.tags import Tags
from telecine.services.iam.model import CountedPolicy, Kind, ManagedPolicy, PolicyEntity, PolicyUse, PolicyVersion
from telecine.services.iam.store.entities import Entities, begins_with
from telecine.services.iam.tables import ATTACHMENTS, GROUPS, POLICIES, POLICY_VERSIONS, ROLES, USERS


def _read(row: Row[Any]) -> ManagedPolicy:
    return ManagedPolicy(
        unique_id=UniqueId(row.policy_id),
        account=AccountId(row.account),
        name=row.name,
        path=row.path,
        description=row.description,
        created_at=row.created_at,
        updated_at=row.updated_at,
        default_version=row.default_version,
        tags=row.tags,
    )


_ENTITIES: Entities[ManagedPolicy] = Entities(POLICIES, "policy_id", _read)

ENTITY_ORDER = (Kind.GROUP, Kind.USER, Kind.ROLE)
"""In which the entities that use a policy are listed."""

_TABLES: Mapping[Kind, tuple[Table, str]] = {
    Kind.GROUP: (GROUPS, "group_id"),
    Kind.USER: (USERS, "user_id"),
    Kind.ROLE: (ROLES, "role_id"),
}
_LIMITED = (USERS, ROLES)
"""Whom a permissions boundary can limit."""


def create(connection: Connection, policy: ManagedPolicy, document: str) -> None:
    """Write a new policy with its first version."""
    _ENTITIES.insert(
        connection,
        policy.name,
        {
            "policy_id": policy.unique_id,
            "account": policy.account,
            "arn": policy.arn,
            "path": policy.path,
            "description": policy.description,
            "created_at": policy.created_at,
            "updated_at": policy.updated_at,
            "default_version": policy.default_version,
            "latest_version": policy.default_version,
            "tags": policy.tags,
        },
    )
    _insert_version(connection, policy, policy.default_version, document, policy.created_at)


def by_name(connection: Connection, account: AccountId, name: str) -> ManagedPolicy | None:
    """The account's policy of that name, written in whatever case."""
    return _ENTITIES.find(connection, account, name)


def by_arn(connection: Connection, arn: str) -> ManagedPolicy | None:
    """The policy with exactly that ARN."""
    row = connection.execute(select(POLICIES).where(POLICIES.c.arn == arn)).one_or_none()
    return None if row is None else _read(row)


def count(connection: Connection, account: AccountId) -> int:
    """How many customer policies the account has."""
    return _ENTITIES.count(connection, account)


def page(
    connection: Connection,
    account: AccountId,
    *,
    path_prefix: str,
    only: PolicyUse | None,
    after: str,
    limit: int,
) -> list[CountedPolicy]:
    """Up to `limit` policies whose path begins with `path_prefix`, by name, behind the name key `after`.

    `only` leaves out those that the account does not use so.
    """
    attached = and_(ATTACHMENTS.c.account == account, ATTACHMENTS.c.policy_arn == POLICIES.c.arn)
    limiting = [and_(table.c.account == account, table.c.boundary_arn == POLICIES.c.arn) for table in _LIMITED]
    attachments = select(func.count()).select_from(ATTACHMENTS).where(attached).scalar_subquery()
    users, roles = (
        select(func.count()).select_from(table).where(limited).scalar_subquery()
        for table, limited in zip(_LIMITED, limiting, strict=True)
    )
    query = select(POLICIES, attachments.label("attachments"), (users + roles).label("boundaries")).where(
        POLICIES.c.account == account,
        POLICIES.c.name_key > after,
        begins_with(POLICIES.c.path, path_prefix),
    )
    if only is PolicyUse.PERMISSIONS:
        query = query.where(exists().where(attached))
    elif only is PolicyUse.BOUNDARY:
        query = query.where(or_(*(exists().where(limited) for limited in limiting)))
    rows = connection.execute(query.order_by(POLICIES.c.name_key).limit(limit))
    return [CountedPolicy(policy=_read(row), attachments=row.attachments, boundaries=row.boundaries) for row in rows]


def attachment_counts(connection: Connection, account: AccountId, arns: Collection[str]) -> dict[str, int]:
    """How many identities of the account have each of these policies; policies without any are absent."""
    rows = connection.execute(
        select(ATTACHMENTS.c.policy_arn, func.count().label("attachments"))
        .where(ATTACHMENTS.c.account == account, ATTACHMENTS.c.policy_arn.in_(arns))
        .group_by(ATTACHMENTS.c.policy_arn)
    )
    return {row.policy_arn: row.attachments for row in rows}


def in_use(connection: Connection, account: AccountId) -> set[str]:
    """The ARNs of every managed policy, AWS's own or the account's, that is attached or limits somebody."""
    found: set[str] = set()
    for table, column in ((ATTACHMENTS, ATTACHMENTS.c.policy_arn), *((each, each.c.boundary_arn) for each in _LIMITED)):
        query = select(column).where(table.c.account == account, column.is_not(None)).distinct()
        found.update(connection.execute(query).scalars())
    return found


def entities(
    connection: Connection,
    policy_arn: str,
    kind: Kind,
    *,
    account: AccountId,
    only: PolicyUse | None,
    path_prefix: str,
    after: str,
    limit: int,
) -> list[PolicyEntity]:
    """Up to `limit` users, groups or roles that have the policy, by name, behind the name key `after`.

    `only` leaves out those that do not have it so.
    """
    table, id_column = _TABLES[kind]
    unique_id = table.c[id_column]
    # Subqueries read the indices of the policy; asking each entity whether it has the policy would read every entity.
    having: list[Select[tuple[str]]] = []
    if only is not PolicyUse.BOUNDARY:
        having.append(
            select(ATTACHMENTS.c.identity_id).where(
                ATTACHMENTS.c.account == account, ATTACHMENTS.c.policy_arn == policy_arn
            )
        )
    if only is not PolicyUse.PERMISSIONS and table in _LIMITED:
        having.append(select(unique_id).where(table.c.account == account, table.c.boundary_arn == policy_arn))
    if not having:
        return []
    rows = connection.execute(
        select(unique_id.label("unique_id"), table.c.name)
        .where(unique_id.in_(union_all(*having)), table.c.name_key > after, begins_with(table.c.path, path_prefix))
        .order_by(table.c.name_key)
        .limit(limit)
    )
    return [PolicyEntity(kind=kind, name=row.name, unique_id=UniqueId(row.unique_id)) for row in rows]


def versions(connection: Connection, policy: ManagedPolicy, *, below: int, limit: int) -> list[PolicyVersion]:
    """Up to `limit` versions, newest first, of those numbered below `below`."""
    rows = connection.execute(
        select(POLICY_VERSIONS)
        .where(POLICY_VERSIONS.c.policy_id == policy.unique_id, POLICY_VERSIONS.c.number < below)
        .order_by(POLICY_VERSIONS.c.number.desc())
        .limit(limit)
    )
    return [_version(policy, row) for row in rows]


def all_versions(connection: Connection, policies: Collection[ManagedPolicy]) -> dict[UniqueId, list[PolicyVersion]]:
    """Every version of these policies, newest first, by the policy's unique id."""
    by_id = {policy.unique_id: policy for policy in policies}
    rows = connection.execute(
        select(POLICY_VERSIONS)
        .where(POLICY_VERSIONS.c.policy_id.in_(by_id))
        .order_by(POLICY_VERSIONS.c.policy_id, POLICY_VERSIONS.c.number.desc())
    )
    found: dict[UniqueId, list[PolicyVersion]] = {unique_id: [] for unique_id in by_id}
    for row in rows:
        found[UniqueId(row.policy_id)].append(_version(by_id[row.policy_id], row))
    return found


def version(connection: Connection, policy: ManagedPolicy, number: int) -> PolicyVersion | None:
    """One version."""
    row = connection.execute(select(POLICY_VERSIONS).where(*_numbered(policy, number))).one_or_none()
    return None if row is None else _version(policy, row)


def version_count(connection: Connection, policy: ManagedPolicy) -> int:
    """How many versions the policy has now."""
    query = select(func.count()).select_from(POLICY_VERSIONS).where(POLICY_VERSIONS.c.policy_id == policy.unique_id)
    return int(connection.execute(query).scalar_one())


def add_version(connection: Connection, policy: ManagedPolicy, document: str, created_at: datetime) -> int:
    """Write another version: its number, which no version of the policy ever had."""
    connection.execute(
        update(POLICIES)
        .where(POLICIES.c.policy_id == policy.unique_id)
        .values(latest_version=POLICIES.c.latest_version + 1, updated_at=created_at)
    )
    number = int(
        connection.execute(
            select(POLICIES.c.latest_version).where(POLICIES.c.policy_id == policy.unique_id)
        ).scalar_one()
    )
    _insert_version(connection, policy, number, document, created_at)
    return number


def set_default_version(connection: Connection, policy: ManagedPolicy, number: int) -> None:
    """Let that version count from now on."""
    _ENTITIES.update(connection, policy.unique_id, {"default_version": number})


def remove_version(connection: Connection, policy: ManagedPolicy, number: int) -> None:
    """Delete one version."""
    connection.execute(delete(POLICY_VERSIONS).where(*_numbered(policy, number)))


def set_tags(connection: Connection, policy: ManagedPolicy, tags: Tags) -> None:
    """Put other tags in place."""
    _ENTITIES.update(connection, policy.unique_id, {"tags": tags})


def remove(connection: Connection, policy: ManagedPolicy) -> None:
    """Delete the policy with all its versions."""
    connection.execute(delete(POLICY_VERSIONS).where(POLICY_VERSIONS.c.policy_id == policy.unique_id))
    _ENTITIES.delete(connection, policy.unique_id)


def _insert_version(
    connection: Connection, policy: ManagedPolicy, number: int, document: str, created_at: datetime
) -> None:
    connection.execute(
        insert(POLICY_VERSIONS).values(
            policy_id=policy.unique_id, number=number, document=document, created_at=created_at
        )
    )


def _numbered(policy: ManagedPolicy, number: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return POLICY_VERSIONS.c.policy_id == policy.unique_id, POLICY_VERSIONS.c.number == number


def _version(policy: ManagedPolicy, row: Row[Any]) -> PolicyVersion:
    return PolicyVersion(
        number=row.number,
        document=row.document,
        is_default=row.number == policy.default_version,
        created_at=row.created_at,
    )
