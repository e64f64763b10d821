"""What a request for a job comes to: its template filled in, its presets looked up, each as it is at this moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telecine.media import merge
from telecine.media.settings import fields
from telecine.services.contract import Call, Params
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle import Lifecycle, filled
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    JobTemplate,
    Preset,
    preset_name,
    queue_arn,
    queue_name,
    template_name,
)

_MOST = 2 * 1024**2
"""Characters of JSON that settings may come to with their template and presets. The request alone may have three
quarters of it; without a bound, a few bytes that name a large preset a thousand times would be a gigabyte of job."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A request for a job with everything in it."""

    params: Params
    """As the request and its template say, presets by name."""
    settings: Mapping[str, Any]
    """`params["Settings"]` with what the presets hold."""

    @property
    def shown(self) -> Mapping[str, Any] | None:
        """What `Job.Settings` says where it is not `settings`: as MediaConvert does it, presets by name, so that a
        duplicate of the job takes them as they are by then (user guide, "Modifying your custom output presets")."""
        own: Mapping[str, Any] = self.params["Settings"]
        return None if own is self.settings else own


def resolve(face: Lifecycle, call: Call, params: Params) -> Resolved:
    """Raises NotFoundException for a template or preset, with the path of its name; BadRequestException when all of it
    comes to too much; ConflictException when the template has changed since the decision that the job may be
    submitted."""
    template = _template(face, call, params)
    if template is not None:
        _check_laid(params["Settings"], template.draft.settings)
    asked = params if template is None else filled(params, template)
    presets = named_presets(face, call, asked["Settings"])
    if template is not None:
        _check_decided(call, asked, presets)
    if not presets:
        return Resolved(params=asked, settings=asked["Settings"])
    settings = merge.apply_presets(asked["Settings"], lambda name: presets[name].draft.settings)
    return Resolved(params=asked, settings=settings)


def named_presets(face: Lifecycle, call: Call, settings: Mapping[str, Any]) -> dict[str, Preset]:
    """The presets that outputs name, by what they are called there. Raises NotFoundException with the path,
    BadRequestException when they come to too much."""
    found: dict[str, Preset] = {}
    lengths: dict[str, int] = {}
    length = 0
    for path, text in merge.presets(settings):
        if text not in found:
            name = preset_name(text, account=call.account, region=call.region)
            preset = None if name is None else face.presets.find(call.account, name)
            if preset is None:
                raise errors.not_in_library("preset", text, path)
            found[text] = preset
            lengths[text] = _length(preset.draft.settings)
        length += lengths[text]
        _check_length(length)
    return found


def _check_laid(settings: Mapping[str, Any], template: Mapping[str, Any]) -> None:
    """Each input of a job is laid over the template's."""
    repeated = sum(1 for _input in fields.children(settings, "Inputs")) - 1
    _check_length(_length(template) + max(0, repeated) * _length(template.get("Inputs", [])))


def _check_length(length: int) -> None:
    if length > _MOST:
        raise errors.issues([("/", f"Should have at most {_MOST} characters with its job template and presets")])


def _length(settings: Any) -> int:
    return len(json.dumps(settings, separators=(",", ":"), ensure_ascii=False))


def _template(face: Lifecycle, call: Call, params: Params) -> JobTemplate | None:
    text = params.get("JobTemplate")
    if not text:
        return None
    name = template_name(text, account=call.account, region=call.region)
    found = None if name is None else face.templates.find(call.account, name)
    if found is None:
        raise errors.not_in_library("job template", text, "/jobTemplate")
    return found


def _check_decided(call: Call, asked: Params, presets: Mapping[str, Preset]) -> None:
    """The access row has read the template, too: what it has named must be what is used now."""
    used = {preset.arn for preset in presets.values()}
    for named in (asked.get("Queue"), *(hop.get("Queue") for hop in asked.get("HopDestinations") or ())):
        queue = queue_name(named or DEFAULT_QUEUE, account=call.account, region=call.region)
        if queue is not None:
            used.add(queue_arn(call.account, call.region, queue))
    if not used <= call.pins:
        raise errors.changed_meanwhile(asked["JobTemplate"])
