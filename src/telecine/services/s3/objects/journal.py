"""How a change reaches the disk: the file before its row, the row before the removal of what it replaced."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.db import Database
from telecine.services.s3 import store
from telecine.services.s3.files import Files
from telecine.services.s3.model import Bucket, Part, StoredObject, Written

T = TypeVar("T")


class Journal:
    """The database and the files, changed together."""

    def __init__(self, db: Database, files: Files, clock: Clock) -> None:
        self._db = db
        self._files = files
        self._clock = clock
        self._doubtful: set[str] = set()
        """Files whose row did not come through as far as we heard."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot."""
        with self._db.read() as connection:
            yield connection

    def bucket(self, name: str) -> Bucket | None:
        """The bucket as it is now, for what every request asks first: the shortest way, and no snapshot with others."""
        return store.bucket_now(self._db, name)

    def stored(self, bucket: str, key: str, version: str | None = None) -> StoredObject | None:
        """The version as it is now, the current one for None, in the same way."""
        return store.stored_now(self._db, bucket, key, version)

    def parts(self, owner: str) -> Sequence[Part]:
        """The parts of an object as they are now, in the same way."""
        return store.parts_now(self._db, owner)

    def write(self, work: Callable[[Connection], T]) -> T:
        """One transaction, in which the names of files that are gone for good are forgotten as well."""
        gone, doubtful = self._files.take_gone(), tuple(self._doubtful)

        def whole(connection: Connection) -> T:
            store.forget_files(connection, gone)
            return work(connection)

        try:
            result = self._db.write(whole)
        except BaseException:
            self._files.give_back(gone)
            raise
        if doubtful:
            self._settle(doubtful)
        return result

    def write_file(self, written: Written, work: Callable[[Connection], T]) -> T:
        """One transaction that makes a row name the file `written`."""
        try:
            return self.write(work)
        except ApiError:
            # Refused by `work`, so no row names the file.
            self._files.discard([written.file])
            raise
        except SQLAlchemyError:
            self._doubtful.add(written.file)
            raise

    def _settle(self, doubtful: Sequence[str]) -> None:
        """Remove files whose commit failed, now that a later one has come through.

        A commit that failed on SQLite may still come back to life: the log on the disk can hold it whole, if the power
        fails before the next commit overwrites it there. After that it is certain that it never was. On PostgreSQL
        nothing is certain once the connection was lost: there `sweep` finds out at the next start.
        """
        if self._db.dialect != "sqlite":
            return
        with suppress(SQLAlchemyError):  # what they were about is done; these can wait for the next commit
            known = self._known_files(doubtful)
            self._files.discard([file for file in doubtful if file not in known])
            self._doubtful.difference_update(doubtful)

    def discard(self, files: Collection[str]) -> None:
        """Remove files that no row names any more, once the change that made it so is durable."""
        self._files.discard(files)

    def sweep(self) -> int:
        """Remove the files that a crash left behind: how many there were. For the start of the server."""
        with self._db.read() as connection:
            discarded = store.discarded_files(connection)
        left = self._files.there(discarded)  # of most the row alone is left, for the next write to forget
        self._files.discard(discarded)
        orphans = self._files.sweep(self._known_files)
        self.write(lambda _connection: None)
        return len(left) + orphans

    def _known_files(self, names: Sequence[str]) -> set[str]:
        with self._db.read() as connection:
            return store.known_files(connection, names)

    def now(self) -> datetime:
        """The time in whole seconds, as HTTP's date headers carry it."""
        return self._clock.now().replace(microsecond=0)
