"""Keeps a claim alive while its attempt runs, and finds out when it is not ours any more."""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import JobClaim

log = logging.getLogger(__name__)

LEASE_SECONDS = 15
_BEAT_SECONDS = 2.0
_LOOK_SECONDS = 0.25


class Heartbeat:
    """A thread that extends a lease every two seconds and looks four times a second whether it still holds.

    A look is one indexed read, so that a canceled job's tools are gone within half a second.
    """

    def __init__(self, lifecycle: Lifecycle, claim: JobClaim) -> None:
        self._lifecycle = lifecycle
        self._claim = claim
        self._lost = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{claim.job_id}", daemon=True)

    @property
    def is_lost(self) -> bool:
        """True once the lease is gone or the job canceled."""
        return self._lost.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        confirmed_at = beat_at = time.monotonic()
        while not self._ended.wait(_LOOK_SECONDS):
            now = time.monotonic()
            try:
                if now - beat_at >= _BEAT_SECONDS:
                    holds, beat_at = self._lifecycle.heartbeat(self._claim), now
                else:
                    holds = self._lifecycle.is_running(self._claim)
                confirmed_at = now
            except Exception:  # the rim: a database that is briefly away costs the job nothing while its lease lasts
                log.exception("job %s: the lease could not be looked at", self._claim.job_id)
                holds = now - confirmed_at < LEASE_SECONDS
            if not holds:
                self._lost.set()
                return
