"""The account as a whole."""

from collections.abc import Sequence

from telecine.services.iam.model import (
    GrantingPolicy,
    Group,
    Identity,
    IdentityDetails,
    NamedPolicy,
    Page,
    PolicyDetails,
    Role,
    User,
)
from telecine.services.iam.view.instance_profiles import listed_profile
from telecine.services.iam.view.policies import attached_policy, policy_with_description, version
from telecine.services.iam.view.roles import last_use
from telecine.services.iam.view.shapes import Shape, document, limited, more, tags


def authorization_details(found: Page[IdentityDetails | PolicyDetails]) -> Shape:
    """The output of GetAccountAuthorizationDetails: one page over four lists."""
    identities = [entry for entry in found.items if isinstance(entry, IdentityDetails)]
    return {
        "UserDetailList": [_user(entry, entry.identity) for entry in identities if isinstance(entry.identity, User)],
        "GroupDetailList": [_group(entry, entry.identity) for entry in identities if isinstance(entry.identity, Group)],
        "RoleDetailList": [_role(entry, entry.identity) for entry in identities if isinstance(entry.identity, Role)],
        "Policies": [_policy(entry) for entry in found.items if isinstance(entry, PolicyDetails)],
        **more(found),
    }


def granting(namespace: str, policies: Sequence[GrantingPolicy]) -> Shape:
    """`ListPoliciesGrantingServiceAccessEntry`."""
    return {"ServiceNamespace": namespace, "Policies": [_granting(policy) for policy in policies]}


def _granting(policy: GrantingPolicy) -> Shape:
    if policy.arn is not None:
        return {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": policy.arn}
    return {
        "PolicyName": policy.name,
        "PolicyType": "INLINE",
        "EntityType": policy.owner_kind.upper(),
        "EntityName": policy.owner_name,
    }


def _user(details: IdentityDetails, user: User) -> Shape:
    return {
        **_common(details, user),
        "UserName": user.name,
        "UserId": user.unique_id,
        # IAM leaves this one list out where it would be empty
        **({"UserPolicyList": _inline(details.inline)} if details.inline else {}),
        "GroupList": details.groups,
        **limited(user.boundary_arn),
        "Tags": tags(user.tags),
    }


def _group(details: IdentityDetails, group: Group) -> Shape:
    return {
        **_common(details, group),
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "GroupPolicyList": _inline(details.inline),
    }


def _role(details: IdentityDetails, role: Role) -> Shape:
    return {
        **_common(details, role),
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "AssumeRolePolicyDocument": document(role.trust_policy),
        "InstanceProfileList": [listed_profile(profile) for profile in details.instance_profiles],
        "RolePolicyList": _inline(details.inline),
        **limited(role.boundary_arn),
        "Tags": tags(role.tags),
        "RoleLastUsed": last_use(role),
    }


def _policy(details: PolicyDetails) -> Shape:
    return {
        **policy_with_description(details.counted),
        "PolicyVersionList": [version(one) for one in details.versions],
    }


def _common(details: IdentityDetails, identity: Identity) -> Shape:
    return {
        "Path": identity.path,
        "Arn": identity.arn,
        "CreateDate": identity.created_at,
        "AttachedManagedPolicies": [attached_policy(policy) for policy in details.attached],
    }


def _inline(policies: Sequence[NamedPolicy]) -> list[Shape]:
    return [{"PolicyName": policy.name, "PolicyDocument": document(policy.text)} for policy in policies]
