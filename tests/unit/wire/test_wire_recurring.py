"""Structures that recur: with and without memory the same values, violations and bytes."""

import copy
import gc
import json
import pickle
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.wire import models, recurring
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

    def output(self, given: Any, *, is_checked: bool = True) -> Any:
        """One output, read as one of a job."""
        job = self._read({"outputGroups": [{"outputs": [given]}]})
        if is_checked:
            self._check(job)
        return job["OutputGroups"][0]["Outputs"][0]

    def keep(self, given: Any) -> None:
        """Send a job with this output all the way, and drop it."""
        job = self._read({"outputGroups": [{"outputs": [json_shapes.decode(json.dumps(given).encode())]}]})
        assert not self._check(job)
        json_shapes.encode(self._write(job))
        json_shapes.encode(job)


def _remembering() -> _Wire:
    return _Wire(Recurring(TRAITS.recurring, TRAITS.private))


FORGETTING = _Wire(Recurring(frozenset(), ()))


@given(st.lists(st.lists(st.sampled_from(OUTPUTS), max_size=4), min_size=1, max_size=6))
@settings(deadline=None, max_examples=15)  # each compiles the whole of the settings
def test_memory_changes_nothing(jobs: list[list[Any]]) -> None:
    """Jobs of a few outputs, each of which comes again in this job or the next: nobody can tell that it is known."""
    remembering = _remembering()
    for outputs in jobs:
        given = {"inputs": [{"fileInput": "s3://a/b"}], "outputGroups": [{"name": "g", "outputs": outputs}]}
        assert remembering.outcome(given) == _Wire(Recurring(frozenset(), ())).outcome(given)


def test_an_output_that_comes_again_is_the_same_object() -> None:
    """It is read once, however different the jobs around it are."""
    seen = Recurring(TRAITS.recurring, TRAITS.private)
    read = JsonShapes(seen).reader(SETTINGS)
    check = ShapeChecks(seen, whole_patterns=TRAITS.whole_patterns).compile(SETTINGS)
    assert check is not None
    first = read({"outputGroups": [{"outputs": [{"extension": "a"}, {"extension": "b"}]}]})
    check(first)
    second = read({"followSource": 1, "outputGroups": [{}, {"outputs": [{"extension": "b"}]}]})
    assert second["OutputGroups"][1]["Outputs"][0] is first["OutputGroups"][0]["Outputs"][1]


@pytest.mark.parametrize(
    ("given", "is_checked", "is_kept"),
    [
        ({"videoDescription": {"width": 640}}, True, True),
        ({"videoDescription": {"width": 640}}, False, False),
        ({"videoDescription": {"width": 1}}, True, False),
    ],
    ids=["sound", "not checked", "below the least"],
)
def test_only_what_was_found_sound_is_kept(given: dict[str, Any], *, is_checked: bool, is_kept: bool) -> None:
    """Reading alone keeps nothing, since the caller may not be allowed to call; nor does a check that finds something."""
    wire = _remembering()
    first = wire.output(given, is_checked=is_checked)
    assert (wire.output(given) is first) == is_kept


def test_a_copy_of_an_output_is_nothing_known() -> None:
    """Whoever changes a copy gets it checked and written as it is by then, and the next request the output as sent."""
    wire = _remembering()
    sent = {"extension": "a", "videoDescription": {"width": 640}}
    output = wire.output(sent)
    for made in (copy.copy(output), copy.deepcopy(output), pickle.loads(pickle.dumps(output)), output.copy()):
        assert made == output
        assert type(made) is dict
        made["VideoDescription"] = {"Width": 1}
        job = {"OutputGroups": [{"Outputs": [made]}]}
        assert [violation.value for violation in wire._check(job)] == [1]
        written = json_shapes.encode(wire._write(job))
        assert json.loads(written)["outputGroups"][0]["outputs"] == [
            {"extension": "a", "videoDescription": {"width": 1}}
        ]
    assert wire.output(sent) is output
    assert output == {"Extension": "a", "VideoDescription": {"Width": 640}}


def _audio(description: Any, count: int) -> dict[str, Any]:
    return {"audioDescriptions": [description] * count}


def _mapping(channels: dict[str, Any]) -> dict[str, Any]:
    return {"remixSettings": {"channelMapping": {"outputChannels": [channels]}}}


_ODD: dict[str, Callable[[], dict[str, Any]]] = {
    "nothing": dict,
    "empty structures": lambda: _audio({}, 300),
    "structures of one member": lambda: _audio({"streamName": "abcd"}, 200),
    "one inside another": lambda: _audio(_mapping({"inputChannels": [-60]}), 50),
    "empty lists": lambda: _audio(_mapping({"inputChannels": []}), 50),
    "numbers": lambda: _audio(_mapping({"inputChannelsFineTune": [1] * 200}), 2),
    "long numbers": lambda: _audio(_mapping({"inputChannelsFineTune": [1.0625] * 200}), 2),
    "six members": lambda: _audio(
        {
            "streamName": "ab",
            "audioType": 0,
            "audioSourceName": "abc",
            "customLanguageCode": "eng",
            "languageCode": "ENG",
            "audioTypeControl": "FOLLOW_INPUT",
        },
        30,
    ),
    "a long text": lambda: {"preset": "x" * 20_000},
    "a long text of wide characters": lambda: {"preset": "x" * 20_000 + "\N{GRINNING FACE}"},
    "members that nobody knows": lambda: {"nobodyKnows": [{}] * 200},
}


@pytest.mark.parametrize("odd", _ODD.values(), ids=list(_ODD))
def test_the_bound_is_one_in_bytes(odd: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """However little JSON stands for however much memory: what is kept of more outputs than there is room for takes no
    more bytes than it may, and something is kept."""
    most = 1024**2
    monkeypatch.setattr(recurring, "_MOST_BYTES", most)
    wire = _remembering()
    wire.keep({"extension": "warm"})
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        sent = taken = 0
        while sent < 3 * most:
            given = odd() | {"nameModifier": f"_{sent}"}
            wire.keep(given)
            sent += recurring._size(json_shapes.encode(given))
            del given
            taken = max(taken, tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
    assert most // 100 < taken <= most


def test_an_output_that_fills_the_memory_is_not_kept() -> None:
    """Nothing is driven out by one that stands for more bytes than half of all."""
    wire = _remembering()
    usual, large = {"extension": "a"}, _audio({}, 30_000)
    kept = wire.output(usual)
    for number in range(3):
        sent = {**large, "nameModifier": f"_{number}"}
        assert wire.output(sent) is not wire.output(sent)
    assert wire.output(usual) is kept


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
    wire = _remembering()
    given = {"videoDescription": private}
    first, second = wire.output(given), wire.output(given)
    assert first == second
    assert first is not second


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
