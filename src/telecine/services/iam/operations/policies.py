"""Operations on managed policies."""

from telecine.core.names import AccountId
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import AWS_ACCOUNT, CountedPolicy, Page
from telecine.services.iam.operations.parameters import page, tags
from telecine.services.iam.view import policies as view
from telecine.services.iam.view import shapes


def create_policy(directory: Directory, call: Call, params: Params) -> Result:
    policy = directory.policies.create(
        call.account,
        params["PolicyName"],
        params["PolicyDocument"],
        path=params.get("Path", "/"),
        description=params.get("Description"),
        tags=tags(params),
    )
    return {"Policy": view.policy(CountedPolicy(policy=policy, attachments=0))}


def get_policy(directory: Directory, call: Call, params: Params) -> Result:
    return {"Policy": view.policy(directory.policies.get(call.account, params["PolicyArn"]))}


def get_policy_version(directory: Directory, call: Call, params: Params) -> Result:
    version = directory.policies.version(call.account, params["PolicyArn"], params["VersionId"])
    return {"PolicyVersion": view.version(version)}


def list_policy_versions(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.policies.versions(call.account, params["PolicyArn"], page(params))
    return shapes.page("Versions", [view.listed_version(version) for version in found.items], found)


def list_policies(directory: Directory, call: Call, params: Params) -> Result:
    if params.get("PolicyUsageFilter") == "PermissionsBoundary":
        # No identity can have a boundary yet, so no policy is in use as one.
        return shapes.page("Policies", [], Page(items=[], marker=None))
    owners: dict[str, frozenset[AccountId]] = {
        "All": frozenset({call.account, AWS_ACCOUNT}),
        "AWS": frozenset({AWS_ACCOUNT}),
        "Local": frozenset({call.account}),
    }
    # Naming a use asks for policies in use (IAM API reference, "ListPolicies").
    only_attached = params.get("OnlyAttached", False) or "PolicyUsageFilter" in params
    found = directory.policies.page(
        call.account,
        owners=owners[params.get("Scope", "All")],
        path_prefix=params.get("PathPrefix", "/"),
        only_attached=only_attached,
        wanted=page(params),
    )
    return shapes.page("Policies", [view.listed_policy(entry) for entry in found.items], found)


def delete_policy(directory: Directory, call: Call, params: Params) -> Result:
    directory.policies.delete(call.account, params["PolicyArn"])
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "ListPolicies": list_policies,
    "DeletePolicy": delete_policy,
}
