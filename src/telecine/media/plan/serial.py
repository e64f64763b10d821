"""A plan as JSON and back: how it is stored with its job and printed by `telecine plan`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from telecine.media.packager.manifest import HlsManifest, Rendition
from telecine.media.plan.model import Artifact, Expectation, GroupPlan, ObjectTerms, OutputPlan, Plan, Step
from telecine.media.pricing import Dimensions
from telecine.media.tracks import KeyframeGrid


def to_json(plan: Plan) -> str:
    """`plan` as JSON text of one form: fractions as `24000/1001`."""
    return json.dumps(asdict(plan), default=str, indent=1)


def from_json(text: str) -> Plan:
    """The plan that `to_json` wrote. Raises KeyError or TypeError for anything else."""
    raw = json.loads(text)
    return Plan(
        version=raw["version"],
        inputs=tuple(raw["inputs"]),
        steps=tuple(Step(**_tuples(step)) for step in raw["steps"]),
        expectations=tuple(_expectation(one) for one in raw["expectations"]),
        artifacts=tuple(_artifact(artifact) for artifact in raw["artifacts"]),
        groups=tuple(_group(group) for group in raw["groups"]),
        warnings=tuple((code, message) for code, message in raw["warnings"]),
    )


def _artifact(raw: Mapping[str, Any]) -> Artifact:
    terms = raw.get("terms")  # plans of earlier releases have none
    return Artifact(**{**raw, "terms": None if terms is None else ObjectTerms(**terms)})


def _expectation(raw: Mapping[str, Any]) -> Expectation:
    grid = raw["grid"]
    segment = Fraction(grid["segment"]) if grid and grid["segment"] else None
    return Expectation(**{**raw, "grid": KeyframeGrid(gop=grid["gop"], segment=segment) if grid else None})


def _group(raw: Mapping[str, Any]) -> GroupPlan:
    manifest = raw["manifest"]
    return GroupPlan(
        type=raw["type"],
        outputs=tuple(_output(output) for output in raw["outputs"]),
        playlist_paths=tuple(raw["playlist_paths"]),
        manifest=None
        if manifest is None
        else HlsManifest(**{**manifest, "renditions": tuple(_rendition(one) for one in manifest["renditions"])}),
    )


def _output(raw: Mapping[str, Any]) -> OutputPlan:
    dimensions = raw.get("pricing")  # plans of earlier releases have none
    return OutputPlan(**{**_tuples(raw), "pricing": None if dimensions is None else Dimensions(**dimensions)})


def _rendition(raw: Mapping[str, Any]) -> Rendition:
    return Rendition(**{**_tuples(raw), "frame_rate": Fraction(raw["frame_rate"])})


def _tuples(raw: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples: lists become what the dataclasses hold."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()}
