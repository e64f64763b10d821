"""Queues: who may see and change them."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params, always
from telecine.services.mediaconvert.access.rows import named_queue, on
from telecine.services.mediaconvert.lifecycle import Lifecycle


def _get_queue(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    return (on(face, call, "mediaconvert:GetQueue", named_queue(call, params.get("Name", "")), {}),)


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "GetQueue": _get_queue,
    "ListQueues": always("mediaconvert:ListQueues"),
}
