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


class PricingPlan(StrEnum):
    ON_DEMAND = "ON_DEMAND"
    RESERVED = "RESERVED"


class RenewalType(StrEnum):
    AUTO_RENEW = "AUTO_RENEW"
    EXPIRE = "EXPIRE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """What a reserved queue was bought with."""

    slots: int
    """How many of its jobs run at once, at most."""
    renewal: RenewalType
    """What happens when the term is over."""
    purchased_at: datetime
    expires_at: datetime
    """The end of the term of twelve months. With AUTO_RENEW another one begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Where jobs wait."""

    account: AccountId
    region: Region
    name: QueueName
    status: QueueStatus
    type: str
    """`SYSTEM` for Default, else `CUSTOM`."""
    pricing_plan: PricingPlan
    reservation: Reservation | None
    """None for an on-demand queue."""
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
