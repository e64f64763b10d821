"""AssumeRole."""

from telecine.policy import MalformedPolicy, PrincipalKind, check_identity_policy
from telecine.services.contract import Call, Params, Result
from telecine.services.iam.model import Role
from telecine.services.sts import errors, view
from telecine.services.sts.model import SessionPolicies
from telecine.services.sts.sessions import Sessions, is_role_arn, packed_percent

_DEFAULT_SECONDS = 3600
_CHAINED_SECONDS = 3600
_POLICY_ARNS = 10
_REFUSED = (
    "Tags",
    "TransitiveTagKeys",
    "SerialNumber",
    "TokenCode",
    "SourceIdentity",
    "ProvidedContexts",
    "MinimumSessionTokenSize",
)


def assume_role(sessions: Sessions, call: Call, params: Params) -> Result:
    """Temporary credentials of the role that RoleArn names."""
    for member in _REFUSED:
        if params.get(member):
            raise errors.unsupported("AssumeRole", member)
    arn = params["RoleArn"]
    if not is_role_arn(arn):
        raise errors.invalid_role_arn(arn)
    role = sessions.role(arn)
    if role is None:  # deleted since the access row looked
        raise errors.not_trusted(call.caller.principal.arn or "")
    assumed = sessions.assume_role(
        role,
        params["RoleSessionName"],
        seconds=_seconds(call, role, params.get("DurationSeconds", _DEFAULT_SECONDS)),
        policies=_policies(sessions, role, params),
    )
    return view.assumed_role(assumed)


def _seconds(call: Call, role: Role, wanted: int) -> int:
    if wanted > _CHAINED_SECONDS and call.caller.principal.kind is PrincipalKind.ASSUMED_ROLE:
        raise errors.beyond_chaining_limit()
    if wanted > role.max_session_seconds:
        raise errors.beyond_role_maximum()
    return wanted


def _policies(sessions: Sessions, role: Role, params: Params) -> SessionPolicies | None:
    document = params.get("Policy")
    arns = tuple(entry.get("arn", "") for entry in params.get("PolicyArns", []))
    if document is None and not arns:
        return None
    if len(arns) > _POLICY_ARNS:
        raise errors.too_many_policy_arns(_POLICY_ARNS)
    policies = SessionPolicies(document=document, arns=arns)
    percent = packed_percent(policies)
    if percent > 100:
        raise errors.session_policies_too_large(percent)
    if document is not None:
        try:
            check_identity_policy(document)
        except MalformedPolicy as problem:
            raise errors.malformed_policy(problem.message) from problem
    for arn in arns:
        if not sessions.has_policy(role, arn):
            raise errors.no_such_policy(arn)
    return policies
