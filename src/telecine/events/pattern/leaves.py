"""What a pattern asks of one value of an event: a string, a number, true, false or null.

A test is a function of the value. Strings alone have beginnings, ends and wildcards; numbers alone have ranges; what
`anything-but` excludes lets values of all other types through.
"""

import ipaddress
import re
from collections.abc import Callable, Hashable, Sequence

Leaf = str | int | float | bool | None
Test = Callable[[Leaf], bool]

NUMERIC_LIMIT = 5_000_000_000
"""Numbers beyond it, on either side of zero, are in no range (EventBridge user guide, "Numeric matching")."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,4096}")


class Malformed(Exception):
    """An operand that is none; the text is AWS's reason."""


def exactly(values: Sequence[Leaf]) -> Test:
    """One of `values`; numbers are equal by their value."""
    wanted = frozenset(_key(value) for value in values)
    return lambda leaf: _key(leaf) in wanted


def anything_but(values: Sequence[Leaf]) -> Test:
    wanted = frozenset(_key(value) for value in values)
    return lambda leaf: _key(leaf) not in wanted


def begins(prefixes: Sequence[str], *, ignore_case: bool = False) -> Test:
    if ignore_case:
        folded = tuple(prefix.lower() for prefix in prefixes)
        return lambda leaf: isinstance(leaf, str) and leaf.lower().startswith(folded)
    wanted = tuple(prefixes)
    return lambda leaf: isinstance(leaf, str) and leaf.startswith(wanted)


def ends(suffixes: Sequence[str], *, ignore_case: bool = False) -> Test:
    if ignore_case:
        folded = tuple(suffix.lower() for suffix in suffixes)
        return lambda leaf: isinstance(leaf, str) and leaf.lower().endswith(folded)
    wanted = tuple(suffixes)
    return lambda leaf: isinstance(leaf, str) and leaf.endswith(wanted)


def equals_ignoring_case(values: Sequence[str]) -> Test:
    wanted = frozenset(value.lower() for value in values)
    return lambda leaf: isinstance(leaf, str) and leaf.lower() in wanted


def wildcard(patterns: Sequence[str]) -> Test:
    """One of `patterns`, each with `*` for any text. Raises `Malformed`."""
    parts = tuple(_literals(pattern) for pattern in patterns)
    return lambda leaf: isinstance(leaf, str) and any(_fits(some, leaf) for some in parts)


def outside(test: Test) -> Test:
    """What `test` does not hold for."""
    return lambda leaf: not test(leaf)


def between(low: float | None, high: float | None, *, is_low_open: bool = False, is_high_open: bool = False) -> Test:
    """A number from `low` to `high`; an open end excludes its own number. Raises `Malformed`."""
    for end in (low, high):
        if end is not None:
            check_number(end)
    if low is not None and high is not None and (low > high or (low == high and (is_low_open or is_high_open))):
        raise Malformed("Bottom must be less than top")

    def test(leaf: Leaf) -> bool:
        if isinstance(leaf, bool) or not isinstance(leaf, int | float) or not -NUMERIC_LIMIT <= leaf <= NUMERIC_LIMIT:
            return False
        if low is not None and (leaf < low or (is_low_open and leaf == low)):
            return False
        return high is None or not (leaf > high or (is_high_open and leaf == high))

    return test


def check_number(number: float) -> None:
    """Raises `Malformed` for a number that no range may name."""
    if not -NUMERIC_LIMIT <= number <= NUMERIC_LIMIT:
        raise Malformed("Value must be between -5.0E9 and 5.0E9, inclusive")


def in_network(block: str) -> Test:
    """An address, as text, of the CIDR block. Raises `Malformed`."""
    address, slash, bits = block.partition("/")
    if not slash or "/" in bits or not bits:
        raise Malformed("Malformed CIDR, one '/' required")
    if not _INTEGER.fullmatch(bits):
        raise Malformed("Malformed CIDR, mask bits must be an integer")
    if int(bits) < 0:
        raise Malformed("Malformed CIDR, mask bits must not be negative")
    try:
        base = ipaddress.ip_address(address)
    except ValueError as error:
        raise Malformed(f"Nonstandard IP address: {address}") from error
    if int(bits) > base.max_prefixlen:
        raise Malformed(f"IPv{base.version} mask bits must be <= {base.max_prefixlen}")
    network = ipaddress.ip_network((address, int(bits)), strict=False)

    def test(leaf: Leaf) -> bool:
        if not isinstance(leaf, str):
            return False
        try:
            return ipaddress.ip_address(leaf) in network
        except ValueError:
            return False

    return test


def _key(leaf: Leaf) -> Hashable:
    """Equal for equal JSON values: to Python, True is 1 as well."""
    return (isinstance(leaf, bool), leaf)


def _literals(pattern: str) -> tuple[str, ...]:
    """The texts around the wildcards. A backslash makes a star or a backslash what it is."""
    parts, current, at = [], "", 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            at += 1
            if pattern[at : at + 1] not in {"*", "\\"}:
                raise Malformed(f"Invalid escape character at pos {_position(pattern, at - 1)}")
            current += pattern[at]
        elif letter == "*":
            if pattern[at + 1 : at + 2] == "*":
                raise Malformed(f"Consecutive wildcard characters at pos {_position(pattern, at)}")
            parts.append(current)
            current = ""
        else:
            current += letter
        at += 1
    return (*parts, current)


def _position(pattern: str, at: int) -> int:
    """As AWS counts: in bytes, behind the quotation mark."""
    return len(pattern[:at].encode("utf-8", "surrogatepass")) + 1


def _fits(parts: tuple[str, ...], text: str) -> bool:
    """Whether `text` is the parts with anything between them. The leftmost place of each part is as good as any other,
    so nothing is tried twice."""
    first, *middle = parts
    if not middle:
        return text == first
    last = middle.pop()
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, limit = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, limit)
        if found < 0:
            return False
        at = found + len(part)
    return True
