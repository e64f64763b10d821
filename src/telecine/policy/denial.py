"""AWS's sentence for a request that is not allowed.

It names action, principal, resource and the family that limited the request, never a policy or its text. Of the two
forms that AWS has used after an explicit deny, ours is the one without the policy's ARN.
"""

from telecine.policy.decision import Answer, Decision, Family
from telecine.policy.request import Request

_NAMES = {
    Family.IDENTITY: ("an identity-based policy", "identity-based policy"),
    Family.RESOURCE: ("a resource-based policy", "resource-based policy"),
    Family.TRUST: ("the role trust policy", "role trust policy"),
    Family.BOUNDARY: ("a permissions boundary", "permissions boundary"),
    Family.SESSION: ("a session policy", "session policy"),
    Family.SCP: ("a service control policy", "service control policy"),
    Family.RCP: ("a resource control policy", "resource control policy"),
    Family.ENDPOINT: ("a VPC endpoint policy", "VPC endpoint policy"),
}
"""Each family in `with an explicit deny in …` and in `because no … allows the … action`."""


def denial_sentence(request: Request, decision: Decision, *, quote_resource: bool = False, is_key: bool = False) -> str:
    """AWS's sentence for a request that is not allowed.

    `quote_resource`: S3's form, which puts the resource in quotation marks and tells a caller from another account
    nothing but `Access Denied`. `is_key`: KMS's form where no key policy allows, which says the same for a key that
    does not exist.
    """
    family = decision.blocked_by or Family.IDENTITY
    principal = request.principal
    if quote_resource and (principal.account is None or principal.account != request.resource_account):
        return "Access Denied"
    sentence = f"User: {principal.arn or 'anonymous'} is not authorized to perform: {request.action}"
    if is_key and family is Family.RESOURCE:
        return (
            f"{sentence} on this resource because the resource does not exist in this Region, no resource-based "
            "policies allow access, or a resource-based policy explicitly denies access"
        )
    has_resource = not request.wildcard_only_action and request.resource != "*" and family is not Family.TRUST
    if has_resource:
        resource = f'"{request.resource}"' if quote_resource else request.resource
        sentence = f"{sentence} on resource: {resource}"
    with_article, name = _NAMES[family]
    if decision.decision is Answer.EXPLICIT_DENY:
        return f"{sentence} with an explicit deny in {with_article}"
    return f"{sentence} because no {name} allows the {request.action} action"
