"""Queues with the number of their jobs, and the tags of queues and jobs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from telecine.core.names import AccountId, QueueName, Region
from telecine.core.tags import Tags
from telecine.db import Database, run
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    JobStatus,
    NewQueue,
    PricingPlan,
    Queue,
    QueueStatus,
    RenewalType,
    Reservation,
)
from telecine.services.mediaconvert.tables import JOBS, QUEUES, TAGS

COUNTED = 200
"""So many waiting jobs of a queue are counted each time; whoever has more is told by `backlog`."""

# Literal statuses let both dialects count in the partial index of that status.
_SUBMITTED: ColumnClause[str] = literal_column(f"'{JobStatus.SUBMITTED}'")
_PROGRESSING: ColumnClause[str] = literal_column(f"'{JobStatus.PROGRESSING}'")

_first_waiting = (
    select(JOBS.c.number)
    .where(JOBS.c.account == QUEUES.c.account, JOBS.c.current_queue == QUEUES.c.name, JOBS.c.status == _SUBMITTED)
    .limit(COUNTED + 1)
    .correlate(QUEUES)
    .subquery()
)
_QUEUE = select(
    QUEUES,
    select(func.count()).select_from(_first_waiting).correlate(QUEUES).scalar_subquery().label("submitted_jobs"),
    select(func.count())
    .select_from(JOBS)
    .where(JOBS.c.account == QUEUES.c.account, JOBS.c.current_queue == QUEUES.c.name, JOBS.c.status == _PROGRESSING)
    .correlate(QUEUES)
    .scalar_subquery()
    .label("progressing_jobs"),
)
_OF_ACCOUNT = _QUEUE.where(QUEUES.c.account == bindparam("the_account")).order_by(QUEUES.c.created_at, QUEUES.c.name)
_BACKLOG = (
    select(func.count())
    .select_from(JOBS)
    .where(
        JOBS.c.account == bindparam("the_account"),
        JOBS.c.current_queue == bindparam("the_queue"),
        JOBS.c.status == _SUBMITTED,
    )
)


_PLAN = select(QUEUES.c.pricing_plan).where(
    QUEUES.c.account == bindparam("the_account"), QUEUES.c.name == bindparam("the_queue")
)
_TAGS = select(TAGS.c.key, TAGS.c.value).where(TAGS.c.arn == bindparam("the_arn")).order_by(TAGS.c.key)


def exists(connection: Connection, account: AccountId, name: QueueName) -> bool:
    return pricing_plan(connection, account, name) is not None


def pricing_plan(connection: Connection, account: AccountId, name: QueueName) -> PricingPlan | None:
    """None when there is no such queue."""
    for row in run(connection, _PLAN, the_account=account, the_queue=name):
        return PricingPlan(row.pricing_plan)
    return None


def add_default(connection: Connection, account: AccountId, now: datetime) -> PricingPlan:
    """Make the account's system queue, unless it has one: how it is paid for, as all of them."""
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
    return PricingPlan.ON_DEMAND


def add(connection: Connection, asked: NewQueue, reservation: Reservation | None, now: datetime) -> None:
    """Write a new custom queue."""
    connection.execute(
        insert(QUEUES).values(
            account=asked.account,
            name=asked.name,
            status=asked.status,
            type="CUSTOM",
            pricing_plan=PricingPlan.ON_DEMAND if reservation is None else PricingPlan.RESERVED,
            description=asked.description,
            concurrent_jobs=asked.concurrent_jobs,
            **({} if reservation is None else reservation_columns(reservation)),
            created_at=now,
            updated_at=now,
        )
    )


def change(connection: Connection, account: AccountId, name: QueueName, **values: Any) -> None:
    """Set columns of one queue."""
    connection.execute(update(QUEUES).where(_is(account, name)).values(values))


def remove(connection: Connection, account: AccountId, name: QueueName) -> None:
    connection.execute(delete(QUEUES).where(_is(account, name)))


def names(connection: Connection) -> Sequence[tuple[AccountId, QueueName, QueueStatus]]:
    """Every queue of every account, and whether it is paused."""
    rows = connection.execute(select(QUEUES.c.account, QUEUES.c.name, QUEUES.c.status))
    return [(AccountId(row.account), QueueName(row.name), QueueStatus(row.status)) for row in rows]


def backlog(connection: Connection, account: AccountId, name: QueueName) -> int:
    """How many jobs wait in a queue, all counted: 0.1 ms for each thousand."""
    return connection.execute(_BACKLOG, {"the_account": account, "the_queue": name}).scalar_one()


def find(connection: Connection, region: Region, account: AccountId, name: QueueName) -> Queue | None:
    row = connection.execute(_QUEUE.where(_is(account, name))).one_or_none()
    return None if row is None else _queue(row, region)


def of_account(database: Database, region: Region, account: AccountId) -> Sequence[Queue]:
    """Every queue of `account`, oldest first. No more than `COUNTED` + 1 of its waiting jobs are counted."""
    return [_queue(row, region) for row in database.rows(_OF_ACCOUNT, the_account=account)]


def all_of(connection: Connection, region: Region, account: AccountId) -> Sequence[Queue]:
    """The same within a transaction."""
    return [_queue(row, region) for row in connection.execute(_OF_ACCOUNT, {"the_account": account})]


def tags(connection: Connection, arn: str) -> Tags:
    return {row.key: row.value for row in run(connection, _TAGS, the_arn=arn)}


def tags_now(database: Database, arn: str) -> Tags:
    """The same outside of any transaction: for whoever decides."""
    return {row.key: row.value for row in database.rows(_TAGS, the_arn=arn)}


def set_tags(connection: Connection, arn: str, added: Mapping[str, str]) -> None:
    """Add tags; a key that is there already gets the new value."""
    if added:
        remove_tags(connection, arn, added.keys())
        connection.execute(insert(TAGS), [{"arn": arn, "key": key, "value": value} for key, value in added.items()])


def remove_tags(connection: Connection, arn: str, keys: Collection[str]) -> None:
    connection.execute(delete(TAGS).where(TAGS.c.arn == arn, TAGS.c.key.in_(keys)))


def remove_all_tags(connection: Connection, arn: str) -> None:
    connection.execute(delete(TAGS).where(TAGS.c.arn == arn))


def _queue(row: Any, region: Region) -> Queue:
    return Queue(
        account=AccountId(row.account),
        region=region,
        name=QueueName(row.name),
        status=QueueStatus(row.status),
        type=row.type,
        pricing_plan=PricingPlan(row.pricing_plan),
        reservation=reservation(row),
        description=row.description,
        concurrent_jobs=row.concurrent_jobs,
        created_at=row.created_at,
        updated_at=row.updated_at,
        submitted_jobs=row.submitted_jobs,
        progressing_jobs=row.progressing_jobs,
    )


def reservation(row: Any) -> Reservation | None:
    """What the columns of a queue say of its reservation, as it was last changed."""
    if row.reserved_slots is None:
        return None
    return Reservation(
        slots=row.reserved_slots,
        renewal=RenewalType(row.renewal_type),
        purchased_at=row.purchased_at,
        expires_at=row.expires_at,
    )


def reservation_columns(reserved: Reservation) -> dict[str, Any]:
    """A reservation as the table holds it."""
    return {
        "reserved_slots": reserved.slots,
        "renewal_type": reserved.renewal,
        "purchased_at": reserved.purchased_at,
        "expires_at": reserved.expires_at,
    }


def _is(account: AccountId, name: QueueName) -> ColumnElement[bool]:
    return and_(QUEUES.c.account == account, QUEUES.c.name == name)
