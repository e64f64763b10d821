"""Presets and job templates: who may see, make and change them, and refer to them."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params, always, request_tags
from telecine.services.mediaconvert.access.rows import (
    check_references,
    named_preset,
    named_template,
    on,
    references,
)
from telecine.services.mediaconvert.lifecycle import Lifecycle


def _create_preset(_face: Lifecycle, _call: Call, params: Params) -> Sequence[Need]:
    return (Need(action="mediaconvert:CreatePreset", context=request_tags(params.get("Tags", {}))),)


def _on_preset(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        return (on(face, call, action, named_preset(call, params.get("Name", "")), {}),)

    return needs


def _on_template(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        return (on(face, call, action, named_template(call, params.get("Name", "")), {}),)

    return needs


def _create_template(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    """On every queue and preset that it names, as the guide's example of resource-level control has it."""
    check_references(call, params)
    action, given = "mediaconvert:CreateJobTemplate", request_tags(params.get("Tags", {}))
    named = references(face, call, action, params, given)
    return named or (Need(action=action, context=given),)


def _update_template(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    """On the template, and on what it shall name from now on."""
    check_references(call, params)
    action = "mediaconvert:UpdateJobTemplate"
    own = on(face, call, action, named_template(call, params.get("Name", "")), {})
    return (own, *references(face, call, action, params, {}))


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "CreateJobTemplate": _create_template,
    "CreatePreset": _create_preset,
    "DeleteJobTemplate": _on_template("mediaconvert:DeleteJobTemplate"),
    "DeletePreset": _on_preset("mediaconvert:DeletePreset"),
    "GetJobTemplate": _on_template("mediaconvert:GetJobTemplate"),
    "GetPreset": _on_preset("mediaconvert:GetPreset"),
    "ListJobTemplates": always("mediaconvert:ListJobTemplates"),
    "ListPresets": always("mediaconvert:ListPresets"),
    "UpdateJobTemplate": _update_template,
    "UpdatePreset": _on_preset("mediaconvert:UpdatePreset"),
}
