"""Queues, where jobs wait."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from telecine.core.names import AccountId, QueueName, Region
from telecine.services.mediaconvert.model.names import queue_arn

MAX_ON_DEMAND_QUEUES = 10
"""On-demand queues of an account, Default among them (MediaConvert user guide of 2023)."""

MAX_CONCURRENT_JOBS = 200
"""Jobs of an account's on-demand queues that run at once, and the most that one queue may ask for (Service Quotas,
"Concurrent jobs per account" and "… per on-demand queue"). Reserved slots come on top."""

SLOT_THREADS = 2
"""What a job gets for its decoder and filters in one reserved transcode slot, whatever else the machine has. AWS does
not say how large a slot is: this size is ours."""


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
    """When the plan was set up; a renewal goes on with it."""
    expires_at: datetime
    """The end of the term of twelve months. With AUTO_RENEW another one begins."""

    @classmethod
    def bought(cls, plan: "ReservationPlan", now: datetime) -> "Reservation":
        """`plan`, for twelve months from `now`."""
        return cls(slots=plan.slots, renewal=plan.renewal, purchased_at=now, expires_at=_years_later(now, 1))

    def at(self, now: datetime) -> "Reservation":
        """The same in the term of `now`: by the clock alone, nobody has to come and renew it."""
        if self.renewal is not RenewalType.AUTO_RENEW or now < self.expires_at:
            return self
        years = now.year - self.expires_at.year
        if _years_later(self.expires_at, years) <= now:
            years += 1
        return replace(self, expires_at=_years_later(self.expires_at, years))

    def is_expired(self, now: datetime) -> bool:
        """Whether its jobs are accepted, but not run (user guide, "About reserved queues")."""
        return self.renewal is RenewalType.EXPIRE and self.expires_at <= now


@dataclass(frozen=True, kw_only=True, slots=True)
class ReservationPlan:
    """What a caller asks of a reservation. The commitment is always one year."""

    slots: int
    renewal: RenewalType


@dataclass(frozen=True, kw_only=True, slots=True)
class NewQueue:
    """A queue as CreateQueue asks for it, checked."""

    account: AccountId
    name: QueueName
    description: str | None
    status: QueueStatus
    concurrent_jobs: int | None
    """Of an on-demand queue; None: as many as there is room for."""
    plan: ReservationPlan | None
    """None for an on-demand queue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueChange:
    """What UpdateQueue asks for, checked; None leaves a value as it is."""

    description: str | None
    status: QueueStatus | None
    concurrent_jobs: int | None
    plan: ReservationPlan | None


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
    """How many of its jobs wait; of a long queue an estimate of the last seconds."""
    progressing_jobs: int
    """How many of its jobs run."""

    @property
    def arn(self) -> str:
        return queue_arn(self.account, self.region, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A queue as the scheduler sees it: what runs, what may, and whose turn it is."""

    account: AccountId
    name: QueueName
    status: QueueStatus
    reservation: Reservation | None
    """None for an on-demand queue."""
    concurrent_jobs: int | None
    running: int
    has_waiting: bool
    turn: int
    """Grows with every job that any queue starts: the lowest has waited longest for its turn."""


def _years_later(moment: datetime, years: int) -> datetime:
    """The same day of a later year; the 28th for a 29th of February that it does not have."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
