"""The operator's operations."""

from telecine.policy import catalogue
from telecine.policy.lint import PolicyKind, lint
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.operator import view
from telecine.services.operator.audit import AuditPages

_PAGE = 50
"""As many as CloudTrail's LookupEvents gives."""


def lint_policy(_audit: AuditPages, _call: Call, params: Params) -> Result:
    """What is wrong with the policy: `telecine.policy.lint`, as `telecine policy lint` prints it."""
    found = lint(params["policy"], kind=PolicyKind(params["kind"]), catalogue=catalogue.load())
    return {"findings": [finding.as_json() for finding in found]}


def lookup_audit(audit: AuditPages, call: Call, params: Params) -> Result:
    """Records of the caller's own account, newest first. The last second's may not be written yet."""
    return view.page(
        audit.page(
            call.account,
            request_id=params.get("requestId"),
            size=params.get("maxResults", _PAGE),
            token=params.get("nextToken"),
        )
    )


OPERATIONS: dict[str, Operation[AuditPages]] = {
    "Lint": lint_policy,
    "LookupAudit": lookup_audit,
}
