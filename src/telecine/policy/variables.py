"""Texts with wildcards and policy variables: `arn:aws:s3:::films/${aws:username}/*`.

A text becomes a tuple of tokens once, when its policy is compiled. Putting a variable's value in yields tokens again,
never text: so nothing inside a value can turn into a wildcard or into another variable.
"""

import re
from enum import Enum
from typing import NamedTuple, Protocol


class Wild(Enum):
    """A wildcard in a pattern."""

    STAR = "*"
    """Any number of characters, none included."""
    ONE = "?"
    """Exactly one character."""


class Variable(NamedTuple):
    """A policy variable."""

    key: str
    """The condition key that it stands for, in lower case."""
    default: str | None
    """What it stands for when the key is absent; None when the text gives no default."""


Token = str | Wild | Variable
Tokens = tuple[Token, ...]
Resolved = tuple[str | Wild, ...]
"""Tokens without variables."""


class Values(Protocol):
    """Where variables get their values from."""

    def get(self, key: str) -> object:
        """The value of the condition key `key` (lower case); None when it is absent."""
        ...


class MalformedVariable(ValueError):
    """A `${` that does not begin a variable."""


_VARIABLE = re.compile(r"\$\{(?:([*?$])|\s*([^\s{}',*?$][^{}',*?$]*?)\s*(?:,\s*'([^'{}]*)'\s*)?)\}")


def tokens(text: str, *, wildcards: bool, variables: bool) -> Tokens:
    """`text` in tokens; adjacent literals are one token, adjacent stars are one star.

    Without `wildcards` the characters `*` and `?` are literal, without `variables` so is `${`. `${*}`, `${?}` and
    `${$}` are the literal characters. Raises `MalformedVariable`.
    """
    found: list[Token] = []
    at = 0
    while variables and (start := text.find("${", at)) >= 0:
        match = _VARIABLE.match(text, start)
        if match is None:
            raise MalformedVariable(text)
        found += _plain(text[at:start], wildcards=wildcards)
        literal, key, default = match.groups()
        found.append(literal or Variable(key.lower(), default))
        at = match.end()
    found += _plain(text[at:], wildcards=wildcards)
    return _merged(found)


def _plain(text: str, *, wildcards: bool) -> list[Token]:
    if not wildcards:
        return [text]
    return [Wild(part) if part in ("*", "?") else part for part in re.split(r"([*?])", text)]


def _merged(found: list[Token]) -> Tokens:
    merged: list[Token] = []
    for token in found:
        last = merged[-1] if merged else None
        if token == "" or (token is Wild.STAR and last is Wild.STAR):
            continue
        if isinstance(token, str) and isinstance(last, str):
            merged[-1] = last + token
        else:
            merged.append(token)
    return tuple(merged)


def is_static(found: Tokens) -> bool:
    """Whether no token is a variable."""
    return not any(isinstance(token, Variable) for token in found)


def variable_keys(found: Tokens) -> frozenset[str]:
    """The condition keys (lower case) that the variables among the tokens stand for."""
    return frozenset(token.key for token in found if isinstance(token, Variable))


def resolve(found: Tokens, values: Values) -> Resolved | None:
    """The tokens with each variable replaced by its value as literal text; None when a variable has no value.

    A variable without value is an absent key without default, or a multivalued key (IAM user guide, "Policy
    variables"): its text then matches nothing.
    """
    out: list[str | Wild] = []
    for token in found:
        if isinstance(token, Variable):
            value = values.get(token.key)
            if value is None:
                value = token.default
            if not isinstance(value, str):
                return None
            out.append(value)
        else:
            out.append(token)
    return tuple(out)


def resolve_text(found: Tokens, values: Values) -> str | None:
    """Like `resolve`, for tokens without wildcards: the whole text."""
    out = ""
    for token in found:
        if type(token) is Variable:
            value = values.get(token.key)
            if value is None:
                value = token.default
            if not isinstance(value, str):
                return None
            out += value
        elif type(token) is str:
            out += token
    return out
