"""Patterns against texts: globs, ARNs by field, actions. Every match takes linear time per star.

A naive `.*` for each star backtracks exponentially, so that whoever may write a policy could stall the service. An
atomic group around each star commits to the first place where the text up to the next star fits, which loses no match:
an earlier place leaves more for what follows.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from telecine.policy.memory import remembered
from telecine.policy.variables import Resolved, Token, Tokens, Values, Wild, is_static, resolve, resolve_text

ARN_FIELDS = 6
_ANY = "."
_IN_FIELD = "[^:]"
"""The first five fields of an ARN end at a colon, which no wildcard crosses."""

Test = Callable[[str], object]
"""Says by truth whether a text matches."""


def regex(pattern: Resolved, *, character: str = _ANY) -> str:
    """The source of a regular expression for a glob that stands before an end (`\\Z` or a colon)."""
    runs: list[str] = [""]
    for token in pattern:
        if token is Wild.STAR:
            runs.append("")
        elif token is Wild.ONE:
            runs[-1] += character
        else:
            runs[-1] += re.escape(str(token))
    if len(runs) == 1:
        return runs[0]
    first, *middle, last = runs
    return first + "".join(f"(?>{character}*?{run})" for run in middle) + f"{character}*{last}"


@remembered(entries=1024, longest=4096)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def glob(pattern: Tokens) -> Test:
    """The test of a static glob against a whole text."""
    resolved = static(pattern)
    if resolved == (Wild.STAR,):
        return _always
    if not any(isinstance(token, Wild) for token in resolved):
        return "".join(map(str, resolved)).__eq__
    return re.compile(f"{regex(resolved)}\\Z", re.DOTALL).match


def _always(_text: str) -> bool:
    return True


def static(pattern: Iterable[Token]) -> Resolved:
    """The tokens, known to hold no variable."""
    return tuple(token for token in pattern if isinstance(token, str | Wild))


def matches(pattern: Resolved, text: str) -> bool:
    """Whether a glob, made for this one request, matches the whole text. Nothing is compiled unless it holds a `?`."""
    if Wild.ONE in pattern:
        return _compiled(f"{regex(pattern)}\\Z").match(text) is not None
    runs = [""]
    for token in pattern:
        if token is Wild.STAR:
            runs.append("")
        else:
            runs[-1] += str(token)
    if len(runs) == 1:
        return text == runs[0]
    first, *middle, last = runs
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for run in middle:
        found = text.find(run, at, end)
        if found < 0:
            return False
        at = found + len(run)
    return True


def fields(pattern: Tokens) -> tuple[Tokens, ...] | None:
    """The six fields of an ARN pattern; None when it has too few to match any ARN.

    Fewer fields are enough when the last one ends in a star (`arn:aws:s3:*`): it stands for all that follow.
    """
    found: list[list[Token]] = [[]]
    for token in pattern:
        if not isinstance(token, str):
            found[-1].append(token)
            continue
        first, *rest = token.split(":", ARN_FIELDS - len(found))
        found[-1].append(first)
        found += [[part] for part in rest]
    if len(found) < ARN_FIELDS:
        if not pattern or pattern[-1] is not Wild.STAR:
            return None
        found += [[Wild.STAR]] * (ARN_FIELDS - len(found))
    return tuple(tuple(token for token in field if token != "") for field in found)


class _Template(NamedTuple):
    """An ARN pattern with variables."""

    prefix: str
    """The literal text it begins with: most texts are told apart by it alone."""
    rest: Tokens | None
    """What follows the prefix, when the prefix holds the first five fields; None otherwise."""
    start: Tokens | None
    """`rest` without its last star, when that is its only wildcard: what texts then have to go on with."""
    fields: tuple[Tokens, ...]

    def match(self, text: str, values: Values) -> bool:
        if not text.startswith(self.prefix):
            return False
        if self.start is not None:
            expected = resolve_text(self.start, values)
            return expected is not None and text.startswith(expected, len(self.prefix))
        if self.rest is not None:
            resolved = resolve(self.rest, values)
            return resolved is not None and matches(resolved, text[len(self.prefix) :])
        # Field by field, so that a colon inside a value cannot shift the fields that follow.
        parts = text.split(":", ARN_FIELDS - 1)
        return len(parts) == ARN_FIELDS and all(
            _field_matches(field, part, values) for field, part in zip(self.fields, parts, strict=True)
        )


def _template(pattern: Tokens, split: tuple[Tokens, ...]) -> _Template:
    first = pattern[0]
    prefix = first if isinstance(first, str) else ""
    rest = pattern[1:] if prefix.count(":") >= ARN_FIELDS - 1 else None
    wild = [] if rest is None else [at for at, token in enumerate(rest) if isinstance(token, Wild)]
    start = rest[:-1] if rest is not None and wild == [len(rest) - 1] and rest[-1] is Wild.STAR else None
    return _Template(prefix, rest, start, split)


class ArnPatterns:
    """A list of ARN patterns that a text may match one of, laid out so that the common ones cost little.

    Wildcards work within each of the first five fields and freely in the sixth. `*` alone matches any text at all.
    """

    __slots__ = ("anything", "literals", "prefixes", "regex", "templates")

    def __init__(self, patterns: Sequence[Tokens]) -> None:
        self.anything = (Wild.STAR,) in patterns
        literals: set[str] = set()
        prefixes: set[str] = set()
        sources: list[str] = []
        templates: list[_Template] = []
        for pattern in patterns:
            split = None if pattern == (Wild.STAR,) else fields(pattern)
            if split is None:
                continue
            if not is_static(pattern):
                templates.append(_template(pattern, split))
                continue
            head = [static(field) for field in split[:-1]]
            tail = static(split[-1])
            wild = [at for at, token in enumerate(tail) if isinstance(token, Wild)]
            if any(isinstance(token, Wild) for field in head for token in field):
                sources.append(_arn_regex(head, tail))
            elif not wild:
                literals.add(_text(head, tail))
            elif wild == [len(tail) - 1] and tail[-1] is Wild.STAR:
                prefixes.add(_text(head, tail[:-1]))
            else:
                sources.append(_arn_regex(head, tail))
        self.literals = frozenset(literals)
        self.prefixes = tuple(sorted(prefixes))
        self.templates = tuple(templates)
        self.regex: Test | None = None
        if sources:
            self.regex = re.compile(f"(?:{'|'.join(sources)})\\Z", re.DOTALL).match

    def match(self, text: str, values: Values) -> bool:
        """Whether `text` matches one of the patterns, with the variables' values of this request."""
        if self.anything or text in self.literals:
            return True
        if self.prefixes and text.startswith(self.prefixes):
            return True
        if self.regex is not None and self.regex(text):
            return True
        for template in self.templates:  # noqa: SIM110 - `any` over a generator costs twice as much here
            if template.match(text, values):
                return True
        return False


def _field_matches(field: Tokens, part: str, values: Values) -> bool:
    if len(field) == 1 and isinstance(field[0], str):
        return field[0] == part
    resolved = resolve(field, values)
    return resolved is not None and matches(resolved, part)


def _text(head: Sequence[Resolved], tail: Resolved) -> str:
    return ":".join("".join(map(str, field)) for field in (*head, tail))


def _arn_regex(head: Sequence[Resolved], tail: Resolved) -> str:
    return ":".join([*(regex(field, character=_IN_FIELD) for field in head), regex(tail)])
