"""Removes what belongs to nothing: the orphans that an inspection finds, each looked at again before it goes.

It may run beside a server. No row names an orphan, so nobody reads it, and it is too old to be still on its way to a
row. Discarded files are left to the server: somebody may be reading them.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from telecine.db import Database
from telecine.services.s3 import store
from telecine.services.s3.disk import Disk, SystemDisk, reporting
from telecine.services.s3.layout import Layout
from telecine.services.s3.objects.inspection import Finding, Inspector, Kind


class Collector:
    """Removes the orphans of one store."""

    def __init__(self, db: Database, layout: Layout, inspector: Inspector, disk: Disk | None = None) -> None:
        self._db = db
        self._layout = layout
        self._inspector = inspector
        self._disk = disk or SystemDisk()

    def collect(self) -> Iterator[Finding]:
        """Every orphan, once it is gone. Raises ServiceUnavailable when a file cannot be removed."""
        for finding in self._inspector.orphan_parts():
            if finding.owner is not None and finding.file is not None and self._forget(finding.owner):
                # From here on the file is a discarded one. No row of an object ever named it to a reader.
                with reporting("remove a file"):
                    self._disk.remove(self._layout.place(finding.file))
                yield finding
        for finding in self._inspector.orphan_files():
            if finding.kind is not Kind.ORPHAN_FILE or finding.path is None:
                continue
            path = Path(finding.path)
            if path == self._layout.place(path.name) and self._is_named(path.name):
                continue
            with reporting("remove a file"):
                self._disk.remove(path)
            yield finding

    def _forget(self, owner: str) -> bool:
        """Remove the rows of the owner's parts, if there is still no such owner; whether there is none."""

        def work(connection: Connection) -> bool:
            if store.owner_by_id(connection, owner) is not None:
                return False
            store.remove_parts(connection, owner)
            return True

        return self._db.write(work)

    def _is_named(self, file: str) -> bool:
        with self._db.read() as connection:
            return bool(store.known_files(connection, [file]))
