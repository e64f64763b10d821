"""The migrations as Alembic has them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


class Scripts:
    """The migrations of a folder."""

    def __init__(self, folder: Path) -> None:
        self._config = Config()
        self._config.set_main_option("script_location", str(folder))
        self._found = ScriptDirectory.from_config(self._config)

    @property
    def head(self) -> str | None:
        """The revision that the last of them leads to."""
        return self._found.get_current_head()

    def knows(self, revision: str | None) -> bool:
        """Whether one of them leads there."""
        return revision in {script.revision for script in self._found.walk_revisions()}

    def run(self, connection: Connection) -> None:
        """Run those that the database has not seen, in the transaction that is open."""
        self._config.attributes["connection"] = connection
        command.upgrade(self._config, "head")
