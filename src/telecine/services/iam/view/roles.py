"""Roles."""

from telecine.services.iam.model import Role
from telecine.services.iam.view.shapes import Shape, document, limited, tagged


def listed_role(role: Role) -> Shape:
    """`Role` as ListRoles has it: without boundary, tags and last use."""
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
    """`Role` but for its last use."""
    return {**listed_role(role), **limited(role.boundary_arn), **tagged(role.tags)}


def role_with_use(one: Role) -> Shape:
    """`Role` in full, as only GetRole has it."""
    return {**role(one), "RoleLastUsed": last_use(one)}


def last_use(role: Role) -> Shape:
    """`RoleLastUsed`, empty when there was no use."""
    use = role.last_used
    return {} if use is None else {"LastUsedDate": use.at.replace(microsecond=0), "Region": use.region}
