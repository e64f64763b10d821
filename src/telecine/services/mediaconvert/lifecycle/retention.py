"""Job records are kept for ninety days after their end, and then forgotten."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.names import Region
from telecine.db import Database
from telecine.services.mediaconvert.model import KEPT_FOR, MAX_CLEANUP_ATTEMPTS, job_arn
from telecine.services.mediaconvert.store import retention

_BATCH = 200
"""Jobs of one transaction."""


class Retention:
    """Forgets jobs with all that stands with them: documents, plan, tags. Never one that is not over."""

    def __init__(self, db: Database, clock: Clock, region: Region) -> None:
        self._db = db
        self._clock = clock
        self._region = region

    def purge(self) -> int:
        """Forget every job whose time is over; how many. To be called every hour or so."""
        before = self._clock.now() - KEPT_FOR

        def work(connection: Connection) -> int:
            found = retention.forgettable(connection, before, limit=_BATCH, attempts=MAX_CLEANUP_ATTEMPTS)
            arns = {number: job_arn(account, self._region, job_id) for number, (account, job_id) in found.items()}
            retention.forget(connection, arns)
            return len(found)

        forgotten = 0
        while (now := self._db.write(work)) > 0:
            forgotten += now
        return forgotten
