"""Queues: who may see and change them."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params, always, request_tags
from telecine.services.mediaconvert.access.rows import named_queue, on
from telecine.services.mediaconvert.lifecycle import Lifecycle


def _create_queue(_face: Lifecycle, _call: Call, params: Params) -> Sequence[Need]:
    """The queue has no ARN yet: a policy says by the tags which queues may be made."""
    return (Need(action="mediaconvert:CreateQueue", context=request_tags(params.get("Tags", {}))),)


def _on_queue(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        return (on(face, call, action, named_queue(call, params.get("Name", "")), {}),)

    return needs


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "CreateQueue": _create_queue,
    "DeleteQueue": _on_queue("mediaconvert:DeleteQueue"),
    "GetQueue": _on_queue("mediaconvert:GetQueue"),
    "ListQueues": always("mediaconvert:ListQueues"),
    "UpdateQueue": _on_queue("mediaconvert:UpdateQueue"),
}
