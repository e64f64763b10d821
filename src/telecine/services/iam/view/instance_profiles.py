"""Instance profiles."""

from telecine.services.iam.model import InstanceProfile
from telecine.services.iam.view.roles import listed_role
from telecine.services.iam.view.shapes import Shape, tagged


def listed_profile(profile: InstanceProfile) -> Shape:
    """`InstanceProfile` as ListInstanceProfiles has it: without tags."""
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.unique_id,
        "Arn": profile.arn,
        "CreateDate": profile.created_at,
        "Roles": [] if profile.role is None else [listed_role(profile.role)],
    }


def instance_profile(profile: InstanceProfile) -> Shape:
    """`InstanceProfile` in full."""
    return {**listed_profile(profile), **tagged(profile.tags)}
