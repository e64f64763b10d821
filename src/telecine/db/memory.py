"""What was read from SQLite a moment ago, and is still there: good until anybody commits anything.

SQLite tells whether another connection, of this process or another one, has committed since it was last asked
(`PRAGMA data_version`, "the integer values returned by two invocations from the same connection will be different if
changes were committed to the database by any other connection in the interim"). It finds that out as for any query,
from what all processes share in memory, in 3 µs; a row costs 15 to read and as much to understand. So every answer from
here is what the query itself would have found at that moment: there is nothing to invalidate, and nobody to forget it.
"""

import sqlite3
import threading
from collections.abc import Hashable
from typing import Any

from telecine.core.waiting import moment
from telecine.db.prepared import Connections

_ENTRIES = 1024
"""Answers that are kept; the oldest makes room for the next."""
_FEW_ROWS = 16
"""Longer answers are not kept: their size is the callers' to choose."""


class Memory:
    """Answers of queries under one state of the database."""

    def __init__(self, connections: Connections) -> None:
        self._watcher: sqlite3.Connection = connections.spare()
        # Where SQLite would wait for another process that repairs its log, nothing is known.
        self._watcher.execute("PRAGMA busy_timeout=0")
        self._asking = threading.Lock()
        self._mutex = threading.Lock()
        # One tuple, so that readers, who take no mutex, never see the answers of another version than its number.
        self._state: tuple[int, dict[Hashable, tuple[Any, ...]]] = (-1, {})

    def version(self) -> int | None:
        """The database's version now; None when it cannot be told. It never comes again.

        Where there is no waiting it is asked once, and all that is read there is of that moment.
        """
        now = moment()
        if now is None:
            return self._ask()
        if self not in now:
            now[self] = self._ask()
        known: int | None = now[self]
        return known

    def _ask(self) -> int | None:
        try:
            with self._asking:
                version: int = self._watcher.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.OperationalError:
            return None
        if version != self._state[0]:
            with self._mutex:
                if version > self._state[0]:
                    self._state = (version, {})
        return version

    def get(self, version: int, question: Hashable) -> tuple[Any, ...] | None:
        """The answer under exactly that version."""
        known, answers = self._state
        return answers.get(question) if known == version else None

    def keep(self, version: int, question: Hashable, answer: tuple[Any, ...]) -> None:
        """Remember an answer that was read after that version was told, unless the database has gone on."""
        if len(answer) > _FEW_ROWS:
            return
        with self._mutex:
            known, answers = self._state
            if known != version:
                return
            if question not in answers and len(answers) >= _ENTRIES:
                del answers[next(iter(answers))]
            answers[question] = answer

    def close(self) -> None:
        """Ask no more."""
        with self._asking:
            self._watcher.close()
