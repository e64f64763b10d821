"""How a job's settings come to be from its template, its presets and what it says itself. Pure.

MediaConvert's model and guide say little: a job that names a template gives no more than it wants otherwise ("Using a
job template to create a job"), and what an output says beside its preset counts, as AWS's own samples have it
(`Preset` with `AudioDescriptions[0].AudioSourceName`). The rest are decisions of ours:

* Structures and maps are merged member by member; what the job says wins.
* Lists of structures are merged by position: the job's first output over the template's first output. What only one of
  them has stays. Lists of plain values (`Tracks`, `AudioPids`) are one value: the job's stands for the template's.
* A structure that makes another choice (`Codec`, `Container`, `Type`, …) stands for the whole structure below it: the
  template's H264Settings mean nothing to a job that says H_265.
* A template has one input at most, which every input of the job is laid over.

Results share parts with what they are made of; nobody changes settings.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from telecine.media.settings import Structure, fields

CHOICES = ("Codec", "Container", "DestinationType", "SourceType", "Type")
"""Members that say which of the structures beside them counts."""

Settings = dict[str, Any]


def overlay(under: Structure, over: Structure) -> Settings:
    """`over` laid over `under`, member by member. A member that is None is none."""
    if any(_differ(under.get(choice), over.get(choice)) for choice in CHOICES):
        return {name: value for name, value in over.items() if value is not None}
    merged = {name: value for name, value in under.items() if value is not None}
    for name, value in over.items():
        if value is not None:
            merged[name] = _laid(merged[name], value) if name in merged else value
    return merged


def merge_job(settings: Structure, template: Structure) -> Settings:
    """The settings of a job that names a template: `settings` laid over the template's."""
    merged = overlay(
        {name: value for name, value in template.items() if name != "Inputs"},
        {name: value for name, value in settings.items() if name != "Inputs"},
    )
    inputs = list(fields.children(settings, "Inputs"))
    for base in fields.children(template, "Inputs"):
        merged["Inputs"] = [overlay(base, given) for given in inputs] or [base]
        return merged
    return {**merged, "Inputs": inputs} if inputs else merged


def apply_presets(settings: Structure, preset_of: Callable[[str], Structure]) -> Settings:
    """`settings` with each output laid over the settings of the preset that it names. The name stays."""
    groups = [
        {**group, "Outputs": [_with_preset(output, preset_of) for output in fields.children(group, "Outputs")]}
        for group in fields.children(settings, "OutputGroups")
    ]
    return {**settings, "OutputGroups": groups} if groups else dict(settings)


def presets(settings: Structure) -> Iterator[tuple[str, str]]:
    """The presets that outputs name, each with the path of its name, in the order of the outputs."""
    for number, group in enumerate(fields.children(settings, "OutputGroups")):
        # Plain: every CreateJob asks this several times of every output, and hardly ever one names a preset.
        outputs: Any = group.get("Outputs") or ()
        for position, output in enumerate(outputs):
            if output.get("Preset"):
                yield f"/outputGroups/{number}/outputs/{position}/preset", fields.text(output, "Preset", "")


def _with_preset(output: Structure, preset_of: Callable[[str], Structure]) -> Structure:
    name = fields.text(output, "Preset", "")
    return overlay(preset_of(name), output) if name else output


def _laid(under: object, over: object) -> object:
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return overlay(under, over)
    if isinstance(under, list) and isinstance(over, list) and _are_structures(under) and _are_structures(over):
        both = [overlay(below, above) for below, above in zip(under, over, strict=False)]
        return [*both, *under[len(both) :], *over[len(both) :]]
    return over


def _are_structures(values: list[Any]) -> bool:
    """Also of an empty list, which says nothing over a list of structures."""
    return all(isinstance(value, Mapping) for value in values)


def _differ(below: object, above: object) -> bool:
    return below is not None and above is not None and below != above
