"""Who may work on service-linked roles."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params
from telecine.services.iam.access.rows import Made, Row, need, on, rows, text
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.linked_services import LINKED_SERVICES
from telecine.services.iam.model import SERVICE_LINKED_PATH, Kind, entity_arn


def _creating(action: str) -> Row:
    """The row of making a service's role, whose ARN follows from the service."""

    def needs(_directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        principal = text(params, "AWSServiceName")
        service = LINKED_SERVICES.get(principal)
        name = "AWSServiceRoleFor" if service is None else service.role_name
        resource = entity_arn(call.account, Kind.ROLE, f"{SERVICE_LINKED_PATH}{principal}/", name)
        return (Need(action=action, resource=resource, context={"iam:AWSServiceName": principal}),)

    return needs


def _on_task(action: str) -> Row:
    """The row of asking for a deletion: the role that its task names."""

    def needs(_directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        path = text(params, "DeletionTaskId").removeprefix("task").rpartition("/")[0]
        if not path.startswith(SERVICE_LINKED_PATH):
            return (Need(action=action),)
        return (need(action, entity_arn(call.account, Kind.ROLE, path, "")),)

    return needs


_MADE: dict[str, Made] = {
    "CreateServiceLinkedRole": _creating,
    "DeleteServiceLinkedRole": on(Kind.ROLE),
    "GetServiceLinkedRoleDeletionStatus": _on_task,
}

ROWS: dict[str, Row] = rows(_MADE)
