"""Operations on service-linked roles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.view import roles as view


def create_service_linked_role(directory: Directory, call: Call, params: Params) -> Result:
    role = directory.linked_roles.create(
        call.account,
        params["AWSServiceName"],
        description=params.get("Description"),
        suffix=params.get("CustomSuffix"),
    )
    return {"Role": view.role(role)}


def delete_service_linked_role(directory: Directory, call: Call, params: Params) -> Result:
    return {"DeletionTaskId": directory.linked_roles.delete(call.account, params["RoleName"])}


def get_service_linked_role_deletion_status(directory: Directory, call: Call, params: Params) -> Result:
    directory.linked_roles.require_deletion(call.account, params["DeletionTaskId"])
    return {"Status": "SUCCEEDED"}  # the task was done when its id was given out


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateServiceLinkedRole": create_service_linked_role,
    "DeleteServiceLinkedRole": delete_service_linked_role,
    "GetServiceLinkedRoleDeletionStatus": get_service_linked_role_deletion_status,
}
