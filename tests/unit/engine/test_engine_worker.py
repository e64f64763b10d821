"""The loop of a worker: it is called, and does not only look."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from telecine.engine import worker as module
from telecine.engine.run import Engine
from telecine.engine.worker import Worker


@dataclass
class Desk:
    """A lifecycle without jobs that tells how often it was asked for one."""

    asked: list[str] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)

    def claim(self, owner: str, _lease_seconds: int) -> None:
        self.asked.append(owner)
        self.was_asked.set()

    def claim_cleanup(self, _owner: str, _lease_seconds: int) -> None:
        return None

    def release_dead(self, _is_alive: Any) -> int:
        return 0


@dataclass
class Tools:
    """A sandbox that need not be there."""

    def describe(self) -> str:
        return "none"

    @property
    def sandbox(self) -> "Tools":
        return self


def _engine(desk: Desk) -> Engine:
    parts: dict[str, Any] = dict.fromkeys(Engine.__dataclass_fields__)
    return Engine(**{**parts, "lifecycle": desk, "tools": Tools()})


def test_a_worker_that_is_called_looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when its next look is due: that would be in an hour here."""
    monkeypatch.setattr(module, "_SHORTEST_SECONDS", 3600)
    desk = Desk()
    worker = Worker(_engine(desk), "w", slots=2)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        for _ in range(3):
            assert desk.was_asked.wait(10)
            desk.was_asked.clear()
            worker.wake()
        assert desk.was_asked.wait(10)
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_a_worker_with_nothing_to_do_looks_more_and_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """From ten times a second down to once, in ten seconds; a call makes it lively again."""
    worker, pauses = Worker(_engine(Desk()), "w"), list[float]()

    def wait(pause: float, _calls: int) -> bool:
        pauses.append(pause)
        if len(pauses) == 60:
            worker.stop()
        return len(pauses) == 40

    monkeypatch.setattr(worker, "_is_called_within", wait)
    worker._work()
    assert pauses[0] == pauses[40] == 0.1
    assert pauses[:25] == sorted(set(pauses[:25]))
    assert pauses[30:40] == [1.0] * 10
    assert 5 < sum(pauses[:25]) < 11
    assert pauses[40:] == pauses[:20]


def test_a_job_whose_worker_has_died_is_looked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep that ends its lease calls the slots."""
    desk = Desk()
    worker = Worker(_engine(desk), "w")
    calls = worker._calls
    worker.sweep()
    assert worker._calls == calls
    monkeypatch.setattr(Desk, "release_dead", lambda _desk, _is_alive: 1)
    worker.sweep()
    assert worker._calls == calls + 1
