"""What is counted of a job when it begins and ends; and everything that has been counted."""

from collections.abc import Sequence
from datetime import datetime

from telecine.db import Database
from telecine.services.mediaconvert.model import Job
from telecine.services.mediaconvert.model.statistics import Addition, Count, Statistics, bucket
from telecine.services.mediaconvert.store import totals


def of_start(job: Job, now: datetime) -> Sequence[Addition]:
    """What a job's first attempt adds."""
    waited, queue = (now - job.submitted_at).total_seconds(), {"queue": job.queue}
    return (
        Addition(of=Count.WAITS, labels={**queue, "le": bucket(waited)}),
        Addition(of=Count.WAITED, labels=queue, amount=waited),
    )


def of_retry(job: Job) -> Sequence[Addition]:
    """What every later attempt adds."""
    return (Addition(of=Count.RETRIES, labels={"queue": job.queue}),)


def of_end(job: Job) -> Sequence[Addition]:
    """What a job adds that is over."""
    labels = {"queue": job.queue, "status": job.status}
    code = "" if job.error_code is None else str(job.error_code)
    added = [Addition(of=Count.FINISHED, labels={**labels, "code": code})]
    if job.started_at is not None and job.finished_at is not None:
        lasted = (job.finished_at - job.started_at).total_seconds()
        added += [
            Addition(of=Count.DURATIONS, labels={**labels, "le": bucket(lasted)}),
            Addition(of=Count.LASTED, labels=labels, amount=lasted),
        ]
    added += [
        Addition(
            of=Count.OUTPUT_SECONDS,
            labels={"queue": job.queue, **output.pricing},
            amount=output.duration_ms / 1000,
        )
        for group in job.outputs
        for output in group.outputs
        if output.pricing
    ]
    return added


def read(database: Database) -> Statistics:
    """Everything that is counted, of all accounts."""
    with database.read() as connection:
        return Statistics(totals=totals.totals(connection), loads=totals.loads(connection))
