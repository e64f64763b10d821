"""The SQL of parts, the files that they are in, and files that are no longer needed."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select

from telecine.db import Database, run, run_each
from telecine.services.s3 import columns
from telecine.services.s3.model import Part, StoredObject, Upload, Written
from telecine.services.s3.store.objects import object_by_id
from telecine.services.s3.store.queries import slices
from telecine.services.s3.store.uploads import upload_by_id
from telecine.services.s3.tables import discarded, objects, parts, uploads

# Built once, as nearly every request asks it.
_PARTS = select(parts).where(parts.c.owner == bindparam("owner")).order_by(parts.c.number)
_ADD = insert(parts)
_REMOVE = delete(parts).where(parts.c.owner == bindparam("owner")).returning(parts.c.file)
_DISCARD = insert(discarded)
_FORGET = delete(discarded).where(discarded.c.file == bindparam("gone"))


def parts_of(connection: Connection, owner: str) -> Sequence[Part]:
    """The parts of an object or an upload by number."""
    return [_part(row) for row in connection.execute(_PARTS, {"owner": owner})]


def parts_now(database: Database, owner: str) -> Sequence[Part]:
    """The same outside of any transaction."""
    return list(database.found(_PARTS, _part, owner=owner))


def parts_behind(connection: Connection, owner: str, number: int, limit: int) -> Sequence[Part]:
    """The first `limit` parts with higher numbers than `number`."""
    return [
        _part(row) for row in connection.execute(_PARTS.where(parts.c.number > number).limit(limit), {"owner": owner})
    ]


def add_part(connection: Connection, owner: str, new: Part) -> None:
    """Add a part; there must be none of its number."""
    written = new.written
    run(
        connection,
        _ADD,
        owner=owner,
        number=new.number,
        file=written.file,
        size=written.size,
        etag=written.etag,
        checksum=columns.checksum_json(written.checksum),
        modified_at=new.modified_at,
    )


def remove_parts(connection: Connection, owner: str, numbers: Collection[int] | None = None) -> list[str]:
    """Remove the parts with these numbers, all of them for None; the files, recorded as discarded, come back."""
    if numbers is None:
        files = [row.file for row in run(connection, _REMOVE, owner=owner)]
    else:
        files = []
        for some in slices(sorted(numbers)):
            chosen = and_(parts.c.owner == owner, parts.c.number.in_(some))
            files += connection.execute(delete(parts).where(chosen).returning(parts.c.file)).scalars()
    run_each(connection, _DISCARD, [{"file": file} for file in files])
    return files


def orphan_parts(connection: Connection) -> Sequence[tuple[str, Part]]:
    """Parts whose object or upload is not there, each with its owner's id."""
    query = select(parts).where(
        ~select(objects.c.id).where(objects.c.id == parts.c.owner).exists(),
        ~select(uploads.c.id).where(uploads.c.id == parts.c.owner).exists(),
    )
    return [(row.owner, _part(row)) for row in connection.execute(query)]


def owner_by_id(connection: Connection, owner: str) -> StoredObject | Upload | None:
    """The object or upload of that id."""
    return object_by_id(connection, owner) or upload_by_id(connection, owner)


def discarded_files(connection: Connection) -> Sequence[str]:
    """Files that nothing refers to any more and that may still be there."""
    return connection.execute(select(discarded.c.file)).scalars().all()


def waiting_files(connection: Connection, files: Sequence[str]) -> set[str]:
    """Those of `files` that are discarded and to be removed."""
    return set(connection.execute(select(discarded.c.file).where(discarded.c.file.in_(files))).scalars())


def forget_files(connection: Connection, files: Iterable[str]) -> None:
    """These discarded files are gone."""
    run_each(connection, _FORGET, [{"gone": file} for file in files])


def known_files(connection: Connection, files: Sequence[str]) -> set[str]:
    """Those of `files` that some object or upload refers to."""
    known: set[str] = set()
    for some in slices(files):
        known.update(connection.execute(select(parts.c.file).where(parts.c.file.in_(some))).scalars())
    return known


def _part(row: Row[Any]) -> Part:
    written = Written(file=row.file, size=row.size, etag=row.etag, checksum=columns.checksum(row.checksum))
    return Part(number=row.number, written=written, modified_at=row.modified_at)
