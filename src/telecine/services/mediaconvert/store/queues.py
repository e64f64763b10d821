"""Queues with the number of their jobs, and the tags of queues and jobs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, literal_column, select

from telecine.core.names import AccountId, QueueName, Region
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    JobStatus,
    PricingPlan,
    Queue,
    QueueStatus,
    RenewalType,
    Reservation,
)
from telecine.services.mediaconvert.tables import JOBS, QUEUES, TAGS


def _count(status: JobStatus) -> Any:
    # A literal status lets both dialects count in the partial index of that status.
    return (
        select(func.count())
        .select_from(JOBS)
        .where(
            JOBS.c.account == QUEUES.c.account,
            JOBS.c.current_queue == QUEUES.c.name,
            JOBS.c.status == literal_column(f"'{status}'"),
        )
        .correlate(QUEUES)
        .scalar_subquery()
    )


_QUEUE = select(
    QUEUES,
    _count(JobStatus.SUBMITTED).label("submitted_jobs"),
    _count(JobStatus.PROGRESSING).label("progressing_jobs"),
)


_OF_ACCOUNT = _QUEUE.where(QUEUES.c.account == bindparam("the_account")).order_by(QUEUES.c.created_at, QUEUES.c.name)


def exists(connection: Connection, account: AccountId, name: QueueName) -> bool:
    return (
        connection.execute(select(QUEUES.c.name).where(QUEUES.c.account == account, QUEUES.c.name == name)).first()
        is not None
    )


def add_default(connection: Connection, account: AccountId, now: datetime) -> None:
    """Make the account's system queue, unless it has one."""
    if not exists(connection, account, DEFAULT_QUEUE):
        connection.execute(
            insert(QUEUES).values(
                account=account,
                name=DEFAULT_QUEUE,
                status=QueueStatus.ACTIVE,
                type="SYSTEM",
                pricing_plan=PricingPlan.ON_DEMAND,
                created_at=now,
                updated_at=now,
            )
        )


def find(connection: Connection, region: Region, account: AccountId, name: QueueName) -> Queue | None:
    row = connection.execute(_QUEUE.where(QUEUES.c.account == account, QUEUES.c.name == name)).one_or_none()
    return None if row is None else _queue(row, region)


def of_account(database: Database, region: Region, account: AccountId) -> Sequence[Queue]:
    """Every queue of `account`, oldest first."""
    return [_queue(row, region) for row in database.rows(_OF_ACCOUNT, the_account=account)]


def tags(connection: Connection, arn: str) -> Tags:
    rows = connection.execute(select(TAGS.c.key, TAGS.c.value).where(TAGS.c.arn == arn).order_by(TAGS.c.key))
    return {row.key: row.value for row in rows}


def set_tags(connection: Connection, arn: str, added: Mapping[str, str]) -> None:
    """Add tags; a key that is there already gets the new value."""
    if added:
        remove_tags(connection, arn, added.keys())
        connection.execute(insert(TAGS), [{"arn": arn, "key": key, "value": value} for key, value in added.items()])


def remove_tags(connection: Connection, arn: str, keys: Collection[str]) -> None:
    connection.execute(delete(TAGS).where(TAGS.c.arn == arn, TAGS.c.key.in_(keys)))


def _queue(row: Any, region: Region) -> Queue:
    return Queue(
        account=AccountId(row.account),
        region=region,
        name=QueueName(row.name),
        status=QueueStatus(row.status),
        type=row.type,
        pricing_plan=PricingPlan(row.pricing_plan),
        reservation=_reservation(row),
        description=row.description,
        concurrent_jobs=row.concurrent_jobs,
        created_at=row.created_at,
        updated_at=row.updated_at,
        submitted_jobs=row.submitted_jobs,
        progressing_jobs=row.progressing_jobs,
    )


def _reservation(row: Any) -> Reservation | None:
    if row.reserved_slots is None:
        return None
    return Reservation(
        slots=row.reserved_slots,
        renewal=RenewalType(row.renewal_type),
        purchased_at=row.purchased_at,
        expires_at=row.expires_at,
    )
