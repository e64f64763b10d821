"""What buckets' lifecycle rules remove, key by key; each key in a transaction of its own, looked at anew in it."""

import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from telecine.core.ids import Ids
from telecine.services.s3 import lifecycle, store
from telecine.services.s3.lifecycle import Rule
from telecine.services.s3.listing import Place
from telecine.services.s3.model import LIFECYCLE, Deletion, StoredObject, Upload
from telecine.services.s3.objects import versions
from telecine.services.s3.objects.journal import Journal
from telecine.services.s3.store import configurations

_PAGE = 1000
_log = logging.getLogger(__name__)


class Upkeep:
    """Applies lifecycle rules."""

    def __init__(self, journal: Journal, ids: Ids) -> None:
        self._journal = journal
        self._ids = ids
        self._is_halted = threading.Event()

    def halt(self) -> None:
        """Leave the rest to the next time: whatever runs ends soon."""
        self._is_halted.set()

    def apply(self, now: datetime) -> int:
        """Do what every bucket's rules say is due at `now`: how many keys and uploads it was."""
        with self._journal.read() as connection:
            configured = configurations.every(connection, LIFECYCLE)
        done = 0
        for bucket, document in configured.items():
            rules = lifecycle.rules_of(document)
            if rules:
                done += sum(self._tidy(bucket, key, rules, now) for key in self._due_keys(bucket, rules, now))
                done += sum(self._abort(bucket, upload, rules, now) for upload in self._due_uploads(bucket, rules, now))
        if done:
            _log.info("lifecycle rules removed %d objects, versions and uploads", done)
        return done

    def _due_keys(self, bucket: str, rules: Sequence[Rule], now: datetime) -> Iterator[str]:
        place: Place | None = Place()
        while place is not None and not self._is_halted.is_set():
            with self._journal.read() as connection:
                rows = store.versions_from(connection, bucket, place, None, _PAGE)
                grouped = {key: [row.stored for row in some] for key, some in groupby(rows, lambda row: row.key)}
                last = rows[-1].key if len(rows) == _PAGE else None
                if last is not None:
                    # More versions of the page's last key may stand on the next.
                    grouped[last] = _versions(connection, bucket, last)
            place = None if last is None else Place(last, is_included=False)
            yield from (key for key, found in grouped.items() if lifecycle.due(rules, found, now))

    def _due_uploads(self, bucket: str, rules: Sequence[Rule], now: datetime) -> Iterator[Upload]:
        place: Place | None = Place()
        while place is not None and not self._is_halted.is_set():
            with self._journal.read() as connection:
                rows = store.uploads_from(connection, bucket, place, None, _PAGE)
            place = Place(rows[-1].key, is_included=False, tie=rows[-1].id) if len(rows) == _PAGE else None
            yield from (upload for upload in rows if lifecycle.is_due(rules, upload, now))

    def _tidy(self, bucket: str, key: str, rules: Sequence[Rule], now: datetime) -> bool:
        if self._is_halted.is_set():
            return False

        def work(connection: Connection) -> tuple[bool, list[str]]:
            found, versions_ = store.bucket(connection, bucket), _versions(connection, bucket, key)
            if found is None or not versions_:
                return False, []
            due = lifecycle.due(rules, versions_, now)
            deletions = [Deletion(key=key, version=version) for version in due.versions]
            if due.expires:
                deletions.append(Deletion(key=key))
            files: list[str] = []
            for deletion in deletions:
                _, discarded = versions.delete(connection, found, deletion, now, self._ids)
                files += discarded
            return bool(due), files

        is_done, files = self._journal.write(work)
        self._journal.discard(files)
        return is_done

    def _abort(self, bucket: str, upload: Upload, rules: Sequence[Rule], now: datetime) -> bool:
        def work(connection: Connection) -> tuple[bool, list[str]]:
            found = store.upload(connection, bucket, upload.key, upload.id)
            if found is None or not lifecycle.is_due(rules, found, now):
                return False, []
            store.remove_upload(connection, upload.id)
            return True, store.remove_parts(connection, upload.id)

        is_done, files = self._journal.write(work)
        self._journal.discard(files)
        return is_done


def _versions(connection: Connection, bucket: str, key: str) -> list[StoredObject]:
    """All of the key's, the newest first."""
    found: list[StoredObject] = []
    place = Place(key)
    while True:
        rows = store.versions_from(connection, bucket, place, f"{key}\0", _PAGE)
        found += [row.stored for row in rows if row.key == key]
        if len(rows) < _PAGE:
            return found
        place = Place(key, is_included=False, tie=rows[-1].tie)
