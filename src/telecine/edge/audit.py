"""The audit log: JSON lines in `DIR/audit/`, one file a day (and a new one when it has grown large).

Records are handed over through a bounded queue and written by one thread: a request never waits for the disk. A line
is in the file within 50 ms and on the disk within a second. When the disk cannot keep up and the queue is full, records
are dropped, counted, and the count is written as a record of its own: a gap in the log is never silent.
"""

import json
import logging
import os
import queue
import threading
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from telecine.core.clock import Clock

_log = logging.getLogger(__name__)

QUEUE_RECORDS = 10_000
FILE_BYTES = 64 << 20
SYNC_SECONDS = 1.0
LINGER_SECONDS = 0.05
"""How long the writer waits for more records after the first: a wake-up a record costs more than the record."""


_encode = msgspec.json.Encoder(enc_hook=str).encode


class Audit(Protocol):
    """Takes records."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Keep `record`; returns at once."""
        ...


class AuditLog:
    """Writes records to files in `folder`, until closed."""

    def __init__(self, folder: Path, clock: Clock, *, name: str, file_bytes: int = FILE_BYTES) -> None:
        """`name` tells the files of this process from those of others that write to the same folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._name = name
        self._file_bytes = file_bytes
        # Simple: a bounded queue is written in Python and takes twenty times as long. `write` sees to the bound.
        self._queue: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._dropped = 0
        self._file: BinaryIO | None = None
        self._file_day: date | None = None
        self._written = 0
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def write(self, record: Mapping[str, Any]) -> None:
        """Hand `record` over; it is on the disk a second later. Never blocks."""
        if self._queue.qsize() < QUEUE_RECORDS:
            self._queue.put(record)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write and sync what is waiting, and stop. A second call does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._queue.put(None)  # wakes the writer
        self._thread.join()

    def _run(self) -> None:
        unsynced_since: float | None = None
        while True:
            batch = self._next_batch(unsynced_since)
            try:
                if batch:
                    self._append(batch)
                    unsynced_since = unsynced_since or time.monotonic()
                is_due = unsynced_since is not None and time.monotonic() - unsynced_since >= SYNC_SECONDS
                if self._file is not None and (is_due or self._closing.is_set()):
                    os.fsync(self._file.fileno())
                    unsynced_since = None
            except OSError as error:
                # The service goes on without its log rather than refusing every call, and says so in its own log.
                _log.error("The audit log cannot be written: %s. %d records are lost.", error.strerror, len(batch))
                unsynced_since = None
            if self._closing.is_set() and self._queue.empty():
                break
        if self._file is not None:
            self._file.close()

    def _next_batch(self, unsynced_since: float | None) -> list[Mapping[str, Any]]:
        """The records that wait, and those that come while we linger; empty when it is time to sync or to close."""
        try:
            timeout = None if unsynced_since is None else unsynced_since + SYNC_SECONDS - time.monotonic()
            batch = [self._queue.get(timeout=None if timeout is None else max(timeout, 0))]
        except queue.Empty:
            return []
        self._closing.wait(LINGER_SECONDS)
        while len(batch) < QUEUE_RECORDS:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return [record for record in batch if record is not None]

    def _append(self, batch: list[Mapping[str, Any]]) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            batch.append({"eventType": "TelecineAuditGap", "eventName": "RecordsDropped", "count": dropped})
        lines = b"".join([_line(record) for record in batch])
        file = self._current(len(lines))
        file.write(lines)
        file.flush()
        self._written += len(lines)

    def _current(self, size: int) -> BinaryIO:
        """The file of today, with room for `size` more bytes."""
        today = self._clock.now().date()
        if self._file is None or today != self._file_day or self._written + size > self._file_bytes:
            if self._file is not None:
                self._file.close()
            moment = self._clock.now().strftime("%Y%m%dT%H%M%S%fZ")
            path = self._folder / f"{today:%Y-%m-%d}.{moment}.{self._name}.jsonl"
            # No link is followed: commands that write here may run as root in somebody else's folder.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            self._file = os.fdopen(descriptor, "ab")
            self._file_day = today
            self._written = path.stat().st_size
        return self._file


def _line(record: Mapping[str, Any]) -> bytes:
    try:
        return _encode(record) + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair in a caller's JSON
        return json.dumps(record, separators=(",", ":"), default=str).encode() + b"\n"
