"""Globs and ARN patterns, held against the definition of a glob."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telecine.policy.compiled import ActionSet
from telecine.policy.document import MalformedPolicy
from telecine.policy.match import ArnPatterns, fields, glob, matches, static
from telecine.policy.variables import tokens

Nothing: dict[str, object] = {}
patterns = st.text(alphabet="ab*?:/\n", max_size=12)
texts = st.text(alphabet="ab:/\n", max_size=16)


def by_definition(pattern: str, text: str, *, forbidden: str = "") -> bool:
    """The slow and plain meaning of a glob, by dynamic programming; wildcards never stand for `forbidden`."""
    reached = [True] + [False] * len(text)
    for sign in pattern:
        following = [False] * (len(text) + 1)
        if sign == "*":
            following[0] = reached[0]
        for at, character in enumerate(text):
            if sign == "*":
                following[at + 1] = reached[at + 1] or (following[at] and character != forbidden)
            elif sign == "?":
                following[at + 1] = reached[at] and character != forbidden
            else:
                following[at + 1] = reached[at] and character == sign
        reached = following
    return reached[-1]


@given(patterns, texts)
@example("a*a", "a")
@example("*a*", "\n")
@example("a*b*b", "ab")
def test_glob_means_what_it_is_defined_as(pattern: str, text: str) -> None:
    """The compiled test and the one made for a single request agree with the definition."""
    split = tokens(pattern, wildcards=True, variables=False)
    expected = by_definition(pattern, text)

    assert expected is bool(glob(split)(text))
    assert expected is matches(static(split), text)


@given(
    st.lists(st.text(alphabet="ab*?", max_size=4), min_size=6, max_size=6),
    st.lists(st.text(alphabet="ab", max_size=4), min_size=6, max_size=8),
)
def test_arn_patterns_match_field_by_field(pattern: list[str], text: list[str]) -> None:
    """Each of the first five fields is a glob without colons; the sixth takes all the rest."""
    given_text = ":".join(text)
    expected = all(by_definition(*pair) for pair in zip(pattern[:5], text[:5], strict=True)) and by_definition(
        pattern[5], ":".join(text[5:])
    )
    split = tokens(":".join(pattern), wildcards=True, variables=False)

    assert expected is ArnPatterns([split]).match(given_text, Nothing)
    assert expected is ArnPatterns([split, ("arn:other",)]).match(given_text, Nothing)


@given(
    st.lists(st.text(alphabet="ab*?", max_size=4), min_size=6, max_size=6),
    st.integers(0, 5),
    st.lists(st.text(alphabet="ab*?:", max_size=4), min_size=6, max_size=7),
)
def test_variables_stand_for_their_value_alone(pattern: list[str], at: int, text: list[str]) -> None:
    """A pattern with a variable in a field matches as if the value stood there, each character for itself."""
    value = text[at]
    parts = ":".join(text).split(":", 5)
    expected = len(parts) == 6 and all(
        part.startswith(value) and by_definition(one, part[len(value) :]) if place == at else by_definition(one, part)
        for place, (one, part) in enumerate(zip(pattern, parts, strict=True))
    )
    written = [("${x:v}" if place == at else "") + one for place, one in enumerate(pattern)]
    split = tokens(":".join(written), wildcards=True, variables=True)

    assert expected is ArnPatterns([split]).match(":".join(text), {"x:v": value})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("arn:aws:s3:::b", 6),
        ("arn:aws:s3:::b:c:d", 6),
        ("arn:aws:s3:*", 6),
        ("*", 6),
        ("arn:aws:s3", None),
        ("arn:aws:s3:::", 6),
        ("", None),
    ],
)
def test_fields_of_a_pattern(pattern: str, expected: int | None) -> None:
    """A pattern has six fields; a star at the end of a shorter one stands for those that are missing."""
    found = fields(tokens(pattern, wildcards=True, variables=False))

    assert expected == (None if found is None else len(found))


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "?*" * 40 + "b", "a*" * 60 + "?b", "*" * 200 + "b"])
def test_hostile_globs_take_linear_time(pattern: str) -> None:
    """A pattern of many stars against a text that almost fits is refused in milliseconds, not in years."""
    text = "a" * 4000
    split = tokens(pattern, wildcards=True, variables=False)
    start = time.process_time()

    assert not glob(split)(text)
    assert not matches(static(split), text)
    assert not ArnPatterns([tokens(f"arn:*:*:*:*:{pattern}", wildcards=True, variables=False)]).match(
        f"arn:aws:s3:::{text}", Nothing
    )
    assert time.process_time() - start < 20  # seconds of work: a blow-up, not a speed


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("*:*", "s3:GetObject", True),
        ("*:Get*", "s3:GetObject", True),
        ("*:Get*", "s3:PutObject", False),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:*", "s3-object-lambda:GetObject", False),
        ("s3:Get", "s3:GetObject", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:G.tObject", "s3:GetObject", False),
        ("s3:", "s3:GetObject", False),
        ("s3:${aws:username}", "s3:GetObject", False),
    ],
)
def test_actions(pattern: str, action: str, expected: bool) -> None:
    """Actions are compared without case and as a whole."""
    assert expected is ActionSet((pattern,), "Action").match(action.lower())


@pytest.mark.parametrize("pattern", ["s*:Get*", "s?:GetObject", "GetObject", ""])
def test_an_action_names_its_service(pattern: str) -> None:
    """The service of an action holds no wildcard, unless it is one."""
    with pytest.raises(MalformedPolicy):
        ActionSet((pattern,), "Action")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:s3:::films/${k}/*", "arn:aws:s3:::films/a*/x/y", True),
        ("arn:aws:s3:::films/${k}/*", "arn:aws:s3:::films/a*/", True),
        ("arn:aws:s3:::films/${k}/*", "arn:aws:s3:::films/ab/x", False),
        ("arn:aws:s3:::films/${k}*", "arn:aws:s3:::films/a*", True),
        ("arn:aws:s3:::films/${k}/?", "arn:aws:s3:::films/a*/x", True),
        ("arn:aws:s3:::films/${k}/?", "arn:aws:s3:::films/a*/xy", False),
        ("arn:aws:s3:::films/${k}/*/z", "arn:aws:s3:::films/a*/x/y", False),
        ("arn:aws:s3:::films/*/${k}", "arn:aws:s3:::films/x/a*", True),
        ("arn:aws:s3:::films/*/${k}", "arn:aws:s3:::films/x/ab", False),
        ("arn:aws:s3:::films/${none}/*", "arn:aws:s3:::films//x", False),
        ("arn:aws:s3:::films/${none, 'a'}/*", "arn:aws:s3:::films/a/x", True),
    ],
)
def test_patterns_with_variables(pattern: str, text: str, *, expected: bool) -> None:
    """A variable's value is literal text, wherever the pattern's own wildcards stand."""
    patterns = ArnPatterns([tokens(pattern, wildcards=True, variables=True)])

    assert expected is patterns.match(text, {"k": "a*"})
