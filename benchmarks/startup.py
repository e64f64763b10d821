"""How long a server takes until it answers, and how much memory it holds when it has nothing to do."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.server import figure, serving

ROUNDS = 5
LIMIT_SECONDS = 1.5


def run() -> Iterator[dict[str, Any]]:
    """First start on an empty data directory to the ready line, and proportional set size of all processes."""
    seconds: list[float] = []
    megabytes = 0.0
    for _ in range(ROUNDS):
        with serving() as server:
            seconds.append(server.seconds_to_ready)
            time.sleep(2)  # let the worker finish its own start
            family = [server.process, *server.process.children(recursive=True)]
            megabytes = sum(process.memory_full_info().pss for process in family) / 1e6
    median = statistics.median(seconds)
    yield figure("start to ready", median, "s", ratio=median / LIMIT_SECONDS, against=f"the limit of {LIMIT_SECONDS} s")
    yield figure("idle memory of all processes (PSS)", megabytes, "MB")
