"""Work that comes round again beside the requests."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

_log = logging.getLogger(__name__)


class Chore:
    """Does its work every so often in a thread of its own, and once more at the end."""

    def __init__(self, work: Callable[[], None], *, every: timedelta, name: str) -> None:
        self._work = work
        self._seconds = every.total_seconds()
        self._name = name
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Do it for the last time."""
        self._is_over.set()
        self._thread.join()
        self._do()

    def _run(self) -> None:
        while not self._is_over.wait(self._seconds):
            self._do()

    def _do(self) -> None:
        try:
            self._work()
        except SQLAlchemyError:
            # The database may be back, or have a connection free, the next time; no request depends on it.
            _log.warning("%s: the database did not take it", self._name, exc_info=True)
