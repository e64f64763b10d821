"""Source: Service Authorization Reference, "CloudTrail"; the action has no resources."""

from telecine.services.contract import Needs, always
from telecine.services.operator.face import Operator

ROWS: dict[str, Needs[Operator]] = {"LookupAudit": always("cloudtrail:LookupEvents")}
