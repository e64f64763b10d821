"""Validation is total: whatever the model lets through comes back as issues, never as an exception."""

import copy
import functools
import gc
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telecine.core.seen import Seen
from telecine.media.validation import Issue, Kind, check, engine, preset_conflicts, shapes, sound, tree, walk
from telecine.media.validation.issue import MOST_ISSUES
from telecine.media.validation.rules import JOB_RULES, RULES
from telecine.media.validation.sound import Outputs

ROOTS = {Kind.JOB: "JobSettings", Kind.TEMPLATE: "JobTemplateSettings", Kind.PRESET: "PresetSettings"}

TEXTS = [
    "",
    "x",
    "s3://media-out/$d$/$fn$",
    "_$w$_$foo$",
    "$Number$",
    "é\n",
    "00:00:10:00",
    "00:00:10;29@29.97",
    "1FF",
    "MTIz",
]
"""Texts that some rule reads."""


@functools.cache
def _model() -> Any:
    path = Path(botocore.__file__).parent / "data/mediaconvert/2017-08-29/service-2.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))["shapes"]


@functools.cache
def values(shape: str, most: int) -> st.SearchStrategy[Any]:
    """Values of a shape as the wire lets them through: types, enumerations and ranges right, at most so many members."""
    own = _model()[shape]
    match own["type"]:
        case "structure":
            members = own["members"]
            return st.lists(st.sampled_from(sorted(members)), max_size=most, unique=True).flatmap(
                lambda names: st.fixed_dictionaries({name: values(members[name]["shape"], most) for name in names})
            )
        case "list":
            return st.lists(st.deferred(lambda: values(own["member"]["shape"], most)), max_size=3)
        case "map":
            inner = st.deferred(lambda: values(own["value"]["shape"], most))
            return st.dictionaries(st.sampled_from(["Audio Selector 1", "b"]), inner, max_size=2)
        case "string":
            return st.sampled_from(own["enum"]) if "enum" in own else st.sampled_from(TEXTS)
        case "integer" | "long":
            low, high = own.get("min", 0), own.get("max", 2**31)
            return st.sampled_from(sorted({low, high, max(low, min(high, 1)), max(low, min(high, 1001))}))
        case "double":
            return st.sampled_from([float(own.get("min", 0)), 1.5, float(own.get("max", 9))])
        case "boolean":
            return st.booleans()
    raise AssertionError(own["type"])


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.name)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_settings_come_back_as_issues(kind: Kind, data: st.DataObject) -> None:
    """Whole settings, few members of each structure: the same issues each time, and the settings stay as they are."""
    drawn = data.draw(values(ROOTS[kind], 5))
    before = copy.deepcopy(drawn)
    issues = check(drawn, kind=kind)
    assert all(isinstance(issue, Issue) and issue.message for issue in issues)
    assert all(issue.path == "" or issue.path.startswith("/") for issue in issues)
    assert check(drawn, kind=kind) == issues
    assert drawn == before
    preset_conflicts(drawn)


@pytest.mark.parametrize("shape", sorted({*RULES, *JOB_RULES}))
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_structure_comes_back_as_issues(shape: str, data: st.DataObject) -> None:
    """Each shape that has rules, from its own root: what whole settings seldom reach."""
    node = tree.compiled(shape, shapes.TREE, RULES, JOB_RULES)
    drawn = data.draw(values(shape, 6))
    issues = tree.run(node, drawn)
    assert len(set(issues)) == len(issues)


SOUND: dict[str, Any] = {
    "ContainerSettings": {"Container": "M3U8", "M3u8Settings": {}},
    "VideoDescription": {
        "CodecSettings": {"Codec": "H_264", "H264Settings": {"RateControlMode": "CBR", "Bitrate": 1_000_000}}
    },
}


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_memory_of_sound_outputs_changes_nothing(data: st.DataObject) -> None:
    """Jobs that share outputs, sound ones among them, in groups of every kind: each is told what it would be told
    alone, in the same order."""
    pool = [SOUND, {**SOUND, "NameModifier": "_2"}, *data.draw(st.lists(values("Output", 3), max_size=2))]
    for _ in range(3):
        group = data.draw(values("OutputGroup", 3))
        outputs = data.draw(st.lists(st.sampled_from(pool), max_size=4))
        drawn = {"OutputGroups": [{**group, "Outputs": copy.deepcopy(outputs)}, {**HLS, "Outputs": outputs[:1]}]}
        root = tree.compiled("JobSettings", shapes.TREE, JOB_RULES, RULES, engine.LIMITS)
        assert check(drawn) == [*walk.unsupported(drawn), *tree.run(root, drawn)]


HLS: dict[str, Any] = {
    "OutputGroupSettings": {
        "Type": "HLS_GROUP_SETTINGS",
        "HlsGroupSettings": {"Destination": "s3://out/a", "SegmentLength": 2, "MinSegmentLength": 0},
    }
}


def test_a_sound_output_is_known_when_it_comes_again() -> None:
    """In another job, behind another input; and in a group where it does not belong the group's rules still say so."""
    one = {**SOUND, "NameModifier": "_known"}
    job = {"Inputs": [{"FileInput": "s3://in/a"}], "OutputGroups": [{**HLS, "Outputs": [one]}]}
    assert check(job) == []
    again = copy.deepcopy({**job, "Inputs": [{"FileInput": "s3://in/b"}]})
    known = Outputs(again).sound
    assert known == {id(output) for group in again["OutputGroups"] for output in group["Outputs"]}
    double = copy.deepcopy({**job, "OutputGroups": [{**HLS, "Outputs": [one, one]}]})
    assert check(double) != []


def test_an_output_is_kept_only_when_nothing_at_all_is_wrong() -> None:
    """One with which something is wrong is looked at each time, and so are those beside it."""
    right, wrong = {**SOUND, "NameModifier": "_right"}, {**SOUND, "NameModifier": "_w", "Extension": "$nonsense$"}
    wrong["ContainerSettings"] = {"Container": "MXF"}
    job = {"Inputs": [{"FileInput": "s3://in/a"}], "OutputGroups": [{**HLS, "Outputs": [right, wrong]}]}
    assert check(job) != []
    assert not Outputs(job).sound


@pytest.mark.parametrize(
    "members",
    [{}, {"AudioDescriptions": [{}] * 300}, {"Preset": "x" * 20_000}, {"Preset": "é" * 300}],
    ids=["nothing", "structures", "a long text", "wide characters"],
)
def test_what_is_kept_of_outputs_is_bounded_in_bytes(members: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """However little JSON stands for however much memory: more outputs than there is room for take no more than it."""
    most = 1024**2
    monkeypatch.setattr(sound, "_seen", Seen[bytes](most))
    gc.collect()
    tracemalloc.start()
    try:
        before, taken = tracemalloc.get_traced_memory()[0], 0
        for number in range(3 * most // (len(str(members)) + 300)):
            Outputs({"OutputGroups": [{"Outputs": [{**members, "NameModifier": f"_{number}"}]}]}).were_sound()
            taken = max(taken, tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
    assert most // 2 < taken <= most


def test_outputs_that_are_no_json_are_looked_at() -> None:
    """A text that no request can hold, as a file on the command line may: validation answers as ever."""
    odd = {**SOUND, "NameModifier": "\ud800"}
    job = {"Inputs": [{"FileInput": "s3://in/a"}], "OutputGroups": [{**HLS, "Outputs": [odd]}]}
    assert check(job) == check(job)
    assert not Outputs(job).sound


@pytest.mark.parametrize(
    "preprocessor",
    [
        {"PartnerWatermarking": {"NexguardFileMarkerSettings": {"License": "x"}}},
        {"ImageInserter": {"InsertableImages": [{"ImageInserterInput": "https://host/a.png?signature=x"}]}},
    ],
    ids=["licence", "address"],
)
def test_outputs_that_may_hold_secrets_are_forgotten(preprocessor: dict[str, Any]) -> None:
    """Even if nothing were wrong with them."""
    outputs = Outputs({"OutputGroups": [{"Outputs": [{"VideoDescription": {"VideoPreprocessors": preprocessor}}]}]})
    outputs.were_sound()
    assert not Outputs(
        {"OutputGroups": [{"Outputs": [{"VideoDescription": {"VideoPreprocessors": preprocessor}}]}]}
    ).sound


def test_findings_are_told_up_to_a_number() -> None:
    """A short request does not make a long answer of itself."""
    outputs: list[dict[str, object]] = [{"VideoDescription": {"CodecSettings": {"Codec": "VC3"}}}] * 3000
    settings = {"OutputGroups": [{"Outputs": outputs}]}
    assert len(walk.unsupported(settings)) == MOST_ISSUES
    assert len(check(settings, kind=Kind.TEMPLATE)) <= MOST_ISSUES
