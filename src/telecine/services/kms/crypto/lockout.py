"""Whether a new key policy leaves its writer the right to write the next one.

KMS API reference, "PutKeyPolicy": it must, unless the request sets BypassPolicyLockoutSafetyCheck.
"""

from telecine.core.names import AccountId
from telecine.policy import PolicySet, Request, ResourcePolicy, ResourceRule, compile_policy, evaluate
from telecine.services.contract import Call
from telecine.services.kms import errors
from telecine.services.kms.crypto.authority import PROPERTIES, of_caller

_ACTION = "kms:PutKeyPolicy"
_EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
"""Stands for the writer's own policies: the check is of the key policy alone, and one that hands the word to the
writer's account passes."""


def require_access(text: str, arn: str, owner: AccountId, call: Call) -> None:
    """Raise MalformedPolicyDocumentException when the policy `text` on the key `arn` would lock the caller out."""
    own = (compile_policy(_EVERYTHING),)
    caller = call.caller
    request = Request(
        principal=caller.principal,
        action=_ACTION,
        resource=arn,
        resource_account=owner,
        context={
            **PROPERTIES,
            "aws:CurrentTime": call.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(call.now.timestamp())),
            "aws:SecureTransport": "true" if call.is_secure else "false",
            "aws:RequestedRegion": call.region,
            "aws:PrincipalAccount": caller.principal.account or "",
            "aws:PrincipalArn": caller.principal.arn or "",
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": caller.user_id,
            "aws:ResourceAccount": owner,
            **({"aws:SourceIp": call.source_ip} if call.source_ip else {}),
            **caller.context,
            **of_caller(caller),
            "kms:BypassPolicyLockoutSafetyCheck": "false",
        },
    )
    policy = ResourcePolicy(text=text, rule=ResourceRule.REQUIRED, name=arn)
    if not evaluate(request, PolicySet(identity=own, resource=policy)).is_allowed:
        raise errors.locked_out()
