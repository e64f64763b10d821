"""Customer managed policies and their versions."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, select

from telecine.core.names import AccountId, UniqueId
from telecine.services.iam.model import CountedPolicy, ManagedPolicy, PolicyVersion
from telecine.services.iam.store.entities import Entities, begins_with
from telecine.services.iam.tables import ATTACHMENTS, POLICIES, POLICY_VERSIONS


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
            "tags": policy.tags,
        },
    )
    connection.execute(
        insert(POLICY_VERSIONS).values(
            policy_id=policy.unique_id,
            number=policy.default_version,
            document=document,
            created_at=policy.created_at,
        )
    )


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
    only_attached: bool,
    after: str,
    limit: int,
) -> list[CountedPolicy]:
    """Up to `limit` policies whose path begins with `path_prefix`, by name, behind the name key `after`."""
    attached = and_(ATTACHMENTS.c.account == account, ATTACHMENTS.c.policy_arn == POLICIES.c.arn)
    attachments = select(func.count()).select_from(ATTACHMENTS).where(attached).scalar_subquery()
    query = select(POLICIES, attachments.label("attachments")).where(
        POLICIES.c.account == account,
        POLICIES.c.name_key > after,
        begins_with(POLICIES.c.path, path_prefix),
    )
    if only_attached:
        query = query.where(exists().where(attached))
    rows = connection.execute(query.order_by(POLICIES.c.name_key).limit(limit))
    return [CountedPolicy(policy=_read(row), attachments=row.attachments) for row in rows]


def attachment_counts(connection: Connection, account: AccountId, arns: Collection[str]) -> dict[str, int]:
    """How many identities of the account have each of these policies; policies without any are absent."""
    rows = connection.execute(
        select(ATTACHMENTS.c.policy_arn, func.count().label("attachments"))
        .where(ATTACHMENTS.c.account == account, ATTACHMENTS.c.policy_arn.in_(arns))
        .group_by(ATTACHMENTS.c.policy_arn)
    )
    return {row.policy_arn: row.attachments for row in rows}


def versions(connection: Connection, policy: ManagedPolicy, *, below: int, limit: int) -> list[PolicyVersion]:
    """Up to `limit` versions, newest first, of those numbered below `below`."""
    rows = connection.execute(
        select(POLICY_VERSIONS)
        .where(POLICY_VERSIONS.c.policy_id == policy.unique_id, POLICY_VERSIONS.c.number < below)
        .order_by(POLICY_VERSIONS.c.number.desc())
        .limit(limit)
    )
    return [_version(policy, row.number, row.document, row.created_at) for row in rows]


def version(connection: Connection, policy: ManagedPolicy, number: int) -> PolicyVersion | None:
    """One version."""
    row = connection.execute(
        select(POLICY_VERSIONS).where(
            POLICY_VERSIONS.c.policy_id == policy.unique_id, POLICY_VERSIONS.c.number == number
        )
    ).one_or_none()
    return None if row is None else _version(policy, row.number, row.document, row.created_at)


def remove(connection: Connection, policy: ManagedPolicy) -> None:
    """Delete the policy with all its versions."""
    connection.execute(delete(POLICY_VERSIONS).where(POLICY_VERSIONS.c.policy_id == policy.unique_id))
    _ENTITIES.delete(connection, policy.unique_id)


def _version(policy: ManagedPolicy, number: int, document: str, created_at: datetime) -> PolicyVersion:
    return PolicyVersion(
        number=number, document=document, is_default=number == policy.default_version, created_at=created_at
    )
