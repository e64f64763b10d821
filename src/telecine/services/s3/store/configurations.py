"""The SQL of what buckets are told to do beside storing: CORS and lifecycle, as they were written.

They are not among the columns of a bucket, because every request reads those.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from telecine.services.s3.tables import configurations


def find(connection: Connection, name: str, kind: str) -> Any:
    """A configuration of the bucket as it was written, None when there is none."""
    query = select(configurations.c.document).where(configurations.c.bucket == name, configurations.c.kind == kind)
    return connection.execute(query).scalar_one_or_none()


def put(connection: Connection, name: str, kind: str, document: object | None) -> None:
    """Write it anew; None removes it."""
    connection.execute(delete(configurations).where(configurations.c.bucket == name, configurations.c.kind == kind))
    if document is not None:
        connection.execute(insert(configurations).values(bucket=name, kind=kind, document=document))


def every(connection: Connection, kind: str) -> Mapping[str, Any]:
    """Every bucket that has a configuration of this kind, with it."""
    rows = connection.execute(select(configurations).where(configurations.c.kind == kind))
    return {row.bucket: row.document for row in rows}
