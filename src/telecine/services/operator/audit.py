"""The audit log, read: newest records first, from the end of the files backwards.

The log is a folder of files of JSON lines, `<day>.<moment>.<process>.jsonl`: each process of the server writes one
after the other (`edge.audit`). A search for a text looks for its bytes before it parses anything, so that a log of
gigabytes is gone through at the speed of the disk.
"""

import heapq
import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from telecine.core.names import AccountId
from telecine.core.pages import InvalidPageToken, PageTokens, SortKey
from telecine.services.operator import errors
from telecine.services.operator.errors import UnreadableLog

Record = Mapping[str, Any]
"""One line of the log, in CloudTrail's form (`edge.record`)."""

PAGE_BYTES = 256 << 20
"""So much of the log is looked at for one page: then the page ends, with a token that goes on from there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a listing."""

    records: Sequence[Record]
    next_token: str | None


@dataclass(kw_only=True, slots=True)
class _Budget:
    """How much may still be looked at."""

    left: int

    def spend(self, size: int) -> bool:
        """Whether there was something left before `size` bytes are looked at."""
        had = self.left > 0
        self.left -= size
        return had


@dataclass(kw_only=True, slots=True)
class _Stream:
    """The files of one process, read backwards."""

    process: str
    files: Sequence[Path]
    """The newest first."""
    file: str
    """The name of the file that reading goes on in."""
    end: int
    """Everything in that file from this offset on has been read."""
    is_over: bool = False
    """There is nothing left to read."""

    def lines(self, needle: bytes, budget: _Budget) -> Iterator[tuple[str, int, Record]]:
        """File, offset and record of each line that holds `needle`, the last first."""
        for path in self.files:
            if path.name > self.file:
                continue  # begun since the first page
            end = self.end if path.name == self.file else None
            for offset, line in _backwards(path, needle, end):
                if not budget.spend(0 if line is None else len(line)):
                    return
                record = None if line is None else _record(line)
                if record is not None:
                    yield path.name, offset, record
            self.file, self.end = path.name, 0
            if not budget.spend(path.stat().st_size):
                return
        self.is_over = True


class AuditReader:
    """Reads the audit log in `folder`."""

    def __init__(self, folder: Path, pages: PageTokens | None = None, *, page_bytes: int = PAGE_BYTES) -> None:
        """`pages` makes the tokens of `page`; whoever only calls `records` needs none."""
        self._folder = folder
        self._pages = pages
        self._page_bytes = page_bytes

    def records(self, containing: str, *, since: date | None = None) -> Iterator[Record]:
        """Every record with the text `containing` somewhere in its line, the newest first.

        `since` leaves out what was written before that day. Raises `UnreadableLog`.
        """
        budget = _Budget(left=1 << 62)
        streams = self._streams(since)
        yield from (record for _, _, record, _ in _merged(streams, _needle(containing), budget))

    def page(self, account: AccountId, *, request_id: str | None, size: int, token: str | None) -> Page:
        """Up to `size` records of `account`, the newest first, after those of the page that gave `token`.

        Raises `ApiError` for a token that is none of ours. A page may hold fewer records than there are, and still
        have a token: it looks at a part of the log only.
        """
        assert self._pages is not None
        scope = f"LookupAudit {account} {request_id or ''}"
        streams = self._streams(None)
        if token is not None:
            try:
                _resume(streams, self._pages.read(scope, token))
            except InvalidPageToken as error:
                raise errors.invalid_token() from error
        sought = f'"requestID":"{request_id}"' if request_id else f'"recipientAccountId":"{account}"'
        budget = _Budget(left=self._page_bytes)
        found: list[Record] = []
        for name, offset, record, stream in _merged(streams, _needle(sought), budget):
            if len(found) == size:
                break
            stream.file, stream.end = name, offset
            if record.get("recipientAccountId") == account and request_id in (None, record.get("requestID")):
                found.append(record)
        marks: SortKey = []
        for stream in streams:
            if not stream.is_over:
                marks += [stream.process, stream.file, stream.end]
        return Page(records=found, next_token=self._pages.write(scope, marks) if marks else None)

    def _streams(self, since: date | None) -> list[_Stream]:
        by_process: dict[str, list[Path]] = {}
        try:
            paths = sorted(self._folder.glob("*.jsonl"), key=lambda path: path.name, reverse=True)
        except OSError as error:
            raise UnreadableLog(f"The audit log in {self._folder} cannot be read: {error.strerror}") from error
        for path in paths:
            day, _, rest = path.name.removesuffix(".jsonl").partition(".")
            files = by_process.setdefault(rest.partition(".")[2], [])
            if since is None or day >= since.isoformat():  # a file is written on one day alone
                files.append(path)
        return [
            _Stream(process=process, files=files, file=files[0].name, end=files[0].stat().st_size)
            for process, files in sorted(by_process.items())
            if files
        ]


def _resume(streams: list[_Stream], marks: SortKey) -> None:
    """Set the streams to where a page ended; those which it does not mention are over."""
    at = {str(marks[place]): (str(marks[place + 1]), int(marks[place + 2])) for place in range(0, len(marks), 3)}
    streams[:] = [stream for stream in streams if stream.process in at]
    for stream in streams:
        stream.file, stream.end = at[stream.process]


def _merged(streams: Sequence[_Stream], needle: bytes, budget: _Budget) -> Iterator[tuple[str, int, Record, _Stream]]:
    """The lines of all streams by their time, the newest first."""

    def tagged(stream: _Stream) -> Iterator[tuple[str, int, Record, _Stream]]:
        for name, offset, record in stream.lines(needle, budget):
            yield name, offset, record, stream

    yield from heapq.merge(
        *(tagged(stream) for stream in streams), key=lambda found: str(found[2].get("eventTime", "")), reverse=True
    )


def _needle(text: str) -> bytes:
    """The text as it stands inside a JSON string of the log, which is ASCII."""
    return text.encode("ascii", "backslashreplace")


def _backwards(path: Path, needle: bytes, end: int | None) -> Iterator[tuple[int, bytes | None]]:
    """Offset and content of each line before `end` that holds `needle`, the last first. A line that is not whole yet
    is left out."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            stop = data.rfind(b"\n", 0, len(data) if end is None else end) + 1
            while stop > 0:
                at = data.rfind(needle, 0, stop)
                if at < 0:
                    return
                start = data.rfind(b"\n", 0, at) + 1
                yield start, data[start : data.find(b"\n", at, stop)]
                stop = start
    except ValueError:
        return  # an empty file cannot be mapped
    except FileNotFoundError:
        return  # taken away since it was listed
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror}") from error


def _record(line: bytes) -> Record | None:
    """The record; None for a line that a crash has left torn."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
