"""What several queries share: where a listing begins, and how many values go into one."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import and_, or_

from telecine.services.s3.listing import Place

_IN_LIST = 500
"""Values in one `IN (…)`: both dialects take more, but neither takes any number."""


def starting(table: Any, name: str, place: Place) -> Any:
    """The condition that a listing of `table` by the column `name` begins at `place`."""
    column = table.c[name]
    if place.is_included:
        return column >= place.key
    if place.tie is None:
        return column > place.key
    return or_(column > place.key, and_(column == place.key, table.c.id > place.tie))


def slices(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """`values`, as many at a time as go into one query."""
    return (values[at : at + _IN_LIST] for at in range(0, len(values), _IN_LIST))
