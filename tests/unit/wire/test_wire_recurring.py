"""Structures that recur: with and without memory the same values, violations and bytes."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.wire import models
from telecine.wire.protocols import json_shapes
from telecine.wire.protocols.codec import WrongType
from telecine.wire.protocols.json_shapes import JsonShapes
from telecine.wire.recurring import Recurring
from telecine.wire.validate import ShapeChecks

TRAITS = models.TRAITS["mediaconvert"]
SETTINGS = models.service_model("mediaconvert").shape_for("JobSettings")

OUTPUTS: list[Any] = [
    {"nameModifier": "_1", "videoDescription": {"width": 640, "codecSettings": {"codec": "H_264"}}},
    {"nameModifier": "_2", "videoDescription": {"width": 640.0}, "extension": None, "nobodyKnows": 2**80},
    {"videoDescription": {"width": 640, "codecSettings": {"codec": "H_264"}}, "nameModifier": "_1"},
    {"audioDescriptions": [{"audioType": 0}, {"streamName": "!"}]},
    {"videoDescription": {"width": 1}},  # below the least
    {"videoDescription": {"width": "640"}},  # of the wrong type
    {"videoDescription": {"width": True}},
    {"videoDescription": {"codecSettings": {"h264Settings": {"qvbrSettings": {"qvbrQualityLevelFineTune": "NaN"}}}}},
    {"preset": ""},
    {},
    [],
    7,
]


class _Wire:
    """Settings from JSON and back."""

    def __init__(self, recurring: Recurring) -> None:
        self._read = JsonShapes(recurring).reader(SETTINGS)
        write = JsonShapes(recurring).writer(SETTINGS)
        check = ShapeChecks(recurring, whole_patterns=TRAITS.whole_patterns).compile(SETTINGS)
        assert write is not None
        assert check is not None
        self._write, self._check = write, check

    def outcome(self, given: Any) -> Any:
        """What became of it at each step, the bytes of the answer last."""
        try:
            value = self._read(json_shapes.decode(json.dumps(given).encode()))
        except WrongType as wrong:
            return wrong.told("BadRequest").violations
        before = copy.deepcopy(value)
        violations = self._check(value)
        written = json_shapes.encode(self._write(value))
        assert repr(value) == repr(before), "nobody changes what others have, too"
        return repr(value), violations or None, written


@given(st.lists(st.lists(st.sampled_from(OUTPUTS), max_size=4), min_size=1, max_size=6))
@settings(deadline=None)
def test_memory_changes_nothing(jobs: list[list[Any]]) -> None:
    """Jobs of a few outputs, each of which comes again in this job or the next: nobody can tell that it is known."""
    remembering = _Wire(Recurring(TRAITS.recurring, TRAITS.private))
    for outputs in jobs:
        given = {"inputs": [{"fileInput": "s3://a/b"}], "outputGroups": [{"name": "g", "outputs": outputs}]}
        assert remembering.outcome(given) == _Wire(Recurring(frozenset(), ())).outcome(given)


def test_an_output_that_comes_again_is_the_same_object() -> None:
    """It is read once, however different the jobs around it are."""
    read = JsonShapes(Recurring(TRAITS.recurring, TRAITS.private)).reader(SETTINGS)
    first = read({"outputGroups": [{"outputs": [{"extension": "a"}, {"extension": "b"}]}]})
    second = read({"followSource": 1, "outputGroups": [{}, {"outputs": [{"extension": "b"}]}]})
    assert second["OutputGroups"][1]["Outputs"][0] is first["OutputGroups"][0]["Outputs"][1]


@pytest.mark.parametrize(
    "private",
    [
        {"videoPreprocessors": {"partnerWatermarking": {"nexguardFileMarkerSettings": {"license": "secret"}}}},
        {
            "videoPreprocessors": {
                "imageInserter": {"insertableImages": [{"imageInserterInput": "https://host/a.png?signature=secret"}]}
            }
        },
    ],
    ids=["licence", "address"],
)
def test_what_may_be_secret_is_forgotten(private: dict[str, Any]) -> None:
    """Licences, and addresses with what they carry, are not kept longer than their request."""
    recurring = Recurring(TRAITS.recurring, TRAITS.private)
    read = JsonShapes(recurring).reader(SETTINGS)
    given = {"outputGroups": [{"outputs": [{"videoDescription": private}]}]}
    first, second = read(given), read(given)
    assert first == second
    assert first["OutputGroups"][0]["Outputs"][0] is not second["OutputGroups"][0]["Outputs"][0]


def test_texts_of_an_output_are_known_to_be_no_secrets() -> None:
    """A member that a later model adds to an output, free in what it says, is looked at by somebody before it is
    remembered: names of things, numbers of fonts and colours, names of secrets that are kept elsewhere."""
    found: set[str] = set()

    def visit(shape: Any, name: str, above: tuple[str, ...]) -> None:
        if shape.name in above:
            return
        inside = (*above, shape.name)
        if shape.type_name == "structure":
            for member, inner in shape.members.items():
                visit(inner, member, inside)
        elif shape.type_name == "list":
            visit(shape.member, name, inside)
        elif shape.type_name != "integer" and not getattr(shape, "enum", None):
            assert shape.type_name in {"string", "double", "boolean"}, name
            if shape.type_name == "string":
                found.add(name)

    visit(models.service_model("mediaconvert").shape_for("Output"), "", ())
    private = {"License", "FontFileBold", "FontFileBoldItalic", "FontFileItalic", "FontFileRegular"} | {
        "ImageInserterInput"
    }
    assert found - private == {
        *("AudioGroupId", "AudioRenditionSets", "AudioSourceName", "AudioSourceNames", "CaptionSelectorName"),
        *("CertificateSecret", "CustomLanguageCode", "Extension", "HexFontColor", "LanguageDescription"),
        *("Mp4MajorBrand", "NameModifier", "NetworkName", "PageNumber", "Prefix", "Preset", "SegmentModifier"),
        *("ServiceName", "ServiceProviderName", "SigningKmsKey", "StartTime", "StreamName"),
        *("TimedMetadataSchemeIdUri", "TimedMetadataValue"),
    }
