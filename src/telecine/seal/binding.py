"""A database belongs to one root key: a lost or changed one is told at the start, not by the first secret in need."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, MetaData, insert, select

from telecine.db import Database
from telecine.seal.columns import SealedColumn, sealed_columns
from telecine.seal.problems import BrokenSeal, RootKeyProblem
from telecine.seal.root_key import RootKey, named_key
from telecine.seal.tables import DERIVATION, SECRETS

_ABOUT = f"seal/{DERIVATION}"
_STORED = select(SECRETS.c.sealed).where(SECRETS.c.name == DERIVATION)


def is_bound(database: Database, metadata: MetaData) -> bool:
    """Whether anything in the database is sealed already: then there is a root key that it belongs to."""
    with database.read() as connection:
        return next(_samples(connection, metadata), None) is not None


def bind(database: Database, root_key: RootKey, metadata: MetaData, secret: bytes) -> RootKey:
    """The root key as the database's own, `derive` standing on the database's secret.

    The first time `secret`, 32 random bytes, becomes that. Raises `RootKeyProblem` when the database belongs to
    another root key.
    """
    with database.read() as connection:
        found = connection.execute(_STORED).scalar_one_or_none()
        if found is None:
            _check_samples(connection, root_key, metadata)
    if found is None:
        found = database.write(lambda connection: _settle(connection, root_key, secret))
    return root_key.rooted(_opened(root_key, found, _ABOUT))


def _settle(connection: Connection, root_key: RootKey, secret: bytes) -> bytes:
    found = connection.execute(_STORED).scalar_one_or_none()
    if found is not None:
        return bytes(found)
    sealed = root_key.wrap(secret, about=_ABOUT)
    connection.execute(insert(SECRETS).values(name=DERIVATION, sealed=sealed))
    return sealed


def _check_samples(connection: Connection, root_key: RootKey, metadata: MetaData) -> None:
    """Of a database that Telecine 0.1 wrote: no secret of ours yet, but others that must open."""
    for column, row in _samples(connection, metadata):
        _opened(root_key, row[column.column], column.about.format_map({name: row[name] for name in column.named}))


def _samples(connection: Connection, metadata: MetaData) -> Iterator[tuple[SealedColumn, Any]]:
    """One row of every column that holds sealed values and is not empty."""
    for column in sealed_columns(metadata):
        query = select(column.table).where(column.column.is_not(None)).limit(1)
        if column.only is not None:
            query = query.where(column.only[0] == column.only[1])
        row = connection.execute(query).mappings().first()
        if row is not None:
            yield column, row


def _opened(root_key: RootKey, sealed: bytes, about: str) -> bytes:
    try:
        return root_key.unwrap(sealed, about=about)
    except BrokenSeal as error:
        wanted = named_key(sealed)
        which = f" (it is sealed with key {wanted}, the file holds {', '.join(root_key.ids)})" if wanted else ""
        raise RootKeyProblem(
            f"The root key {root_key.place} is not the one of this database{which}. Put back the key file that belongs "
            "to it, from where you keep its backup: without it access keys and encrypted objects cannot be read."
        ) from error
