"""Queues, where jobs wait."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telecine.core.names import AccountId, QueueName, Region
from telecine.services.mediaconvert.model.names import queue_arn


class QueueStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class QueueSort(StrEnum):
    NAME = "NAME"
    CREATION_DATE = "CREATION_DATE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Where jobs wait."""

    account: AccountId
    region: Region
    name: QueueName
    status: QueueStatus
    type: str
    """`SYSTEM` for Default, else `CUSTOM`."""
    pricing_plan: str
    """`ON_DEMAND` or `RESERVED`."""
    description: str | None
    concurrent_jobs: int | None
    """How many of its jobs may run at once; None: as many as the workers have room for."""
    created_at: datetime
    updated_at: datetime
    submitted_jobs: int
    """How many of its jobs wait."""
    progressing_jobs: int
    """How many of its jobs run."""

    @property
    def arn(self) -> str:
        return queue_arn(self.account, self.region, self.name)
