"""Tags: who may see and change those of jobs, queues, presets and templates."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params, request_tags, tag_keys
from telecine.services.mediaconvert.access.rows import on
from telecine.services.mediaconvert.lifecycle import Lifecycle


def _on_tagged(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        arn = params.get("Arn", "")
        asked = request_tags(params.get("Tags", {})) or tag_keys(params.get("TagKeys", ()))
        return (on(face, call, action, arn, asked),)

    return needs


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "ListTagsForResource": _on_tagged("mediaconvert:ListTagsForResource"),
    "TagResource": _on_tagged("mediaconvert:TagResource"),
    "UntagResource": _on_tagged("mediaconvert:UntagResource"),
}
