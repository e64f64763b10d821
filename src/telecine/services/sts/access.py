"""What each operation of STS needs (Service Authorization Reference, "STS")."""

from collections.abc import Sequence

from telecine.policy import Family, PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Need, Needs, Params, nothing_needed
from telecine.services.sts.errors import root_cannot_assume
from telecine.services.sts.sessions import ASSUME_ROLE, Sessions, is_role_arn, role_tags, trust_policy

_TRUSTS_NOBODY = '{"Version":"2012-10-17","Statement":[]}'


def _assume_role(sessions: Sessions, call: Call, params: Params) -> Sequence[Need]:
    """The role's trust policy must allow it. A role that does not exist answers as one that trusts nobody."""
    if call.caller.principal.kind is PrincipalKind.ROOT:
        raise root_cannot_assume()
    arn = params.get("RoleArn")
    if not isinstance(arn, str) or not is_role_arn(arn):
        # No role can have that name. Who may assume roles at all is told so by the operation.
        return (Need(action=ASSUME_ROLE),)
    context = {
        key: str(params[member])
        for key, member in (("sts:RoleSessionName", "RoleSessionName"), ("sts:ExternalId", "ExternalId"))
        if member in params
    }
    role = sessions.role(arn)
    if role is None:
        nobody = ResourcePolicy(text=_TRUSTS_NOBODY, rule=ResourceRule.REQUIRED, family=Family.TRUST, name=arn)
        return (Need(action=ASSUME_ROLE, resource=arn, context=context, resource_policy=nobody),)
    return (
        Need(
            action=ASSUME_ROLE,
            resource=role.arn,
            resource_account=role.account,
            context={**context, **role_tags(role)},
            resource_policy=trust_policy(role),
        ),
    )


ROWS: dict[str, Needs[Sessions]] = {
    "AssumeRole": _assume_role,
    "GetCallerIdentity": nothing_needed,
}
