"""What the operator's operations work with."""

from dataclasses import dataclass

from telecine.events.sinks import Sinks
from telecine.services.operator.audit import AuditPages


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """The parts of this server that are no AWS service."""

    audit: AuditPages
    sinks: Sinks
