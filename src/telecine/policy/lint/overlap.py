"""Patterns against patterns: whether two have a text in common, and whether one covers the other."""

import re
from collections.abc import Callable
from functools import lru_cache

from telecine.policy.match import ARN_FIELDS, static
from telecine.policy.variables import Wild, tokens

LONGEST_ARN = 2048
"""IAM's limit for an ARN."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WITH_SLASHES = ("Path", "ObjectName", "Alias", "OidcProviderName", "CertificateArn", "RouteKey")
"""How variables of resource types end whose values may hold a slash."""

_STAR, _ONE, _SEGMENT, _SEGMENT_STAR = object(), object(), object(), object()
"""Any characters; any one; one that is no slash; any that are no slashes."""

_STARS = (_STAR, _SEGMENT_STAR)
_NO_SLASH = (_SEGMENT, _SEGMENT_STAR)
_Symbols = tuple[object, ...]
_ANYTHING: _Symbols = (_STAR,)


@lru_cache(maxsize=8192)
def arn_fits(resource: str, pattern: str) -> bool:
    """Whether a policy's resource may mean one of a type: `pattern` is its ARN in the service authorization reference.

    Wildcards stay within the first five fields; a policy variable may be anything, as may the type's own variables,
    but those that name one thing (`${BucketName}`) hold no slash: `films/*` is no bucket.
    """
    if resource == "*":
        return True
    given = _policy_fields(resource)
    return given is not None and all(map(_have_common, given, _type_fields(pattern)))


@lru_cache(maxsize=4096)
def _policy_fields(text: str) -> "tuple[_Symbols, ...] | None":
    """The six fields of a policy's resource; None when it has too few to be an ARN."""
    fields = text.split(":", ARN_FIELDS - 1)
    if len(fields) < ARN_FIELDS and not text.endswith("*"):
        return None
    return tuple(_of_policy(field) for field in (*fields, *["*"] * (ARN_FIELDS - len(fields))))


def _of_policy(text: str) -> _Symbols:
    plain = _VARIABLE.sub("*", text)
    return tuple(_STAR if one == "*" else _ONE if one == "?" else one for one in re.sub(r"\*+", "*", plain))


@lru_cache(maxsize=1024)
def _type_fields(pattern: str) -> "tuple[_Symbols, ...]":
    return tuple(_of_type(field) for field in pattern.split(":", ARN_FIELDS - 1))


def _of_type(text: str) -> _Symbols:
    found: list[object] = []
    at = 0
    for variable in _VARIABLE.finditer(text):
        found += text[at : variable.start()]
        found += [_STAR] if variable[1].endswith(_WITH_SLASHES) else [_SEGMENT, _SEGMENT_STAR]
        at = variable.end()
    return (*found, *text[at:])


def _have_common(one: _Symbols, two: _Symbols) -> bool:
    """Whether some text matches both: a walk over the pairs of places, each visited once."""
    if one in (two, _ANYTHING):
        return True
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        at, by = waiting.pop()
        if at == len(one) and by == len(two):
            return True
        for place in _steps(one, two, at, by):
            if place not in seen:
                seen.add(place)
                waiting.append(place)
    return False


def _steps(one: _Symbols, two: _Symbols, at: int, by: int) -> list[tuple[int, int]]:
    first = one[at] if at < len(one) else None
    second = two[by] if by < len(two) else None
    steps: list[tuple[int, int]] = []
    if first in _STARS:
        steps.append((at + 1, by))
    if second in _STARS:
        steps.append((at, by + 1))
    if first is not None and second is not None and _agree(first, second):
        steps.append((at if first in _STARS else at + 1, by if second in _STARS else by + 1))
    return steps


def _agree(first: object, second: object) -> bool:
    """Whether one character is of both symbols."""
    if isinstance(first, str) and isinstance(second, str):
        return first == second
    return not ((first == "/" and second in _NO_SLASH) or (second == "/" and first in _NO_SLASH))


_HELD = str.maketrans({"*": "\0", "?": "\1"})
"""The covered pattern's wildcards, as characters of their own: a star stands for both, a `?` for the second."""


def covers(wider: str, narrower: str) -> bool:
    """Whether every text that `narrower` matches is matched by `wider` too. It may miss a cover, never invent one."""
    return wider == narrower or _cover(wider)(narrower.translate(_HELD)) is not None


@lru_cache(maxsize=2048)
def _cover(pattern: str) -> Callable[[str], object]:
    # `.` for a star and `[^\0]` for a question mark: a star of the other pattern stands for more than one character.
    resolved = static(tokens(pattern, wildcards=True, variables=False))
    single = r"[^\0]"
    runs = [single if token is Wild.ONE else token for token in resolved]
    found: list[str] = [""]
    for token in runs:
        if token is Wild.STAR:
            found.append("")
        else:
            found[-1] += token if token is single else re.escape(str(token))
    first, *rest = found
    source = first + "".join(f"(?>.*?{run})" for run in rest[:-1]) + (f".*{rest[-1]}" if rest else "")
    return re.compile(f"{source}\\Z", re.DOTALL).match


def arn_covers(wider: str, narrower: str) -> bool:
    """The same for resources, whose wildcards stay within the first five fields."""
    if wider in ("*", narrower):
        return True
    one, two = wider.split(":", ARN_FIELDS - 1), narrower.split(":", ARN_FIELDS - 1)
    return len(one) == len(two) == ARN_FIELDS and all(map(covers, one, two))
