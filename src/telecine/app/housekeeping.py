"""What the api process looks after by the clock, whether or not anybody asks: one table of chores."""

import logging
from collections.abc import Callable
from datetime import timedelta

from telecine.app.chore import Chore
from telecine.app.events import deliveries_of
from telecine.app.ground import Ground
from telecine.services.iam.directory.uses import FLUSH_EVERY
from telecine.services.s3.objects import Objects

_log = logging.getLogger(__name__)

_HOPS = timedelta(seconds=1)
"""Waits are told in minutes."""
_KEY_CALENDAR = timedelta(minutes=1)
"""That a key's waiting period is over counts at once, without it."""
_EVERY_HOUR = timedelta(hours=1)
"""What is kept for days and months may stay an hour longer."""


class Housekeeping:
    """Chores that have begun, each in a thread of its own."""

    def __init__(self, ground: Ground, objects: Objects) -> None:
        def lifecycle_rules() -> None:
            objects.upkeep.apply(ground.clock.now())

        lifecycle = ground.lifecycle
        self._chores = (
            # When keys and roles were last used.
            Chore(ground.directory.flush_uses, every=FLUSH_EVERY, name="last uses"),
            # What buckets' lifecycle rules say is due.
            Chore(lifecycle_rules, every=_EVERY_HOUR, name="lifecycle rules"),
            # Destroys keys whose waiting period is over, rotates those whose day has come.
            Chore(ground.keys.tend, every=_KEY_CALENDAR, name="key calendar"),
            # Jobs that have waited long enough go on to another queue, whether or not a worker is free.
            Chore(_quiet(lifecycle.queues.hop), every=_HOPS, name="hops"),
            Chore(_told(lifecycle.retention.purge, "jobs"), every=_EVERY_HOUR, name="retention of jobs"),
            Chore(_told(deliveries_of(ground).purge, "events"), every=_EVERY_HOUR, name="retention of events"),
        )

    def close(self) -> None:
        """Do each for the last time."""
        for chore in self._chores:
            chore.close()


def _quiet(work: Callable[[], int]) -> Callable[[], None]:
    """`work` without its answer."""

    def run() -> None:
        work()

    return run


def _told(purge: Callable[[], int], what: str) -> Callable[[], None]:
    """`purge`, whose answer is how many records are gone, with a line in the log if there were any."""

    def run() -> None:
        removed = purge()
        if removed:
            _log.info("removed %d %s that had been kept long enough", removed, what)

    return run
