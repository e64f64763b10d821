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

    def lines(self, needle: bytes, budget: _Budget) -> Iterator[Record]:
        """The record of each line that holds `needle`, the last first. Once the next one is asked for, a line counts
        as read."""
        for path in self.files:
            end = self.end if path.name == self.file else _size(path)
            if path.name > self.file or end == 0:
                continue  # begun since the first page, or read already
            for offset, line in _backwards(path, needle, end):
                if not budget.spend(len(line)):
                    return
                record = _record(line)
                if record is not None:
                    yield record
                self.file, self.end = path.name, offset
            self.file, self.end = path.name, 0
            if not budget.spend(end):
                return
        self.is_over = True


class AuditReader:
    """Searches the audit log in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def records(self, containing: str, *, since: date | None = None) -> Iterator[Record]:
        """Every record with the text `containing` somewhere in its line, the newest first.

        `since` leaves out what was written before that day. Raises `UnreadableLog`.
        """
        yield from _merged(_streams(self._folder, since), _needle(containing), _Budget(left=1 << 62))


class AuditPages:
    """Lists the records of an account page by page, from the audit log in `folder`."""

    def __init__(self, folder: Path, pages: PageTokens, *, page_bytes: int = PAGE_BYTES) -> None:
        self._folder = folder
        self._pages = pages
        self._page_bytes = page_bytes

    def page(self, account: AccountId, *, request_id: str | None, size: int, token: str | None) -> Page:
        """Up to `size` records of `account`, the newest first, after those of the page that gave `token`.

        Raises `ApiError` for a token that is none of ours. A page may hold fewer records than there are, and still
        have a token: it looks at a part of the log only.
        """
        scope = f"LookupAudit {account} {request_id or ''}"
        streams = _streams(self._folder, None)
        if token is not None:
            try:
                _resume(streams, self._pages.read(scope, token))
            except InvalidPageToken as error:
                raise errors.invalid_token() from error
        sought = f'"requestID":"{request_id}"' if request_id else f'"recipientAccountId":"{account}"'
        found: list[Record] = []
        for record in _merged(streams, _needle(sought), _Budget(left=self._page_bytes)):
            if len(found) == size:
                break
            if record.get("recipientAccountId") == account and request_id in (None, record.get("requestID")):
                found.append(record)
        marks: SortKey = []
        for stream in streams:
            if not stream.is_over:
                marks += [stream.process, stream.file, stream.end]
        return Page(records=found, next_token=self._pages.write(scope, marks) if marks else None)


def _streams(folder: Path, since: date | None) -> list[_Stream]:
    by_process: dict[str, list[Path]] = {}
    try:
        paths = sorted(folder.glob("*.jsonl"), key=lambda path: path.name, reverse=True)
    except OSError as error:
        raise UnreadableLog(f"The audit log in {folder} cannot be read: {error.strerror}") from error
    for path in paths:
        day, _, rest = path.name.removesuffix(".jsonl").partition(".")
        if since is None or day >= since.isoformat():  # a file is written on one day alone
            by_process.setdefault(rest.partition(".")[2], []).append(path)
    return [
        _Stream(process=process, files=files, file=files[0].name, end=_size(files[0]))
        for process, files in sorted(by_process.items())
    ]


def _size(path: Path) -> int:
    """How long the file is; 0 when it has been taken away since it was listed."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _resume(streams: list[_Stream], marks: SortKey) -> None:
    """Set the streams to where a page ended; those which it does not mention are over."""
    at = {str(marks[place]): (str(marks[place + 1]), int(marks[place + 2])) for place in range(0, len(marks), 3)}
    streams[:] = [stream for stream in streams if stream.process in at]
    for stream in streams:
        stream.file, stream.end = at[stream.process]


def _merged(streams: Sequence[_Stream], needle: bytes, budget: _Budget) -> Iterator[Record]:
    """The records of all streams by their time, the newest first."""
    lines = [stream.lines(needle, budget) for stream in streams]
    yield from heapq.merge(*lines, key=lambda record: str(record.get("eventTime", "")), reverse=True)


def _needle(text: str) -> bytes:
    """The text as it stands inside a JSON string of the log, which is ASCII."""
    return text.encode("ascii", "backslashreplace")


def _backwards(path: Path, needle: bytes, end: int) -> Iterator[tuple[int, bytes]]:
    """Offset and content of each line before `end` that holds `needle`, the last first. A line that is not whole yet
    is left out."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            stop = data.rfind(b"\n", 0, end) + 1
            while stop > 0:
                at = data.rfind(needle, 0, stop)
                if at < 0:
                    return
                start = data.rfind(b"\n", 0, at) + 1
                yield start, data[start : data.find(b"\n", at, stop)]
                stop = start
    except (ValueError, FileNotFoundError):
        return  # an empty file cannot be mapped; one that was there a moment ago has been taken away
    except OSError as error:
        raise UnreadableLog(f"{path} cannot be read: {error.strerror}") from error


def _record(line: bytes) -> Record | None:
    """The record; None for a line that a crash has left torn."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
