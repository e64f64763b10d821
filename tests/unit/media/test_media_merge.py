"""How a job's settings come to be from its template, its presets and what it says itself."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media import merge

Settings = dict[str, Any]

_SCALARS = st.one_of(st.integers(0, 9), st.sampled_from(["ENABLED", "DISABLED", ""]), st.booleans())


def _trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Settings]:
    """Structures whose members have one kind each, as members of a model have: a value, numbers, structures, or one."""
    inner = st.recursive(
        st.fixed_dictionaries({}, optional={"Width": leaves, "Tracks": st.lists(st.integers(0, 9), min_size=1)}),
        lambda below: st.fixed_dictionaries(
            {}, optional={"Height": leaves, "Outputs": st.lists(below, max_size=3), "Mp4Settings": below}
        ),
        max_leaves=8,
    )
    return st.fixed_dictionaries({}, optional={"Width": leaves, "Outputs": st.lists(inner, max_size=3), "Own": inner})


TREES = _trees(_SCALARS)


@given(TREES)
def test_nothing_changes_nothing(tree: Settings) -> None:
    """Without a template, and over one that says nothing, settings are what they are."""
    assert merge.overlay({}, tree) == tree
    assert merge.overlay(tree, {}) == tree


@given(TREES, TREES)
def test_what_is_laid_over_wins_and_nothing_else_is_lost(under: Settings, over: Settings) -> None:
    """Each value of the job is in the result, each of the template's that the job does not touch, and no other."""
    merged = dict(_leaves(merge.overlay(under, over)))
    below, above = dict(_leaves(under)), dict(_leaves(over))
    assert above.items() <= merged.items()
    assert {path: value for path, value in below.items() if path not in above}.items() <= merged.items()
    assert set(merged) == set(below) | set(above)


@given(TREES, TREES)
def test_again_changes_nothing(under: Settings, over: Settings) -> None:
    """A job made from a job's own merged settings, with the same template, is the same job."""
    merged = merge.overlay(under, over)
    assert merge.overlay(under, merged) == merged
    assert merge.overlay(merged, over) == merged


@given(TREES, TREES, TREES)
def test_the_order_of_merging_does_not_matter(first: Settings, second: Settings, third: Settings) -> None:
    """Template, job and preset may be laid over each other from either end, where none makes another choice."""
    assert merge.overlay(merge.overlay(first, second), third) == merge.overlay(first, merge.overlay(second, third))


@given(TREES, TREES)
def test_nothing_is_changed_in_place(under: Settings, over: Settings) -> None:
    """Templates and presets are used again."""
    before = copy.deepcopy((under, over))
    merge.overlay(under, over)
    merge.merge_job(over, under)
    assert (under, over) == before


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Each plain value (a list of numbers is one) by its path."""
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, (*path, name))]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return [leaf for number, inner in enumerate(value) for leaf in _leaves(inner, (*path, number))]
    return [(path, tuple(value) if isinstance(value, list) else value)]


TEMPLATE: Settings = {
    "AdAvailOffset": 0,
    "Inputs": [
        {
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT", "Tracks": [1, 2]}},
            "TimecodeSource": "ZEROBASED",
        }
    ],
    "OutputGroups": [
        {
            "Name": "Files",
            "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {}},
            "Outputs": [{"Preset": "hd", "NameModifier": "_hd"}, {"Preset": "sd", "NameModifier": "_sd"}],
        }
    ],
}


def test_a_job_needs_to_say_no_more_than_where() -> None:
    """The published use of a template: inputs, and the destination in the settings of its group."""
    group = {"OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": "s3://out/"}}}
    merged = merge.merge_job({"Inputs": [{"FileInput": "s3://in/a.mp4"}], "OutputGroups": [group]}, TEMPLATE)
    assert merged == {
        "AdAvailOffset": 0,
        "Inputs": [{**TEMPLATE["Inputs"][0], "FileInput": "s3://in/a.mp4"}],
        "OutputGroups": [{**TEMPLATE["OutputGroups"][0], **group}],
    }


def test_every_input_of_the_job_is_laid_over_the_templates_one() -> None:
    """Settings of inputs are said once, also for a job with several."""
    files = [{"FileInput": "s3://in/a.mp4"}, {"FileInput": "s3://in/b.mp4", "TimecodeSource": "EMBEDDED"}]
    inputs = merge.merge_job({"Inputs": files}, TEMPLATE)["Inputs"]
    assert [given["TimecodeSource"] for given in inputs] == ["ZEROBASED", "EMBEDDED"]
    assert [given["FileInput"] for given in inputs] == ["s3://in/a.mp4", "s3://in/b.mp4"]
    assert all("Audio Selector 1" in given["AudioSelectors"] for given in inputs)


def test_a_list_of_numbers_is_one_value() -> None:
    """The second track of a template's list does not slip into a job that asks for one."""
    selectors = {"Audio Selector 1": {"Tracks": [3]}}
    merged = merge.merge_job({"Inputs": [{"AudioSelectors": selectors}]}, TEMPLATE)
    assert merged["Inputs"][0]["AudioSelectors"]["Audio Selector 1"] == {"DefaultSelection": "DEFAULT", "Tracks": [3]}


def test_outputs_are_merged_by_position_and_more_may_follow() -> None:
    """The job's second output is laid over the template's second; its third is its own; an empty list says nothing."""
    outputs = [{}, {"NameModifier": "_small"}, {"Preset": "tiny", "NameModifier": "_tiny"}]
    merged = merge.merge_job({"OutputGroups": [{"Outputs": outputs}]}, TEMPLATE)
    assert merged["OutputGroups"][0]["Outputs"] == [
        {"Preset": "hd", "NameModifier": "_hd"},
        {"Preset": "sd", "NameModifier": "_small"},
        {"Preset": "tiny", "NameModifier": "_tiny"},
    ]
    assert merge.merge_job({"OutputGroups": []}, TEMPLATE)["OutputGroups"] == TEMPLATE["OutputGroups"]


@pytest.mark.parametrize("choice", merge.CHOICES)
def test_another_choice_stands_for_everything_below_it(choice: str) -> None:
    """What a template says of one codec, container or group means nothing to another."""
    under = {"CodecSettings": {choice: "H_264", "H264Settings": {"Bitrate": 1}}, "Width": 640}
    over = {"CodecSettings": {choice: "H_265", "H265Settings": {"Bitrate": 2}}}
    assert merge.overlay(under, over) == {**over, "Width": 640}
    same = {"CodecSettings": {choice: "H_264", "H264Settings": {"MaxBitrate": 2}}}
    assert merge.overlay(under, same)["CodecSettings"]["H264Settings"] == {"Bitrate": 1, "MaxBitrate": 2}


PRESET: Settings = {
    "ContainerSettings": {"Container": "MP4"},
    "AudioDescriptions": [{"CodecSettings": {"Codec": "AAC"}}],
    "VideoDescription": {"Width": 1280, "Height": 720},
}


def test_what_an_output_says_beside_its_preset_counts() -> None:
    """AWS's samples name the source of the sound beside the preset; the name of the preset stays."""
    own = {"Preset": "hd", "NameModifier": "_hd", "AudioDescriptions": [{"AudioSourceName": "Audio Selector 2"}]}
    settings = {"OutputGroups": [{"Outputs": [own, {"NameModifier": "_plain"}]}, {"Name": "Empty"}]}
    merged = merge.apply_presets(settings, {"hd": PRESET}.__getitem__)
    first, second = merged["OutputGroups"][0]["Outputs"]
    assert first == {
        **own,
        **PRESET,
        "AudioDescriptions": [{"CodecSettings": {"Codec": "AAC"}, "AudioSourceName": "Audio Selector 2"}],
    }
    assert second == {"NameModifier": "_plain"}


def test_presets_are_named_with_their_paths() -> None:
    """In the order of the outputs, each one as often as it is named."""
    settings = {
        "OutputGroups": [{}, {"Outputs": [{}, {"Preset": "a"}, {"Preset": ""}]}, {"Outputs": [{"Preset": "a"}]}]
    }
    assert list(merge.presets(settings)) == [
        ("/outputGroups/1/outputs/1/preset", "a"),
        ("/outputGroups/2/outputs/0/preset", "a"),
    ]
    assert list(merge.presets({})) == []
