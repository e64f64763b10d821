"""Who may: our own operations are allowed by the actions of AWS's services that do the same.

Source: Service Authorization Reference, "IAM Access Analyzer" and "CloudTrail"; neither action has resources.
"""

from telecine.services.contract import Needs, always
from telecine.services.operator.audit import AuditPages

ROWS: dict[str, Needs[AuditPages]] = {
    "Lint": always("access-analyzer:ValidatePolicy"),
    "LookupAudit": always("cloudtrail:LookupEvents"),
}
