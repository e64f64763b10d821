"""Which columns hold sealed values, and what each value is about.

A service says so where it defines the column: `Column("secret", LargeBinary, info=sealed("iam/key/{id}"))`. A rotation
walks whatever says so, and a test sees to it that no column which holds bytes says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Any

from sqlalchemy import Column, MetaData, Table

_INFO = "sealed"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mark:
    """What a service says of a column."""

    about: str
    only: tuple[str, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedColumn:
    """A column that holds sealed values, or NULL."""

    table: Table
    column: Column[Any]
    about: str
    """What a value is about, with the names of columns of its row in braces."""
    only: tuple[Column[Any], str] | None
    """Only rows where this column has this value hold a value of ours; None: all rows."""

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that `about` names."""
        return tuple(name for _text, name, _spec, _conversion in Formatter().parse(self.about) if name)

    def __str__(self) -> str:
        return f"{self.table.name}.{self.column.name}"


def sealed(about: str, *, only: tuple[str, str] | None = None) -> dict[str, object]:
    """The `info` of a column whose values `RootKey.wrap` made.

    `about` is what was given to `wrap`, with columns of the row in braces. `only` is for a column that holds other
    things, too: the column and the value that tell ours apart.
    """
    return {_INFO: _Mark(about=about, only=only)}


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    """Every column of `metadata` that holds sealed values, in the order of the tables' names."""
    for _name, table in sorted(metadata.tables.items()):
        for column in table.columns:
            mark = column.info.get(_INFO)
            if isinstance(mark, _Mark):
                only = None if mark.only is None else (table.c[mark.only[0]], mark.only[1])
                yield SealedColumn(table=table, column=column, about=mark.about, only=only)
