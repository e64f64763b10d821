"""Totals: added to in the transaction of the change that they count, so that no crash can make them wrong."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from telecine.core.names import AccountId, QueueName
from telecine.services.mediaconvert.model.jobs import JobStatus
from telecine.services.mediaconvert.model.statistics import Addition, Count, Load, Total
from telecine.services.mediaconvert.tables import JOBS, QUEUES, TOTALS

# A literal status: the partial indexes of waiting and running jobs are used only then.
_LOADS = {
    status: select(JOBS.c.account, JOBS.c.current_queue, func.count().label("jobs"))
    .where(JOBS.c.status == literal_column(f"'{status}'"))
    .group_by(JOBS.c.account, JOBS.c.current_queue)
    for status in (JobStatus.SUBMITTED, JobStatus.PROGRESSING)
}
_OLDEST = (
    select(JOBS.c.account, JOBS.c.current_queue, func.min(JOBS.c.number).label("number"))
    .where(JOBS.c.status == literal_column(f"'{JobStatus.SUBMITTED}'"))
    .group_by(JOBS.c.account, JOBS.c.current_queue)
    .subquery()
)


def add(connection: Connection, account: AccountId, additions: Sequence[Addition]) -> None:
    """Raise the account's totals."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for addition in additions:
        statement: Any = insert(TOTALS).values(
            account=account,
            name=addition.of,
            labels=json.dumps(dict(addition.labels), sort_keys=True, separators=(",", ":")),
            value=addition.amount,
        )
        raised = TOTALS.c.value + statement.excluded.value
        connection.execute(
            statement.on_conflict_do_update(index_elements=["account", "name", "labels"], set_={"value": raised})
        )


def totals(connection: Connection) -> Sequence[Total]:
    """Every total of every account."""
    rows = connection.execute(select(TOTALS).order_by(TOTALS.c.account, TOTALS.c.name, TOTALS.c.labels))
    return [
        Total(account=AccountId(row.account), of=Count(row.name), labels=json.loads(row.labels), value=row.value)
        for row in rows
    ]


def loads(connection: Connection) -> Sequence[Load]:
    """How full each queue of each account is, the empty ones too."""
    jobs = {
        status: {(row.account, row.current_queue): row.jobs for row in connection.execute(statement)}
        for status, statement in _LOADS.items()
    }
    oldest = {
        (row.account, row.current_queue): row.submitted_at
        for row in connection.execute(
            select(_OLDEST.c.account, _OLDEST.c.current_queue, JOBS.c.submitted_at).join(
                JOBS, JOBS.c.number == _OLDEST.c.number
            )
        )
    }
    queues = connection.execute(select(QUEUES.c.account, QUEUES.c.name).order_by(QUEUES.c.account, QUEUES.c.name))
    return [
        Load(
            account=AccountId(row.account),
            queue=QueueName(row.name),
            submitted=jobs[JobStatus.SUBMITTED].get((row.account, row.name), 0),
            progressing=jobs[JobStatus.PROGRESSING].get((row.account, row.name), 0),
            oldest=oldest.get((row.account, row.name)),
        )
        for row in queues
    ]
