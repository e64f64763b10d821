"""IAM's operations by name."""

from telecine.services.contract import Operation
from telecine.services.iam.directory import Directory
from telecine.services.iam.operations import permissions, policies, roles, users

OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateUser": users.create_user,
    "GetUser": users.get_user,
    "ListUsers": users.list_users,
    "DeleteUser": users.delete_user,
    "CreateAccessKey": users.create_access_key,
    "ListAccessKeys": users.list_access_keys,
    "UpdateAccessKey": users.update_access_key,
    "DeleteAccessKey": users.delete_access_key,
    "CreateRole": roles.create_role,
    "GetRole": roles.get_role,
    "ListRoles": roles.list_roles,
    "DeleteRole": roles.delete_role,
    "UpdateAssumeRolePolicy": roles.update_assume_role_policy,
    "ListInstanceProfilesForRole": roles.list_instance_profiles_for_role,
    "CreatePolicy": policies.create_policy,
    "GetPolicy": policies.get_policy,
    "GetPolicyVersion": policies.get_policy_version,
    "ListPolicyVersions": policies.list_policy_versions,
    "ListPolicies": policies.list_policies,
    "DeletePolicy": policies.delete_policy,
    **permissions.operations(),
}
