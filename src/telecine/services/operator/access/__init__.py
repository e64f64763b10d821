"""Who may: our own operations are allowed by the actions of AWS's services that do the same."""

from telecine.services.contract import Needs
from telecine.services.operator.access import audit, checks, lint, sinks
from telecine.services.operator.face import Operator

ROWS: dict[str, Needs[Operator]] = {**audit.ROWS, **checks.ROWS, **lint.ROWS, **sinks.ROWS}
