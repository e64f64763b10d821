"""Are settings what MediaConvert accepts, and what this server can honour? The wire has checked the model's
constraints.

`check` is total: whatever the wire lets through, it answers with issues. All of them come at once.
"""

from enum import Enum, auto

from telecine.media.settings import Structure
from telecine.media.validation import engine, shapes, tree, walk
from telecine.media.validation.issue import Issue
from telecine.media.validation.rules import JOB_RULES, RULES
from telecine.media.validation.sound import Outputs
from telecine.media.validation.tree import each
from telecine.media.validation.words import at

__all__ = ["Issue", "Kind", "check", "preset_conflicts"]


class Kind(Enum):
    """Whose settings they are."""

    JOB = auto()
    """`JobSettings`: MediaConvert's rules, and what this server's engine can do."""
    TEMPLATE = auto()
    """`JobTemplateSettings`: MediaConvert's rules alone. What is stored here need not run here."""
    PRESET = auto()
    """`PresetSettings`: MediaConvert's rules alone."""


_ROOTS = {
    Kind.JOB: tree.compiled("JobSettings", shapes.TREE, JOB_RULES, RULES, engine.LIMITS),
    Kind.TEMPLATE: tree.compiled("JobTemplateSettings", shapes.TREE, RULES),
    Kind.PRESET: tree.compiled("PresetSettings", shapes.TREE, RULES),
}


def check(settings: Structure, *, kind: Kind = Kind.JOB) -> list[Issue]:
    """Everything that is wrong, first what is not supported and then what does not go together; empty when nothing is.

    Paths begin at the settings: `/outputGroups/0/outputs/0/videoDescription/codecSettings/codec`.
    """
    if kind is not Kind.JOB:
        return tree.run(_ROOTS[kind], settings)
    outputs = Outputs(settings)
    issues = [*walk.unsupported(settings, outputs.sound), *tree.run(_ROOTS[kind], settings, outputs.sound)]
    if not issues:
        outputs.were_sound()
    return issues


def preset_conflicts(settings: Structure) -> list[Issue]:
    """Outputs that name a preset and bring container settings of their own: for CreateJob, and templates, before
    presets are applied.

    Source: the model, on Output.Preset: "You can specify either Preset or Container settings, but not both". The
    sentence is this project's; MediaConvert's is not public.
    """
    return [
        Issue(
            path=at("OutputGroups", number, "Outputs", position, "ContainerSettings"),
            message="Must not be specified together with preset",
        )
        for number, group in enumerate(each(settings, "OutputGroups"))
        for position, output in enumerate(each(group, "Outputs"))
        if output.get("Preset") and output.get("ContainerSettings") is not None
    ]
