"""Seal anew under the current root key whatever an older one has sealed: in small steps, beside a running server.

Each step is one short transaction over some rows, so that it may be broken off anywhere and begun again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, LargeBinary, MetaData, Select, and_, func, literal, select, tuple_, update

from telecine.db import Database
from telecine.seal.columns import SealedColumn, sealed_columns
from telecine.seal.problems import BrokenSeal
from telecine.seal.root_key import PREFIX_BYTES, RootKey

_ROWS = 200
"""Rows in one transaction: a few milliseconds, for which others wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """What one walk over everything has found."""

    resealed: int
    """Values that were sealed under an older key and are no longer."""
    broken: tuple[str, ...]
    """Values that open with no key at hand, by table, column and primary key. They are as they were."""

    @property
    def is_clean(self) -> bool:
        """Everything that opens was sealed under the current key already."""
        return self.resealed == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    resealed: int
    broken: tuple[str, ...]
    last: tuple[Any, ...] | None
    """The primary key of the last row that was looked at; None: there are no more."""


def reseal(database: Database, root_key: RootKey, metadata: MetaData) -> Pass:
    """Walk once over every sealed value of the tables in `metadata`."""
    resealed, broken = 0, list[str]()
    for column in sealed_columns(metadata):
        for step in _steps(database, root_key, column):
            resealed += step.resealed
            broken += step.broken
    return Pass(resealed=resealed, broken=tuple(broken))


def _steps(database: Database, root_key: RootKey, column: SealedColumn) -> Iterator[_Step]:
    last: tuple[Any, ...] | None = None
    while True:
        query = _stale(column, root_key.prefix, last)
        step = database.write(partial(_run, root_key, column, query))
        yield step
        if step.last is None:
            return
        last = step.last


def _stale(column: SealedColumn, prefix: bytes, last: tuple[Any, ...] | None) -> Select[Any]:
    """The next rows that another key than that of `prefix` has sealed."""
    key = list(column.table.primary_key)
    query = (
        select(column.table)
        .where(func.substr(column.column, 1, PREFIX_BYTES) != literal(prefix, LargeBinary))
        .order_by(*key)
        .limit(_ROWS)
    )
    if column.only is not None:
        query = query.where(column.only[0] == column.only[1])
    if last is not None:
        query = query.where(
            tuple_(*key) > tuple_(*(literal(value, part.type) for part, value in zip(key, last, strict=True)))
        )
    return query


def _run(root_key: RootKey, column: SealedColumn, query: Select[Any], connection: Connection) -> _Step:
    key = list(column.table.primary_key)
    rows: Sequence[Mapping[Any, Any]] = connection.execute(query).mappings().all()
    resealed, broken = 0, list[str]()
    for row in rows:
        about = column.about.format_map({name: row[column.table.c[name]] for name in column.named})
        try:
            value = root_key.wrap(root_key.unwrap(row[column.column], about=about), about=about)
        except BrokenSeal:
            broken.append(f"{column} of {', '.join(str(row[part]) for part in key)}")
            continue
        chosen = and_(*(part == row[part] for part in key))
        connection.execute(update(column.table).where(chosen).values({column.column: value}))
        resealed += 1
    last = tuple(rows[-1][part] for part in key) if len(rows) == _ROWS else None
    return _Step(resealed=resealed, broken=tuple(broken), last=last)
