"""Settings are honoured, or refused with their path: a corpus of whole jobs, and the ledger against the service model."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media import validation
from telecine.media.validation.issue import wire_name
from telecine.media.validation.ledger import ROOT, SHAPES, Each, Honoured, Inert, Named, Neutral, Refused, Within

CORPUS = Path(__file__).parents[2] / "corpus" / "settings"
NAMES = sorted(path.stem for path in CORPUS.glob("*.json"))


def case(name: str) -> Any:
    """A corpus file: `about`, `settings`, and `refused`, the issues that must be found, in order."""
    return json.loads((CORPUS / f"{name}.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_job_is_refused_for_what_it_says_and_nothing_else(name: str) -> None:
    """Every issue of the corpus file, with its path and words, and no other."""
    found = [{"path": issue.path, "message": issue.message} for issue in validation.check(case(name)["settings"])]
    assert found == case(name)["refused"]


@pytest.fixture(scope="module")
def shapes() -> Any:
    """The shapes of MediaConvert's service model."""
    path = Path(botocore.__file__).parent / "data/mediaconvert/2017-08-29/service-2.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))["shapes"]


def test_the_ledger_names_every_member_of_the_model(shapes: Any) -> None:
    """No member is missing, and none is there that the model does not have."""
    for shape, rules in SHAPES.items():
        assert set(rules) == set(shapes[shape]["members"]), shape


def test_the_ledger_reaches_every_shape_it_has(shapes: Any) -> None:
    """Structures are named as the model names them, and none stands apart."""
    reached, waiting = set(), [ROOT]
    while waiting:
        shape = waiting.pop()
        reached.add(shape)
        for member, rule in SHAPES[shape].items():
            target = shapes[shapes[shape]["members"][member]["shape"]]
            match rule:
                case Within(inner):
                    assert shapes[shape]["members"][member]["shape"] == inner
                case Each(inner):
                    assert target["member"]["shape"] == inner
                case Named(inner):
                    assert target["value"]["shape"] == inner
                case _:
                    continue
            if inner not in reached:
                waiting.append(inner)
    assert reached == set(SHAPES)


def test_the_ledger_speaks_of_values_that_exist(shapes: Any) -> None:
    """Every named value of an enumeration is one of its values, and the rule is not one for a structure."""
    for shape, rules in SHAPES.items():
        for member, rule in rules.items():
            target = shapes[shapes[shape]["members"][member]["shape"]]
            if isinstance(rule, Honoured | Neutral) and "enum" in target:
                assert set(rule.values) <= set(target["enum"]), f"{shape}.{member}"
            if isinstance(rule, Honoured | Neutral) and rule.values:
                assert target["type"] not in ("structure", "list", "map"), f"{shape}.{member}"


def test_a_member_is_spelled_on_the_wire_with_a_small_letter(shapes: Any) -> None:
    """The rule by which paths are written holds for every member of the model."""
    for shape in SHAPES:
        for member, target in shapes[shape]["members"].items():
            assert target.get("locationName") == wire_name(member)


def test_every_member_beyond_the_ledger_is_refused() -> None:
    """A member that a later model may bring is refused, never overlooked."""
    issues = validation.check({**case("smallest")["settings"], "HolographicSettings": {"Depth": 3}})
    assert [(issue.path, issue.message) for issue in issues] == [
        ("/holographicSettings", "holographicSettings is not supported by this server")
    ]


def test_no_inert_member_lacks_its_reason() -> None:
    """What is accepted without effect says why it has none."""
    assert all(rule.because for rules in SHAPES.values() for rule in rules.values() if isinstance(rule, Inert))


@given(data=st.data())
def test_each_refused_member_is_named_by_its_path(data: st.DataObject) -> None:
    """Whatever value a refused member has, the one issue is its path and its name or value."""
    refused = [
        (shape, member)
        for shape, rules in SHAPES.items()
        for member, rule in rules.items()
        if isinstance(rule, Refused)
    ]
    shape, member = data.draw(st.sampled_from(refused))
    value = data.draw(st.one_of(st.just({}), st.just({"A": 1}), st.integers(0, 9), st.just("ENABLED"), st.just([1])))
    path = _path_to(shape)
    settings = _nested(path, {member: value})
    issues = [issue for issue in validation.walk.unsupported(settings) if issue.path.endswith("/" + wire_name(member))]
    assert len(issues) == 1
    assert "is not supported by this server" in issues[0].message


def _path_to(wanted: str) -> list[tuple[str, str]]:
    """Steps (member, kind) from the settings to a shape."""
    waiting: list[tuple[str, list[tuple[str, str]]]] = [(ROOT, [])]
    for shape, path in waiting:
        if shape == wanted:
            return path
        for member, rule in SHAPES[shape].items():
            if isinstance(rule, Within | Each | Named):
                waiting.append((rule.shape, [*path, (member, type(rule).__name__)]))
    raise AssertionError(wanted)


def _nested(path: list[tuple[str, str]], inner: dict[str, Any]) -> dict[str, Any]:
    for member, kind in reversed(path):
        inner = {member: {"Within": inner, "Each": [inner], "Named": {"name": inner}}[kind]}
    return inner
