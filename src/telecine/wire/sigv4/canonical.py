"""The canonical form of a request: the text that a signature covers.

Written for verifying: from the request as it was on the wire, with the headers that the signer names, keeping
duplicate query keys, which a signer's library need not do.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

from telecine.wire.http import Headers
from telecine.wire.paths import resolved

_UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]*")
_UNRESERVED_PATH = re.compile(r"[A-Za-z0-9_.~/-]*")
_SPACES = re.compile(r"[ \t]+")


def canonical_request(
    *, method: str, path: str, query: str, headers: Mapping[str, str], signed: Sequence[str], payload_hash: str
) -> str:
    """The six parts, one a line. `path` and `query` are canonical already, `headers` by lower-case name."""
    lines = "".join([f"{name}:{headers.get(name, '')}\n" for name in signed])
    return f"{method}\n{path}\n{query}\n{lines}\n{';'.join(signed)}\n{payload_hash}"


def path_as_sent(raw_path: str) -> str:
    """S3's: encoded once, nothing normalised: `//` and `..` are characters of a key like others."""
    return _reencoded_path(raw_path) or "/"


@lru_cache(maxsize=1024)
def path_normalised(raw_path: str) -> str:
    """Everybody else's: dot segments and doubled slashes resolved, and the wire's path encoded once more."""
    path = resolved(raw_path)
    if _UNRESERVED_PATH.fullmatch(path):
        return path
    return quote_from_bytes(_bytes(path), safe="/~")


def query_string(raw_query: str, *, without: str | None) -> str:
    """Decoded, encoded again, sorted by encoded name and value; duplicates stay. The name `without` is left out."""
    if not raw_query:
        return ""
    found: list[tuple[str, str]] = []
    for part in raw_query.split("&"):
        if part:
            name, _, value = part.partition("=")
            name = _reencoded(name)
            if name != without:
                found.append((name, _reencoded(value)))
    found.sort()
    return "&".join([f"{name}={value}" for name, value in found])


def header_values(headers: Headers) -> dict[str, str]:
    """Trimmed values by name, inner spaces collapsed, duplicates joined with a comma in wire order."""
    values: dict[str, str] = {}
    for name, given in headers:
        value = given.strip()
        if "  " in value or "\t" in value:
            value = _SPACES.sub(" ", value)
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _reencoded(text: str) -> str:
    if _UNRESERVED.fullmatch(text):
        return text
    # `+` is a space in a query string, here as where its parameters are read.
    return quote_from_bytes(unquote_to_bytes(_bytes(text.replace("+", " "))), safe="~")


def _reencoded_path(path: str) -> str:
    if _UNRESERVED_PATH.fullmatch(path):
        return path
    # Segment by segment: an encoded slash is another path than a plain one.
    return "/".join([quote_from_bytes(unquote_to_bytes(_bytes(segment)), safe="~") for segment in path.split("/")])


def _bytes(text: str) -> bytes:
    # A request's head holds its bytes as Latin-1.
    return text.encode("latin-1", "backslashreplace")
