"""The database: SQLAlchemy Core over SQLite or PostgreSQL, one way to read and one way to write.

with database.read() as connection:          # a consistent snapshot, read only
    row = connection.execute(select(…)).one()
job = database.write(lambda connection: …)   # one transaction, durable when it returns
"""

from telecine.db.engine import Database, connect, may_pass
from telecine.db.prepared import run, run_each
from telecine.db.schema import Json, Moment, metadata

__all__ = ["Database", "Json", "Moment", "connect", "may_pass", "metadata", "run", "run_each"]
