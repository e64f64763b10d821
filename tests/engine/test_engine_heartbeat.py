"""The thread that keeps a claim alive and finds out when it is over."""

import threading
from typing import Any

import pytest

from telecine.engine import heartbeat
from telecine.engine.heartbeat import Heartbeat


def test_a_cancel_is_seen_between_two_beats(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is enough to see that a job is canceled, also when its attempt has uploads under way."""
    claim = desk.claim()
    desk.lifecycle.uploads.intend(claim, "out", "film.mp4")
    monkeypatch.setattr(heartbeat, "_BEAT_SECONDS", 3600.0)
    monkeypatch.setattr(heartbeat, "_LOOK_SECONDS", 0.01)
    looked = threading.Event()
    look = desk.lifecycle.is_running
    monkeypatch.setattr(desk.lifecycle, "is_running", lambda claim: (look(claim), looked.set())[0])
    with Heartbeat(desk.lifecycle, claim) as beating:
        assert looked.wait(10)
        assert not beating.is_lost
        desk.cancel(claim.job_id)
        beating._thread.join(10)
        assert beating.is_lost
