"""A media file that is looked into."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """A file, and a way to read parts of it."""

    size: int
    etag: str | None
    """Without quotes."""
    last_modified: datetime | None
    mime_type: str | None
    read: Callable[[int, int], bytes]
    """`read(start, size)`: as many bytes from there, all of them. Raises `ApiError`."""
