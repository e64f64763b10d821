"""What the operator's operations work with."""

from dataclasses import dataclass

from telecine.events.sinks import Sinks
from telecine.services.operator.audit import AuditPages
from telecine.services.operator.checks import JobChecks


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """The parts of this server that are no AWS service."""

    audit: AuditPages
    sinks: Sinks
    checks: JobChecks
