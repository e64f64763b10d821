"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.lockout import require_access
from telecine.services.kms.model import POLICY_NAME, Page
from telecine.services.kms.operations import parameters


def get_key_policy(face: Keys, call: Call, params: Params) -> Result:
    """The policy as it was written, except that principals which are gone stand there by their unique ids."""
    _check_name(params)
    return {"Policy": face.policies.current(parameters.key(face, call, params)), "PolicyName": POLICY_NAME}


def put_key_policy(face: Keys, call: Call, params: Params) -> Result:
    """Raises MalformedPolicyDocumentException, also for a policy that would lock its writer out."""
    _check_name(params)
    key = parameters.key(face, call, params)
    policy = face.policies.prepare(params["Policy"], list(key.policy.principals.values()))
    if not params.get("BypassPolicyLockoutSafetyCheck"):
        require_access(policy.text, key.arn, key.account, call)
    face.policies.put(key, policy)
    return {}


def list_key_policies(face: Keys, call: Call, params: Params) -> Result:
    """A key has exactly one, so no listing ever goes on and every marker is a wrong one."""
    parameters.page(params, default=100, most=1000)
    if "Marker" in params:
        raise errors.invalid_marker()
    parameters.key(face, call, params)
    return {"PolicyNames": [POLICY_NAME], **parameters.paging(Page(items=(), marker=None))}


def _check_name(params: Params) -> None:
    if params.get("PolicyName", POLICY_NAME) != POLICY_NAME:
        raise errors.no_such_policy()
