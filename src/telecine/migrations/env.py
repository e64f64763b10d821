"""Alembic's entry: runs the migrations on the connection that `upgrade` opened."""

from typing import Any, Literal

from alembic import context

from telecine.db import Json, Moment
from telecine.migrations.tables import metadata


def _render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Our own column types by their short names, which `script.py.mako` imports; False leaves the rest to Alembic."""
    return f"{type(value).__name__}()" if kind == "type" and isinstance(value, Json | Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=_render,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=False,  # the caller holds the transaction
)
context.run_migrations()
