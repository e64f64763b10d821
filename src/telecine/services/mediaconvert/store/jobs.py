"""Jobs: written once, changed by their number, read whole or by the page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from telecine.core.clock import epoch_ms, from_epoch_ms
from telecine.core.names import AccountId, JobId, QueueName, Region
from telecine.db import run
from telecine.services.mediaconvert.model import (
    GroupOutcome,
    Hop,
    Job,
    JobStatus,
    Lease,
    Order,
    OutputOutcome,
    Phase,
    QueueTransition,
    Record,
    Submission,
)
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS

_RECORD = select(JOBS, DOCUMENTS.c.settings, DOCUMENTS.c.shown).join(DOCUMENTS, DOCUMENTS.c.number == JOBS.c.number)

# Built once, as every CreateJob asks them.
_ADD = insert(JOBS).returning(JOBS.c.number)
_ADD_DOCUMENTS = insert(DOCUMENTS)
_MADE_BY_TOKEN = (
    select(JOBS.c.number)
    .where(
        JOBS.c.account == bindparam("the_account"),
        JOBS.c.client_request_token == bindparam("the_token"),
        JOBS.c.submitted_at >= bindparam("since"),
    )
    .order_by(JOBS.c.number.desc())
    .limit(1)
)
_NOT_YET: Mapping[str, Any] = dict.fromkeys(
    (
        *("started_at", "finished_at", "phase", "error_code", "error_message", "outputs"),
        *("owner", "lease_seconds", "lease_expires_at", "next_update_at"),
    )
)
"""The columns of a job that are null until it runs."""


def add(connection: Connection, job_id: JobId, region: Region, submission: Submission, now: datetime) -> Record:
    """Write a new job with status SUBMITTED: its record."""
    next_hop_at = now + timedelta(minutes=submission.hops[0].wait_minutes) if submission.hops else None
    [row] = run(
        connection,
        _ADD,
        id=job_id,
        account=submission.account,
        queue=submission.queue,
        role_arn=submission.role_arn,
        priority=submission.priority,
        current_queue=submission.queue,
        current_priority=submission.priority,
        job_template=submission.job_template,
        job_engine_version=submission.job_engine_version,
        hops=[[hop.queue, hop.wait_minutes, hop.priority] for hop in submission.hops],
        next_hop_at=next_hop_at,
        transitions=[],
        client_request_token=submission.client_request_token,
        user_metadata=submission.user_metadata,
        status_update_interval=submission.status_update_interval,
        acceleration_mode=submission.acceleration_mode,
        billing_tags_source=submission.billing_tags_source,
        simulate_reserved_queue=submission.simulate_reserved_queue,
        status=JobStatus.SUBMITTED,
        submitted_at=now,
        phase_percent=0,
        job_percent=0,
        frames_decoded=0,
        retry_count=0,
        warnings=[],
        messages=[],
        attempt=0,
        is_publishing=False,
        is_probed=False,
        **_NOT_YET,
    )
    run(
        connection,
        _ADD_DOCUMENTS,
        number=row.number,
        settings=submission.settings,
        shown=submission.shown,
        plan=None,
    )
    return _new(row.number, job_id, region, submission, now, next_hop_at)


def _new(
    number: int, job_id: JobId, region: Region, submission: Submission, now: datetime, next_hop_at: datetime | None
) -> Record:
    """What `record` would make of the rows of a new job, without reading its settings back and through."""
    return Record(
        number=number,
        job=Job(
            id=job_id,
            region=region,
            submission=submission,
            queue=submission.queue,
            priority=submission.priority,
            transitions=(),
            status=JobStatus.SUBMITTED,
            submitted_at=from_epoch_ms(epoch_ms(now)),
            started_at=None,
            finished_at=None,
            phase=None,
            phase_percent=0,
            job_percent=0,
            frames_decoded=0,
            retry_count=0,
            error_code=None,
            error_message=None,
            warnings={},
            messages=(),
            outputs=(),
        ),
        lease=Lease(
            owner=None,
            attempt=0,
            seconds=0,
            expires_at=None,
            is_publishing=False,
            is_probed=False,
            next_update_at=None,
        ),
        next_hop_at=next_hop_at,
    )


def find(connection: Connection, region: Region, job_id: str) -> Record | None:
    """The job with this id."""
    return _first(connection, region, _RECORD.where(JOBS.c.id == job_id))


def numbered(connection: Connection, region: Region, number: int) -> Record:
    """The job with this number, which exists."""
    return record(connection.execute(_RECORD.where(JOBS.c.number == number)).one(), region)


def by_token(connection: Connection, region: Region, account: AccountId, token: str, since: datetime) -> Record | None:
    """The latest job of `account` that was made with this ClientRequestToken at `since` or later."""
    for made in run(connection, _MADE_BY_TOKEN, the_account=account, the_token=token, since=since):
        return numbered(connection, region, made.number)
    return None


def page(
    connection: Connection,
    region: Region,
    account: AccountId,
    *,
    queue: QueueName | None,
    status: JobStatus | None,
    order: Order,
    after: int | None,
    limit: int,
) -> Sequence[Record]:
    """Up to `limit` jobs of `account` in the order of submission or against it, behind number `after`."""
    wanted = _RECORD.where(JOBS.c.account == account)
    if queue is not None:
        wanted = wanted.where(JOBS.c.queue == queue)
    if status is not None:
        wanted = wanted.where(JOBS.c.status == status)
    if order is Order.ASCENDING:
        wanted = wanted.order_by(JOBS.c.number)
        wanted = wanted if after is None else wanted.where(JOBS.c.number > after)
    else:
        wanted = wanted.order_by(JOBS.c.number.desc())
        wanted = wanted if after is None else wanted.where(JOBS.c.number < after)
    return [record(row, region) for row in connection.execute(wanted.limit(limit))]


def several(connection: Connection, region: Region, numbers: Sequence[int]) -> Sequence[Record]:
    """The jobs with these numbers, in no order; those that are not there are left out."""
    return [record(row, region) for row in connection.execute(_RECORD.where(JOBS.c.number.in_(numbers)))]


def change(connection: Connection, number: int, **values: Any) -> None:
    """Set columns of one job. Statuses come through `lifecycle`, which asks TRANSITIONS."""
    connection.execute(update(JOBS).where(JOBS.c.number == number).values(values))


def save_plan(connection: Connection, number: int, plan: str) -> None:
    connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.number == number).values(plan=plan))


def saved_plan(connection: Connection, job_id: str) -> str | None:
    """The plan that was saved with the job; None without one."""
    return connection.execute(
        select(DOCUMENTS.c.plan).join(JOBS, JOBS.c.number == DOCUMENTS.c.number).where(JOBS.c.id == job_id)
    ).scalar()


def record(row: Row[Any], region: Region) -> Record:
    """The record in a row of `jobs` with its settings."""
    return Record(
        number=row.number,
        job=Job(
            id=JobId(row.id),
            region=region,
            submission=_submission(row),
            queue=QueueName(row.current_queue),
            priority=row.current_priority,
            transitions=tuple(
                QueueTransition(source=source, destination=destination, at=from_epoch_ms(at))
                for source, destination, at in row.transitions
            ),
            status=JobStatus(row.status),
            submitted_at=row.submitted_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            phase=None if row.phase is None else Phase(row.phase),
            phase_percent=row.phase_percent,
            job_percent=row.job_percent,
            frames_decoded=row.frames_decoded,
            retry_count=row.retry_count,
            error_code=row.error_code,
            error_message=row.error_message,
            warnings={code: count for code, count in row.warnings},  # noqa: C416 - names the two columns
            messages=tuple(row.messages),
            outputs=tuple(_group(group) for group in row.outputs or ()),
        ),
        lease=Lease(
            owner=row.owner,
            attempt=row.attempt,
            seconds=row.lease_seconds or 0,
            expires_at=row.lease_expires_at,
            is_publishing=row.is_publishing,
            is_probed=row.is_probed,
            next_update_at=row.next_update_at,
        ),
        next_hop_at=row.next_hop_at,
    )


def transitions_json(transitions: Sequence[QueueTransition]) -> list[list[Any]]:
    """Hops as the column `transitions` holds them."""
    return [[hop.source, hop.destination, epoch_ms(hop.at)] for hop in transitions]


def outputs_json(groups: Sequence[GroupOutcome]) -> list[dict[str, Any]]:
    """Outcomes as the column `outputs` holds them."""
    return [asdict(group) for group in groups]


def _submission(row: Row[Any]) -> Submission:
    return Submission(
        account=AccountId(row.account),
        queue=QueueName(row.queue),
        role_arn=row.role_arn,
        settings=row.settings,
        shown=row.shown,
        priority=row.priority,
        user_metadata=row.user_metadata,
        client_request_token=row.client_request_token,
        status_update_interval=row.status_update_interval,
        acceleration_mode=row.acceleration_mode,
        billing_tags_source=row.billing_tags_source,
        simulate_reserved_queue=row.simulate_reserved_queue,
        job_template=row.job_template,
        job_engine_version=row.job_engine_version,
        hops=tuple(Hop(queue=queue, wait_minutes=wait, priority=priority) for queue, wait, priority in row.hops),
    )


def _group(stored: dict[str, Any]) -> GroupOutcome:
    return GroupOutcome(
        type=stored["type"],
        outputs=tuple(
            OutputOutcome(**{**output, "file_paths": tuple(output["file_paths"])}) for output in stored["outputs"]
        ),
        playlist_paths=tuple(stored["playlist_paths"]),
    )


def _first(connection: Connection, region: Region, wanted: Select[Any]) -> Record | None:
    row = connection.execute(wanted).one_or_none()
    return None if row is None else record(row, region)
