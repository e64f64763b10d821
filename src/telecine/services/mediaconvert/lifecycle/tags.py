"""Tags of jobs, queues, presets and job templates, by ARN."""

from collections.abc import Sequence

from sqlalchemy import Connection

from telecine.core.tags import Tags, problems
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.store import queues


class ResourceTags:
    """Reads and changes tags. Whether what an ARN names is there is not asked here."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, arn: str) -> Tags:
        """Empty when it has none or does not exist."""
        return queues.tags_now(self._db, arn)

    def add(self, arn: str, added: Tags) -> None:
        """Beside those that are there, or in their place. Raises BadRequestException when that makes too many."""

        def work(connection: Connection) -> None:
            wrong = problems({**queues.tags(connection, arn), **added})
            if wrong:
                raise errors.issues([("/tags", sentence) for sentence in wrong])
            queues.set_tags(connection, arn, added)

        self._db.write(work)

    def remove(self, arn: str, keys: Sequence[str]) -> None:
        """Keys that are not there are no error."""
        self._db.write(lambda connection: queues.remove_tags(connection, arn, keys))
