"""Operations on managed policies."""

from telecine.core.names import AccountId
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import AWS_ACCOUNT, CountedPolicy, Kind, PolicyUse
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
    owners: dict[str, frozenset[AccountId]] = {
        "All": frozenset({call.account, AWS_ACCOUNT}),
        "AWS": frozenset({AWS_ACCOUNT}),
        "Local": frozenset({call.account}),
    }
    # Naming a use asks for policies in use (IAM API reference, "ListPolicies").
    only = PolicyUse.PERMISSIONS if params.get("OnlyAttached", False) else None
    if "PolicyUsageFilter" in params:
        only = PolicyUse(params["PolicyUsageFilter"])
    found = directory.policies.page(
        call.account,
        owners=owners[params.get("Scope", "All")],
        path_prefix=params.get("PathPrefix", "/"),
        only=only,
        wanted=page(params),
    )
    return shapes.page("Policies", [view.listed_policy(entry) for entry in found.items], found)


def create_policy_version(directory: Directory, call: Call, params: Params) -> Result:
    version = directory.policies.add_version(
        call.account, params["PolicyArn"], params["PolicyDocument"], as_default=params.get("SetAsDefault", False)
    )
    return {"PolicyVersion": view.listed_version(version)}


def set_default_policy_version(directory: Directory, call: Call, params: Params) -> Result:
    directory.policies.set_default_version(call.account, params["PolicyArn"], params["VersionId"])
    return {}


def delete_policy_version(directory: Directory, call: Call, params: Params) -> Result:
    directory.policies.delete_version(call.account, params["PolicyArn"], params["VersionId"])
    return {}


def list_entities_for_policy(directory: Directory, call: Call, params: Params) -> Result:
    entity_filter = params.get("EntityFilter")
    # The model's type has two filters more, which are of policies: no entity is of that kind.
    kinds = frozenset(kind for kind in Kind if entity_filter in (None, kind.title()))
    found = directory.policies.entities(
        call.account,
        params["PolicyArn"],
        kinds=kinds,
        only=PolicyUse(params["PolicyUsageFilter"]) if "PolicyUsageFilter" in params else None,
        path_prefix=params.get("PathPrefix", "/"),
        wanted=page(params),
    )
    return view.entities(found)


def delete_policy(directory: Directory, call: Call, params: Params) -> Result:
    directory.policies.delete(call.account, params["PolicyArn"])
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "GetPolicyVersion": get_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "ListPolicies": list_policies,
    "CreatePolicyVersion": create_policy_version,
    "SetDefaultPolicyVersion": set_default_policy_version,
    "DeletePolicyVersion": delete_policy_version,
    "ListEntitiesForPolicy": list_entities_for_policy,
    "DeletePolicy": delete_policy,
}
