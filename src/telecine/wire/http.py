"""HTTP as values: what a client sent and what it gets, with bodies that may come and go in blocks."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import force_setattr

BLOCK_BYTES = 1 << 20
"""Uploads move in blocks of about this size: one thread hop a block does not show at 1 MiB, at 64 KiB it does."""
LONG_BLOCK_BYTES = 2 << 20
"""And downloads in blocks of this size: with each one the thread that reads and the loop that sends hand the
interpreter's lock to each other several times, and wait for it."""

Headers = tuple[tuple[str, str], ...]


class Source(Protocol):
    """A body that is read block by block: an object on its way to a client."""

    length: int
    """How many bytes will come, all told."""

    def read(self) -> bytes | bytearray:
        """The next block, at most `LONG_BLOCK_BYTES`; empty at the end."""
        ...

    def again(self) -> "Again | None":
        """How to read the same bytes once more, when all of them have been read; None where that is no shorter way."""
        ...

    def close(self) -> None:
        """Let go of files and the like; called once, also when the client left early."""
        ...


class Again(Protocol):
    """How to read a short body once more that has been read before."""

    def read(self) -> bytes | None:
        """The same bytes; None when they are not there any more, for whatever reason."""
        ...


class Sink(Protocol):
    """A body that is written block by block: an object on its way from a client."""

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        ...

    def finish(self, trailers: Mapping[str, str]) -> dict[str, object]:
        """All bytes were written: make them count, and return the operation's result (the output shape's members).

        `trailers` are the headers that came behind the body, by lower-case name.
        """
        ...

    def abort(self) -> None:
        """The body did not arrive whole: leave no trace. Called instead of `finish`."""
        ...


class HttpRequest(Struct, frozen=True, kw_only=True):
    """The head of a request, undecoded: signatures are computed over exactly these characters."""

    method: str
    raw_path: str
    """The path as on the wire, percent-encoded, without the query."""
    raw_query: str
    """What follows the `?`, or an empty string."""
    headers: Headers
    """Names in lower case, in wire order, duplicates kept."""
    scheme: str = "http"
    client_address: str = "127.0.0.1"
    _values: Mapping[str, str] = field(default_factory=dict)
    """The headers' values by name, duplicates joined with a comma: made from `headers`, and nothing to be given."""

    def __post_init__(self) -> None:
        values: dict[str, str] = {}
        for name, value in self.headers:
            values[name] = f"{values[name]},{value}" if name in values else value
        force_setattr(self, "_values", values)

    def __repr__(self) -> str:
        # Headers and query strings hold session tokens and signatures.
        return f"<HttpRequest {self.method} {self.raw_path}>"

    def header(self, name: str) -> str | None:
        """The value of the lower-case `name`; duplicates joined with a comma; None when absent."""
        return self._values.get(name)

    @property
    def has_several_hosts(self) -> bool:
        """Which one is meant nobody can say: "A server MUST respond with a 400" (RFC 9112, section 3.2)."""
        # Asked of every request: only what was joined is counted.
        return "," in self._values.get("host", "") and [name for name, _value in self.headers].count("host") > 1

    @property
    def base_url(self) -> str:
        """Our own address as this client sees it, such as `http://127.0.0.1:7700`."""
        return f"{self.scheme}://{self.header('host') or '127.0.0.1'}"


class HttpResponse(Struct, frozen=True, kw_only=True):
    """An answer: `source`, when there is one, is sent instead of `body`."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    source: Source | None = None
