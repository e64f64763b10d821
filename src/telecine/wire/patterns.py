"""The models' regular expressions, translated to Python's.

They are written for Java and ECMAScript: `\\w`, `\\d` and `\\s` mean ASCII, `\\p{L}` names a Unicode category, and `$`
is the end of the text, not the place before a last line break.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

UNBOUNDED_CHARS = 16384
"""How long a value may be that the model gives a pattern but no greatest length: a few patterns need time that grows
with the square of the length, and a caller chooses the value."""

_LETTERS_END = 0x40000
"""No letter, number, separator, punctuation or symbol has a code beyond plane 3."""

_PROPERTY = re.compile(r"\\p\{(\w+)\}")


@lru_cache(maxsize=256)
def translate(pattern: str) -> str:
    """`pattern` as Python writes it."""
    pattern = pattern.replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    pattern = _PROPERTY.sub(lambda match: _category(match[1]), pattern)
    out: list[str] = []
    in_class = False
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            out.append(pattern[at : at + 2])
            at += 2
            continue
        if letter in "[]":
            in_class = letter == "["
        out.append(r"\Z" if letter == "$" and not in_class else letter)
        at += 1
    return "".join(out)


@lru_cache(maxsize=256)
def matcher(pattern: str, *, whole: bool) -> Callable[[str], object]:
    """A test whether a text matches `pattern`, all of it (`whole`) or some part of it; falsy when it does not."""
    compiled = re.compile(translate(pattern), re.ASCII)
    return compiled.fullmatch if whole else compiled.search


@lru_cache(maxsize=16)
def _category(name: str) -> str:
    """The inside of a character class with every character whose Unicode category begins with `name`."""
    if name[0] not in "LNZPS":
        raise re.error(f"The category {name} has characters beyond plane 3, which are not looked at.")
    ranges: list[str] = []
    start: int | None = None
    for code in range(_LETTERS_END + 1):
        inside = code < _LETTERS_END and unicodedata.category(chr(code)).startswith(name)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            ranges.append(f"\\U{start:08X}-\\U{code - 1:08X}")
            start = None
    return "".join(ranges)
