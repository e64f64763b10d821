"""Durable writes of jobs with nothing around them: what SQLite itself gives, when many share a commit.

usage: `python -m benchmarks.peers.commits FILE CONCURRENCY NUMBER` with the settings' text on the standard input. It
prints writes a second. The settings of the database are the server's: WAL, `synchronous=FULL`, one writer.
"""

import sqlite3
import sys
import threading
import time
from pathlib import Path

_BATCH = 64
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_TABLES = (
    "CREATE TABLE jobs (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, account TEXT, status TEXT, at INT)",
    "CREATE TABLE documents (number INTEGER PRIMARY KEY, settings TEXT)",
)


class Commits:
    """One thread commits what others hand over: all that waits, in one transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[tuple[str, str, threading.Event]] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, job_id: str, settings: str) -> None:
        """Returns once the job is durable."""
        done = threading.Event()
        with self._arrived:
            self._waiting.append((job_id, settings, done))
            self._arrived.notify()
        done.wait()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        for table in _TABLES:
            connection.execute(table)
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._waiting)
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            connection.execute("BEGIN IMMEDIATE")
            for job_id, settings, _ in batch:
                row = (job_id, "000000000000", "SUBMITTED", time.time_ns() // 1_000_000)
                number = connection.execute(
                    "INSERT INTO jobs (id, account, status, at) VALUES (?, ?, ?, ?)", row
                ).lastrowid
                connection.execute("INSERT INTO documents VALUES (?, ?)", (number, settings))
            connection.execute("COMMIT")
            for _, _, done in batch:
                done.set()


def _measure(commits: Commits, settings: str, concurrency: int, number: int) -> float:
    """Writes a second of so many threads, each of which waits for its own."""

    def work(first: int) -> None:
        for place in range(first, number, concurrency):
            commits.write(f"job-{place:07d}", settings)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(concurrency)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return number / (time.perf_counter() - started)


if __name__ == "__main__":
    file, at_a_time, how_many = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    handed_over, text = Commits(file), sys.stdin.read()
    handed_over.write("first", text)
    print(_measure(handed_over, text, at_a_time, how_many))
