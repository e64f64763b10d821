"""What belongs to the account as a whole: where this server answers."""

from collections.abc import Mapping

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert.lifecycle import Lifecycle


def describe_endpoints(_face: Lifecycle, call: Call, _params: Params) -> Result:
    """Our own address: old clients ask for it and then use it."""
    return {"Endpoints": [{"Url": call.base_url}]}


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "DescribeEndpoints": describe_endpoints,
}
