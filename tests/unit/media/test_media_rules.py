"""MediaConvert's own rules, shape by shape: the corpus of cases, and the tables against the service model."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from telecine.media.settings import Structure
from telecine.media.validation import Issue, Kind, check, engine, preset_conflicts, shapes, tree
from telecine.media.validation.issue import wire_name
from telecine.media.validation.rules import JOB_RULES, RULES

CORPUS = Path(__file__).parents[2] / "corpus" / "rules"


def _cases() -> Iterator[Any]:
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield pytest.param(case, id=f"{path.stem}: {case['about']}")


@pytest.fixture(scope="module")
def model() -> Any:
    """The shapes of MediaConvert's service model."""
    path = Path(botocore.__file__).parent / "data/mediaconvert/2017-08-29/service-2.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))["shapes"]


@pytest.mark.parametrize("case", list(_cases()))
def test_a_structure_is_held_to_the_rules_of_its_shape(case: Any) -> None:
    """What the case says is wrong, in its words and places, and nothing else."""
    tables = (JOB_RULES, RULES) if case.get("job") else (RULES,)
    issues = tree.run(tree.compiled(case["shape"], shapes.TREE, *tables), case["own"])
    assert [[issue.path, issue.message] for issue in issues] == case["found"]


def test_every_rule_finds_something_in_some_case() -> None:
    """A rule that no case breaks may be one that cannot be broken. A rule of several shapes needs one case."""
    broken: set[int] = set()
    for param in _cases():
        case: Any = param.values[0]
        for shape, structure in _structures(case["shape"], case["own"]):
            for table in (RULES, JOB_RULES) if case.get("job") else (RULES,):
                broken |= {id(rule) for rule in table.get(shape, ()) if _breaks(rule, structure)}
    never = [
        (shape, str(rule))
        for table in (RULES, JOB_RULES)
        for shape, rules in table.items()
        for rule in rules
        if id(rule) not in broken
    ]
    assert never == []


def _breaks(rule: tree.Rule | tree.On, structure: Structure) -> bool:
    if not isinstance(rule, tree.On):
        return bool(list(rule(structure)))
    value = structure.get(rule.member)
    is_asked = value is not None and (rule.values is None or value in rule.values)
    return is_asked and bool(list(rule.rule(structure)))


def _structures(shape: str, structure: Structure) -> Iterator[tuple[str, Structure]]:
    yield shape, structure
    for member, (kind, inner) in shapes.TREE.get(shape, {}).items():
        held: Any = structure.get(member)
        if held is None:
            continue
        if kind is tree.Kind.ONE:
            yield from _structures(inner, held)
        else:
            for item in held.values() if kind is tree.Kind.NAMED else held:
                yield from _structures(inner, item)


@pytest.mark.parametrize("case", list(_cases()))
def test_a_finding_points_at_what_the_model_has(case: Any, model: Any) -> None:
    """Paths are made of the model's members as the wire spells them, and so are the members that are missing."""
    for path, message in case["found"]:
        steps = path.split("/")[1:]
        shape = case["shape"]
        for step in steps:
            kind = model[shape]["type"]
            if kind == "structure":
                members = {target["locationName"]: target["shape"] for target in model[shape]["members"].values()}
                # a template's input has no such member: that is what the finding says
                assert step in members or (shape, step) == ("InputTemplate", "fileInput"), path
                shape = members.get(step, "__string")
            else:
                shape = model[shape]["member" if kind == "list" else "value"]["shape"]
        if message.endswith(" is a required property"):
            names = {target["locationName"] for target in model[shape]["members"].values()}
            assert message.removesuffix(" is a required property") in names, message


def test_the_tree_is_the_models(model: Any) -> None:
    """Each member holds structures as the model says, of the shape that it says."""
    for shape, members in shapes.TREE.items():
        for member, (kind, inner) in members.items():
            target = model[shape]["members"][member]
            assert target["locationName"] == wire_name(member)
            held = model[target["shape"]]
            match kind:
                case tree.Kind.ONE:
                    assert target["shape"] == inner
                case tree.Kind.EACH:
                    assert held["member"]["shape"] == inner
                case tree.Kind.NAMED:
                    assert held["value"]["shape"] == inner


def test_every_place_of_a_shape_with_rules_is_in_the_tree(model: Any) -> None:
    """A structure that leads to a rule is never skipped, wherever the model has it; and no rule is out of reach."""
    ruled = set(RULES) | set(JOB_RULES) | set(engine.LIMITS)
    leading = set(ruled)
    while True:
        more = {
            shape for shape in model if shape not in leading and any(t in leading for _m, t in _inner(model, shape))
        }
        if not more:
            break
        leading |= more
    reached, waiting = set(), ["JobSettings", "JobTemplateSettings", "PresetSettings"]
    while waiting:
        shape = waiting.pop()
        reached.add(shape)
        expected = {member for member, inner in _inner(model, shape) if inner in leading}
        assert set(shapes.TREE.get(shape, {})) == expected, shape
        waiting += [inner for _kind, inner in shapes.TREE.get(shape, {}).values() if inner not in reached]
    assert ruled <= reached


def _inner(model: Any, shape: str) -> Iterator[tuple[str, str]]:
    """(member, shape) of the structures that a structure holds."""
    for member, target in model[shape].get("members", {}).items():
        held = model[target["shape"]]
        name = {"list": "member", "map": "value"}.get(held["type"])
        inner = held[name]["shape"] if name else target["shape"]
        if model[inner]["type"] == "structure":
            yield member, inner


VP9 = {"CodecSettings": {"Codec": "VP9", "Vp9Settings": {"GopSize": 0}}}
"""A codec that the engine does not have, with a fault."""


def test_a_preset_and_a_template_are_held_to_the_rules_alone() -> None:
    """What this server cannot do yet is stored; what MediaConvert refuses is refused, by its path."""
    path = "/videoDescription/codecSettings/vp9Settings/gopSize"
    preset = check({"ContainerSettings": {"Container": "WEBM"}, "VideoDescription": VP9}, kind=Kind.PRESET)
    template = check({"OutputGroups": [{"Outputs": [{"VideoDescription": VP9}]}]}, kind=Kind.TEMPLATE)
    assert [issue.path for issue in preset] == [path]
    assert [issue.path for issue in template] == [f"/outputGroups/0/outputs/0{path}"]


def test_a_job_is_held_to_the_ledger_as_well() -> None:
    """The same codec in a job is refused because it is not there, and its fault is told in the same answer."""
    settings = {
        "Inputs": [{"FileInput": "s3://media-in/film.mp4"}],
        "OutputGroups": [
            {
                "OutputGroupSettings": {
                    "Type": "FILE_GROUP_SETTINGS",
                    "FileGroupSettings": {"Destination": "s3://media-out/"},
                },
                "Outputs": [{"ContainerSettings": {"Container": "WEBM"}, "VideoDescription": VP9}],
            }
        ],
    }
    at = "/outputGroups/0/outputs/0"
    assert [(issue.path, issue.message) for issue in check(settings)] == [
        (f"{at}/containerSettings/container", "WEBM is not supported by this server"),
        (f"{at}/videoDescription/codecSettings/codec", "VP9 is not supported by this server"),
        (f"{at}/videoDescription/codecSettings/vp9Settings", "vp9Settings is not supported by this server"),
        (f"{at}/videoDescription/codecSettings/vp9Settings/gopSize", "Should be greater than 0"),
    ]


def test_an_output_has_a_preset_or_a_container() -> None:
    """Both together are told before presets are applied; either alone is fine, and an empty name is none."""
    mp4 = {"ContainerSettings": {"Container": "MP4"}}
    outputs = [{"Preset": "mine"}, {"Preset": "mine", **mp4}, mp4, {"Preset": "", **mp4}]
    assert preset_conflicts({"OutputGroups": [{"Outputs": outputs}, {}]}) == [
        Issue(path="/outputGroups/0/outputs/1/containerSettings", message="Must not be specified together with preset")
    ]
