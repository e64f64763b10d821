"""How far an attempt is, as MediaConvert shows it: a phase, its percent, and the job's percent."""

import threading
import time
from collections.abc import Callable

from telecine.engine.watch import Watch
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import JobClaim, Phase, Progress

# Where each phase begins in the job's percent; 100 is for COMPLETE alone.
_SPANS = {Phase.PROBING: (0, 5), Phase.TRANSCODING: (5, 90), Phase.UPLOADING: (90, 99)}
_INTERVAL_SECONDS = 1.0


class Reporter:
    """Tells `lifecycle` how far a job is, at most once a second beside each change of phase."""

    def __init__(self, lifecycle: Lifecycle, claim: JobClaim, should_stop: Callable[[], bool]) -> None:
        self._lifecycle = lifecycle
        self._claim = claim
        self._should_stop = should_stop
        self._lock = threading.Lock()
        self._phase = Phase.PROBING
        self._told_at = float("-inf")
        self._job_percent = 0
        self._frames = 0

    def watch(self, phase: Phase) -> Watch:
        """Begin a phase: the lines between its steps and this attempt."""
        with self._lock:
            self._phase = phase
            self._told_at = float("-inf")
        self._advance(0.0, 0)
        return Watch(should_stop=self._should_stop, advance=self._advance)

    def _advance(self, share: float, frames: int) -> None:
        # Several threads may report at once; the lock keeps what is stored from going back.
        with self._lock:
            self._frames = max(self._frames, frames)
            now = time.monotonic()
            if now - self._told_at < _INTERVAL_SECONDS:
                return
            self._told_at = now
            low, high = _SPANS[self._phase]
            self._job_percent = max(self._job_percent, low + int((high - low) * share))
            progress = Progress(
                phase=self._phase,
                phase_percent=int(100 * share),
                job_percent=self._job_percent,
                frames_decoded=self._frames,
            )
            self._lifecycle.progress(self._claim, progress)
