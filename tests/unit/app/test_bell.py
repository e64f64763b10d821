"""The worker is called when there may be a job."""

import threading
from pathlib import Path

from telecine.app.bell import Bell, Rope


def test_pulling_the_rope_rings_the_bell(tmp_path: Path) -> None:
    """Also in a folder whose name is longer than a socket's address may be."""
    folder = tmp_path / ("f" * 120)
    folder.mkdir()
    rung = threading.Event()
    bell, rope = Bell(folder, rung.set), Rope(folder)
    try:
        rope.pull()
        assert rung.wait(10)
    finally:
        bell.close()
        rope.close()
    assert list(folder.iterdir()) == []


def test_a_rope_rings_every_bell_that_is_hung(tmp_path: Path) -> None:
    """One after the other, as workers come and go; and it keeps no more open than at the first pull."""
    rope = Rope(tmp_path)
    rope.pull()
    opened = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        rung = threading.Event()
        bell = Bell(tmp_path, rung.set)
        rope.pull()
        assert rung.wait(10)
        bell.close()
        rope.pull()
    assert len(list(Path("/proc/self/fd").iterdir())) == opened
    rope.close()


def test_a_rope_without_a_bell_is_no_trouble(tmp_path: Path) -> None:
    """No worker here, one that has gone, a folder that has gone."""
    gone = tmp_path / "gone"
    for folder in (tmp_path, gone):
        rope = Rope(folder)
        rope.pull()
        rope.close()
    Bell(tmp_path, lambda: None).close()
    rope = Rope(tmp_path)
    rope.pull()
    rope.close()


def test_a_bell_that_was_left_hanging_is_replaced(tmp_path: Path) -> None:
    """A worker that was killed leaves its socket; only the owner may ring."""
    (tmp_path / "worker.bell").touch()
    bell = Bell(tmp_path, lambda: None)

    assert (tmp_path / "worker.bell").stat().st_mode & 0o777 == 0o600
    bell.close()


def test_nobody_waits_for_a_bell_that_is_busy(tmp_path: Path) -> None:
    """Whoever submits never waits for the worker: calls beyond what fits are dropped, and one is enough."""
    free, rung = threading.Event(), threading.Event()

    def on_ring() -> None:
        rung.set()
        free.wait(10)

    bell, rope = Bell(tmp_path, on_ring), Rope(tmp_path)
    for _ in range(5000):
        rope.pull()
    assert rung.wait(10)
    free.set()
    bell.close()
    rope.close()
