"""Constraints: every one of the models is checked, at its path, and hostile values cost little."""

import re
import time
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from telecine.wire import compiled, models, patterns, recurring
from telecine.wire.validate import Rule, ShapeChecks, Violation, aws_sentence, small


def _leaves(shape: Shape, path: tuple[str | int, ...] = ()) -> Any:
    """Every leaf below `shape` with its path and a function that wraps a value into all that stands above it."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            wire = small(member.serialization.get("name", name))
            for leaf, below, wrap in _leaves(member, (*path, wire)):
                yield leaf, below, lambda value, wrap=wrap, name=name: {name: wrap(value)}
    elif isinstance(shape, ListShape):
        for leaf, below, wrap in _leaves(shape.member, (*path, 0)):
            yield leaf, below, lambda value, wrap=wrap: [wrap(value)]
    elif isinstance(shape, MapShape):
        for leaf, below, wrap in _leaves(shape.value, (*path, "key")):
            yield leaf, below, lambda value, wrap=wrap: {"key": wrap(value)}
    else:
        yield shape, path, lambda value: value


def _breaking(shape: Shape) -> list[tuple[Rule, Any]]:
    """Values that break one constraint each."""
    found: list[tuple[Rule, Any]] = []
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string" and shape.enum:
        return [(Rule.ENUM, "no such value")]
    if shape.type_name in {"integer", "long", "double", "float"}:
        found += [(Rule.MIN, low - 1)] if low is not None else []
        found += [(Rule.MAX, high + 1)] if high is not None else []
    elif shape.type_name == "string":
        found += [(Rule.MIN_LENGTH, "a" * (low - 1))] if low else []
        found += [(Rule.MAX_LENGTH, "a" * (high + 1))] if high is not None and high < 10_000 else []
    return found


@pytest.mark.parametrize("service", models.SERVICES)
def test_every_constraint_of_every_input_is_checked(service: str) -> None:
    """For each leaf of each input: a value out of its enum, range or length is found, at its path."""
    missed = []
    checked = 0
    for name in models.operations(service):
        shape = models.operation_model(service, name).input_shape
        if shape is None:
            continue
        operation = compiled.operation(service, name)
        seen: set[tuple[str, ...]] = set()
        for leaf, path, wrap in _leaves(shape):
            if (leaf.name,) in seen:  # once for each shape: MediaConvert has 30,000 leaves otherwise
                continue
            seen.add((leaf.name,))
            for rule, value in _breaking(leaf):
                checked += 1
                found = operation.violations(wrap(value))
                if not any(one.path == path and one.rule is rule for one in found):
                    missed.append((name, path, rule))
    assert missed == []
    assert checked > (0 if service == "apigateway" else 10)


@pytest.mark.parametrize("service", models.SERVICES)
def test_every_required_member_is_missed(service: str) -> None:
    """An empty input lacks exactly the required members, in the model's order."""
    for name in models.operations(service):
        shape = models.operation_model(service, name).input_shape
        if shape is None:
            continue
        wire = [shape.members[member].serialization.get("name", member) for member in shape.required_members]
        expected = [Violation(path=(), rule=Rule.REQUIRED, member=member) for member in wire]
        assert compiled.operation(service, name).violations({}) == expected


def test_a_range_in_a_name_is_a_range() -> None:
    """Every number of MediaConvert's whose shape is named after its range has that range, no matter its type."""
    model = models.service_model("mediaconvert")
    wrong = []
    checked = set()
    for name in model.shape_names:
        shape = model.shape_for(name)
        if shape.type_name in {"integer", "long", "float", "double"} and ("Min" in name or "Max" in name):
            words = name.removeprefix(f"__{shape.type_name}").replace("Negative", "-")
            low, _, high = words.removeprefix("Min").partition("Max")
            expected = {"min": int(low)} | ({"max": int(high)} if high else {})
            checked.add(shape.type_name)
            if shape.metadata != expected:
                wrong.append((name, shape.metadata))
    assert wrong == []
    assert checked == {"integer", "double"}


def test_paths_lead_to_the_value() -> None:
    """Lists by position from 0, map keys as they are, members by their wire names."""
    params = {"Role": "r", "Settings": {"Inputs": [{}, {"AudioSelectors": {"Selector 1": {"ProgramSelection": -1}}}]}}
    assert compiled.operation("mediaconvert", "CreateJob").violations(params) == [
        Violation(
            path=("settings", "inputs", 1, "audioSelectors", "Selector 1", "programSelection"),
            rule=Rule.MIN,
            limit=0,
            value=-1,
        )
    ]


def test_long_values_are_shortened() -> None:
    """A sentence does not carry a megabyte back."""
    found = compiled.operation("iam", "CreateUser").violations({"UserName": "a" * 100_000})
    assert [one.rule for one in found] == [Rule.MAX_LENGTH]
    assert len(aws_sentence(found)) < 1500


def test_an_answer_does_not_grow_with_what_is_wrong() -> None:
    """A hundred thousand outputs of one wrong codec are fifty violations."""
    output = {"VideoDescription": {"CodecSettings": {"Codec": "FILM"}}}
    settings = {"OutputGroups": [{"Outputs": [output] * 100_000}]}
    operation = compiled.operation("mediaconvert", "CreateJob")
    assert len(operation.violations({"Role": "r", "Settings": settings})) == compiled.MAX_TOLD


def test_braces_in_values_are_only_text() -> None:
    """Neither a value nor a pattern is read as a format."""
    found = compiled.operation("iam", "CreateUser").violations({"UserName": "{limit}{0}"})
    assert "Value '{limit}{0}' at 'userName'" in aws_sentence(found)


def _patterns() -> list[tuple[str, bool, int | None]]:
    return sorted(
        {
            (
                shape["pattern"],
                models.TRAITS[service].whole_patterns,
                shape.get("max", 0) if shape.get("max", 0) < 200_000 else 0,
            )
            for service in models.SERVICES
            for shape in models.service_model(service)._service_description["shapes"].values()
            if "pattern" in shape
        }
    )


@pytest.mark.parametrize(
    "letters",
    [
        "a",
        "/",
        "/a",
        "a.png?a=b&",
        "<SignalProcessingNotification>",
        " ",
        "-",
        "s3://",
        "0",
        "(.|\n)",
        "=",
        "é",
        "https://a.mov?",
    ],
)
def test_no_pattern_takes_long(letters: str) -> None:
    """The longest values that are matched at all, made to be hard: no pattern's work explodes."""
    slow = []
    for pattern, whole, longest in _patterns():
        text = (letters * (longest or patterns.UNBOUNDED_CHARS))[: (longest or patterns.UNBOUNDED_CHARS) - 1] + "\x00"
        started = time.process_time()
        patterns.matcher(pattern, whole=whole)(text)
        if time.process_time() - started > 10:  # seconds of work: a blow-up, not a speed
            slow.append(pattern)
    assert slow == []


def test_values_without_a_greatest_length_are_bounded_before_a_pattern() -> None:
    """Where the model gives a pattern but no length, ours is reported, and the pattern is not tried."""
    shape = models.service_model("mediaconvert").shape_for("__stringPatternS3ASSETMAPXml")
    check = ShapeChecks(recurring.of("mediaconvert"), whole_patterns=False).compile(shape)
    assert check is not None
    assert check("s3://" + "a" * 100 + "/") is None
    (violation,) = check("s3://" + "a" * 100_000 + "/") or []
    assert (violation.rule, violation.limit) == (Rule.MAX_LENGTH, patterns.UNBOUNDED_CHARS)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", ["", "aé漢٣ ", "\U00020000"], ["*", "a!", "\u0301"]),
        (r"[\w]+", ["a_1"], ["é", "٣", ""]),
        (r"[\d]*", ["12", ""], ["٣"]),
        (r"[\u0020-\u00FF]+", ["a ÿ"], ["Ā", "\n"]),
        (r"^a$", ["a"], ["a\n", "ba"]),
        (r"[a$]+", ["a$"], ["b"]),
        (r"[\u0009\u10000-\u10FFFF]+", ["\t🎬"], ["a"]),
    ],
)
def test_patterns_mean_what_they_mean_in_java(pattern: str, good: list[str], bad: list[str]) -> None:
    """ASCII classes, Unicode categories, the very end of the text, characters beyond the first plane."""
    matches = patterns.matcher(pattern, whole=True)
    assert all(matches(text) for text in good)
    assert not any(matches(text) for text in bad)


def test_an_unknown_category_is_an_error() -> None:
    """A model with a category that is not looked up here is noticed when it is compiled."""
    with pytest.raises(re.error):
        patterns.translate(r"[\p{Cf}]")


@given(st.text(max_size=50))
def test_role_names_are_exactly_the_pattern(name: str) -> None:
    """A name passes if and only if each letter is allowed: no policy character can slip into an ARN."""
    found = compiled.operation("iam", "GetRole").violations({"RoleName": name})
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-")
    assert (not found) == (bool(name) and set(name) <= allowed)
