"""Query strings and form bodies: names and values, decoded once."""

from urllib.parse import unquote_to_bytes

MAX_FIELDS = 10_000
"""How many fields a form or query string may have: ten times what any operation can use."""

Pairs = list[tuple[str, str]]


class MalformedForm(Exception):
    """Not UTF-8 when decoded, or too many fields."""


def pairs(raw: str) -> Pairs:
    """The fields in order, duplicates kept, `+` read as a space. `?location` is a name with an empty value."""
    if not raw:
        return []
    parts = raw.split("&")
    if len(parts) > MAX_FIELDS:
        raise MalformedForm(f"there are more than {MAX_FIELDS} fields")
    found: Pairs = []
    for part in parts:
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            found.append((decode(name), decode(value)))
    return found


def body_pairs(body: bytes) -> Pairs:
    """The fields of a form body."""
    return pairs(body.decode("latin-1"))


def decode(text: str) -> str:
    """`text`, which holds bytes as Latin-1, with its percent escapes resolved, once, and read as UTF-8.

    Raises `MalformedForm` when the bytes are not UTF-8.
    """
    if "%" not in text and text.isascii():
        return text
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except UnicodeError as error:
        raise MalformedForm(f"the escapes of {text[:100]!r} are not UTF-8") from error
