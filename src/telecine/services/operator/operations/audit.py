"""Looking up the audit log."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.operator.face import Operator
from telecine.services.operator.view import audit as view

_PAGE = 50
"""As many as CloudTrail's LookupEvents gives."""


def lookup_audit(operator: Operator, call: Call, params: Params) -> Result:
    """Records of the caller's own account, newest first. The last second's may not be written yet."""
    return view.page(
        operator.audit.page(
            call.account,
            request_id=params.get("requestId"),
            size=params.get("maxResults", _PAGE),
            token=params.get("nextToken"),
        )
    )


OPERATIONS: dict[str, Operation[Operator]] = {"LookupAudit": lookup_audit}
