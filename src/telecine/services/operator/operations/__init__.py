"""The operator's operations, a module per subject."""

from telecine.services.contract import Operation
from telecine.services.operator.face import Operator
from telecine.services.operator.operations import audit, checks, lint, sinks

OPERATIONS: dict[str, Operation[Operator]] = {
    **audit.OPERATIONS,
    **checks.OPERATIONS,
    **lint.OPERATIONS,
    **sinks.OPERATIONS,
}
