"""What MediaConvert says when settings do not go together, and makers of the rules that occur again and again.

The sentences are those of its schema validation as public code and issue reports quote them (`… is a required
property`, `Must be …`, `Should be equal to one of the allowed values in […]`, `Should match all dependencies: …`).
Where a rule is public and its sentence is not, these forms are used too: that is this project's decision.
"""

from collections.abc import Iterable, Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.issue import wire_name
from telecine.media.validation.tree import Finding, On, Rule, on

DEPENDENCIES = "Should match all dependencies: See other errors for more details"


def at(member: str, *more: str | int) -> str:
    """The path of a member below its structure, or of something below that."""
    return "".join(f"/{wire_name(step) if isinstance(step, str) else step}" for step in (member, *more))


def required(member: str) -> Finding:
    """A member that has to be there."""
    return "", f"{wire_name(member)} is a required property"


def must_be(member: str, value: object) -> Finding:
    """A member that has to have this value."""
    return at(member), f"Must be {value}"


def depends(member: str) -> Finding:
    """A member that needs others, about which other findings speak."""
    return at(member), DEPENDENCIES


def one_of(member: str, values: Iterable[object]) -> Finding:
    """A member that has to have one of these values."""
    return at(member), f"Should be equal to one of the allowed values in [{','.join(map(_quoted, values))}]"


def at_most(member: str, limit: object) -> Finding:
    """A number that is too large."""
    return at(member), f"Should be less than or equal to {limit}"


def at_least(member: str, limit: object) -> Finding:
    """A number that is too small."""
    return at(member), f"Should be greater than or equal to {limit}"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def needs(member: str, *values: object, **others: object) -> On:
    """With `member` (having one of `values`, if any are named) each of `others` must have its value, or one of a
    tuple of values, or any value at all where `...` is named. `None` in a tuple stands for being absent."""

    def check(own: Structure) -> Iterator[Finding]:
        missing = [problem for name, wanted in others.items() if (problem := _lacking(own, name, wanted)) is not None]
        if missing:
            yield depends(member)
            yield from missing

    return on(member, check, *values)


def _lacking(own: Structure, name: str, wanted: object) -> Finding | None:
    value = own.get(name)
    allowed = wanted if isinstance(wanted, tuple) else (wanted,)
    if value in allowed or (value is not None and wanted is ...):
        return None
    if value is None:
        return required(name)
    named = [one for one in allowed if one is not None]
    return must_be(name, named[0]) if len(named) == 1 else one_of(name, named)


def specified(control: str, *members: str) -> On:
    """`control` SPECIFIED needs each of `members`."""
    return on(control, lambda own: [required(name) for name in members if own.get(name) is None], "SPECIFIED")


def together(*members: str) -> Rule:
    """With one of `members` all of them."""

    def check(own: Structure) -> Sequence[Finding]:
        missing = [name for name in members if own.get(name) is None]
        if not missing or len(missing) == len(members):
            return ()
        first = next(name for name in members if name not in missing)
        return [depends(first), *map(required, missing)]

    return check


def among(member: str, values: Sequence[object]) -> On:
    """`member`, which the model leaves free, has one of `values`."""
    allowed = frozenset(values)
    return on(member, lambda own: () if own[member] in allowed else [one_of(member, values)])


def multiple(member: str, of: int) -> On:
    """`member` is a multiple."""

    def check(own: Structure) -> Sequence[Finding]:
        value = own[member]
        assert isinstance(value, int)
        return [(at(member), f"Should be a multiple of {of}")] if value % of else ()

    return on(member, check)


def positive(member: str) -> On:
    """`member` is above zero."""
    found = [(at(member), "Should be greater than 0")]
    return on(member, lambda _own: found, 0)


def union(selector: str, blocks: dict[str, str], *, compulsory: Iterable[str] = ()) -> Rule:
    """`selector` is there, and beside it at most the one structure that belongs to its value.

    `blocks` names the structure of each value; `compulsory` are the values that cannot do without theirs. Source of
    the three sentences: public reports of CreateJob's answers.
    """
    owners = {block: value for value, block in blocks.items()}
    wanted = frozenset(compulsory)

    def check(own: Structure) -> Iterable[Finding]:
        chosen = own.get(selector)
        if len(own) == 2 and own.get(blocks.get(str(chosen), "")) is not None:
            return ()  # as it nearly always is
        present = [member for member in owners if own.get(member) is not None]
        if chosen is None:
            return [required(selector)]
        if len(present) > 1:
            return [("", "Should have at most 2 properties")]
        if present:
            block = present[0]
            if blocks.get(str(chosen)) != block:
                return [depends(block), must_be(selector, owners[block])]
        elif chosen in wanted:
            return [required(blocks[str(chosen)])]
        return ()

    return check
