"""Source: Service Authorization Reference, "IAM Access Analyzer"; the action has no resources."""

from telecine.services.contract import Needs, always
from telecine.services.operator.face import Operator

ROWS: dict[str, Needs[Operator]] = {"Lint": always("access-analyzer:ValidatePolicy")}
