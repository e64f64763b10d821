"""Alembic's entry: runs the migrations on the connection that `upgrade` opened."""

from alembic import context

from telecine.migrations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=False,  # the caller holds the transaction
)
context.run_migrations()
