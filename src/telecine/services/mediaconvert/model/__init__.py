"""MediaConvert's values: jobs, queues, and what the engine and `lifecycle` say to each other."""

from telecine.services.mediaconvert.model.claims import (
    MAX_ATTEMPTS,
    MAX_CLEANUP_ATTEMPTS,
    JobClaim,
    Lease,
    Progress,
    Record,
    Upload,
)
from telecine.services.mediaconvert.model.jobs import (
    DEFAULT_BILLING_SOURCE,
    DEFAULT_INTERVAL,
    MAX_RUN_TIME,
    TOKEN_WINDOW,
    TRANSITIONS,
    Job,
    JobStatus,
    Order,
    Phase,
    Submission,
    interval_seconds,
)
from telecine.services.mediaconvert.model.names import DEFAULT_QUEUE, SERVICE, job_arn, queue_arn, queue_name
from telecine.services.mediaconvert.model.outcomes import GroupOutcome, Outcome, OutputOutcome
from telecine.services.mediaconvert.model.queues import Queue, QueueSort, QueueStatus

__all__ = [
    "DEFAULT_BILLING_SOURCE",
    "DEFAULT_INTERVAL",
    "DEFAULT_QUEUE",
    "MAX_ATTEMPTS",
    "MAX_CLEANUP_ATTEMPTS",
    "MAX_RUN_TIME",
    "SERVICE",
    "TOKEN_WINDOW",
    "TRANSITIONS",
    "GroupOutcome",
    "Job",
    "JobClaim",
    "JobStatus",
    "Lease",
    "Order",
    "Outcome",
    "OutputOutcome",
    "Phase",
    "Progress",
    "Queue",
    "QueueSort",
    "QueueStatus",
    "Record",
    "Submission",
    "Upload",
    "interval_seconds",
    "job_arn",
    "queue_arn",
    "queue_name",
]
