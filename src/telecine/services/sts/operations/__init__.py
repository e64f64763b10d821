"""STS's operations by name."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.sts import view
from telecine.services.sts.operations.assume_role import assume_role
from telecine.services.sts.sessions import Sessions


def get_caller_identity(_sessions: Sessions, call: Call, _params: Params) -> Result:
    """Who signed the request. AWS tells everybody, whatever policies say."""
    return view.caller_identity(call.caller)


OPERATIONS: dict[str, Operation[Sessions]] = {
    "AssumeRole": assume_role,
    "GetCallerIdentity": get_caller_identity,
}
