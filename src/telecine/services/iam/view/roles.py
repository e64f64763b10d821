"""Roles."""

from telecine.services.iam.model import Role
from telecine.services.iam.view.shapes import Shape, document, tagged


def listed_role(role: Role) -> Shape:
    """`Role` as ListRoles has it: without tags and last use."""
    described: Shape = {} if role.description is None else {"Description": role.description}
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": document(role.trust_policy),
        **described,
        "MaxSessionDuration": role.max_session_seconds,
    }


def role(role: Role) -> Shape:
    """`Role` in full."""
    return {**listed_role(role), **tagged(role.tags)}
