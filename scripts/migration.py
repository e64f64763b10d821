"""Write a migration from the difference between the migrations so far and the tables of the code.

usage: migration.py WORDS THAT SAY WHAT CHANGES. Read what it wrote: a rename looks like a drop and an add.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

import telecine.migrations
from telecine.db import connect
from telecine.migrations import upgrade

FOLDER = Path(telecine.migrations.__file__).parent


def main() -> int:
    message = " ".join(sys.argv[1:])
    if not message:
        print(__doc__)
        return 2
    number = len(list(FOLDER.glob("versions/0*.py"))) + 1
    with tempfile.TemporaryDirectory() as name:
        database = connect(f"sqlite:///{name}/telecine.db")
        if number > 1:
            upgrade(database)
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        with database.writer.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
