"""Operations on instance profiles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Page
from telecine.services.iam.view import shapes


def list_instance_profiles_for_role(directory: Directory, call: Call, params: Params) -> Result:
    """Always empty: instance profiles belong to EC2, which is not here. Terraform asks before it deletes a role."""
    directory.roles.get(call.account, params["RoleName"])
    return shapes.page("InstanceProfiles", [], Page(items=[], marker=None))


OPERATIONS: dict[str, Operation[Directory]] = {"ListInstanceProfilesForRole": list_instance_profiles_for_role}
