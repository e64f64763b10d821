"""The `Range` header of GetObject and HeadObject: one range of bytes (RFC 9110, section 14; S3 serves no second)."""

import re
from dataclasses import dataclass

from telecine.services.s3 import errors

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """`length` bytes from `start` on."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """The `Content-Range` header of this span of `size` bytes."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def parse(header: str, size: int) -> Span | None:
    """The span of an object of `size` bytes that `header` asks for.

    None when the header is to be ignored, and the whole object sent: another unit, several ranges, or no range at
    all. Raises InvalidRange (416) when no byte of the object lies inside.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if first == "":
        length = min(int(last), size)
        if length == 0:
            raise errors.invalid_range(header, size)
        return Span(size - length, length)
    start = int(first)
    end = int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise errors.invalid_range(header, size)
    return Span(start, min(end, size - 1) - start + 1)
