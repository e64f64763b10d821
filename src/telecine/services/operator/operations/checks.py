"""Checking a job before it is submitted."""

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors as mediaconvert_errors
from telecine.services.operator import errors
from telecine.services.operator.face import Operator
from telecine.services.operator.view import checks as view
from telecine.wire import compiled
from telecine.wire.http import HttpRequest
from telecine.wire.routing import Route
from telecine.wire.validate import IllTyped


def check_job(operator: Operator, call: Call, params: Params) -> Result:
    """What the body, which is CreateJob's, would meet if it were sent there. No job is made.

    Raises ValidationException for a body that CreateJob could not read.
    """
    create = compiled.operation("mediaconvert", "CreateJob")
    request = HttpRequest(method="POST", raw_path="/2017-08-29/jobs", raw_query="", headers=())
    try:
        asked = create.parse(request, Route(operation="CreateJob"), params.get("job") or b"{}")
    except IllTyped as error:
        raise errors.validation(mediaconvert_errors.invalid(error.violations).message) from error
    except ApiError as error:
        raise errors.validation(error.message) from error
    violations = create.violations(asked)
    refusal = mediaconvert_errors.invalid(violations) if violations else None
    return view.report(operator.checks.check(call, asked, refusal))


OPERATIONS: dict[str, Operation[Operator]] = {"CheckJob": check_job}
