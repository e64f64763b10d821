"""MediaConvert's own rules: what its documentation says of settings that must, or must not, stand together.

One module for each part of the settings. A module's `RULES` hold wherever its shapes occur; its `JOB_RULES` only in a
job, because a template or preset may leave to others what they ask for. `tree.py` runs them.
"""

from collections import defaultdict

from telecine.media.validation.rules import (
    abr,
    audio,
    captions,
    containers,
    encoders,
    groups,
    inputs,
    job,
    protection,
    video,
)
from telecine.media.validation.tree import On, Rule, Rules


def _united(*tables: Rules) -> Rules:
    rules: dict[str, list[Rule | On]] = defaultdict(list)
    for table in tables:
        for shape, own in table.items():
            rules[shape].extend(own)
    return {shape: tuple(own) for shape, own in rules.items()}


RULES = _united(
    job.RULES,
    abr.RULES,
    inputs.RULES,
    groups.RULES,
    containers.RULES,
    video.RULES,
    encoders.RULES,
    audio.RULES,
    captions.RULES,
    protection.RULES,
)

JOB_RULES = _united(
    job.JOB_RULES,
    inputs.JOB_RULES,
    groups.JOB_RULES,
    video.JOB_RULES,
    audio.JOB_RULES,
    captions.JOB_RULES,
)

__all__ = ["JOB_RULES", "RULES"]
