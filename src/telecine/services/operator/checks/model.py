"""What a check of a job finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telecine.policy import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing to change, so that a permission is no longer missing. All steps of a permission are needed."""

    family: str
    """The kind of policy: `identity`, `boundary`, `session`, `resource`, `trust`."""
    where: str
    """A sentence: which policy of whom."""
    statement: Mapping[str, object] | None
    """What to add there; None where no statement helps, because one denies."""
    note: str = ""
    """What else there is to know; empty when there is nothing, or nothing that the caller may know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """One action on one resource, decided."""

    action: str
    """`s3:PutObject`."""
    resource: str
    """An ARN; of objects that are still to be named a pattern: `arn:aws:s3:::films/out/*`."""
    purpose: str
    """What the job does with it: `read input 1`."""
    decision: Answer
    is_required: bool = True
    """False for what a job can do without: taking back what a broken attempt left."""
    steps: Sequence[Step] = ()
    """What would allow it; empty when it is allowed."""

    @property
    def is_missing(self) -> bool:
        return self.decision is not Answer.ALLOW


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A principal with everything that it needs."""

    principal: str
    """The ARN of the caller, or of the role."""
    permissions: Sequence[Permission]

    @property
    def is_ready(self) -> bool:
        """Nothing is missing that the job cannot do without."""
        return not any(one.is_missing and one.is_required for one in self.permissions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong beside permissions: what CreateJob would refuse, or what would fail the job."""

    code: str
    """CreateJob's error, or the error code that the job would get: `BadRequestException`, `1404`."""
    message: str
    is_refused: bool
    """CreateJob refuses it; otherwise the job would fail of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchecked:
    """What was left out, and why."""

    what: str
    why: str
    action: str | None = None
    """The permission that would have it looked at; None when there is none."""
    resource: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that a check has found."""

    caller: Side
    role: Side | None
    """None: it was not looked at, for the reason that is in `unchecked`."""
    problems: Sequence[Problem]
    unchecked: Sequence[Unchecked]

    @property
    def can_submit(self) -> bool:
        """CreateJob would take the job from this caller now."""
        return self.caller.is_ready and not any(one.is_refused for one in self.problems)

    @property
    def can_run(self) -> bool | None:
        """Nothing that was looked at keeps the job from reading and writing its media; None: the role was not."""
        if self.role is None:
            return None
        return self.can_submit and self.role.is_ready and not self.problems
