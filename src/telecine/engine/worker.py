"""The loop that runs jobs: claim, keep the lease, attempt, settle."""

import logging
import threading
from functools import partial

from sqlalchemy.exc import OperationalError

from telecine.core import trail
from telecine.engine.errors import AttemptStopped, JobFailed, StorageUnreachable
from telecine.engine.heartbeat import LEASE_SECONDS, Heartbeat
from telecine.engine.owner import is_alive
from telecine.engine.run import Engine, clean_up, run_attempt
from telecine.engine.tools.sandbox import SandboxUnavailable
from telecine.media.errors import MediaError
from telecine.services.mediaconvert.lifecycle import LeaseLost
from telecine.services.mediaconvert.model import JobClaim

log = logging.getLogger(__name__)

_SHORTEST_SECONDS = 0.1
_LONGEST_SECONDS = 1.0
_GROWTH = 1.1
"""How long a slot waits before it looks by itself, for what nobody calls it for: a pause that is over, a job of another
machine. A tenth of a second after a job or a call, and from look to look longer: each is a transaction, and with ten of
them a second a worker that had nothing to do used 2 % of a core."""
_SWEEP_SECONDS = 5.0
_UNKNOWN_ERROR = (1999, "Unknown error")


class Worker:
    """Runs jobs in `slots` threads until it is told to stop."""

    def __init__(self, engine: Engine, owner: str, *, slots: int = 1) -> None:
        """`owner` names this process to others: `str(Owner.of_this_process())`."""
        self._engine = engine
        self._owner = owner
        self._slots = slots
        self._stop = threading.Event()
        self._idle = threading.Condition()
        self._calls = 0

    def run(self) -> None:
        """Work until `stop` is called. Jobs that run then are left to their next attempt.

        Each tool is forked by its slot's thread, which waits for it: a tool cannot outlive its slot.
        """
        log.info("worker %s begins; %s", self._owner, self._engine.tools.sandbox.describe())
        slots = [threading.Thread(target=self._work, name=f"slot-{number}") for number in range(self._slots)]
        for slot in slots:
            slot.start()
        try:
            while not self._stop.is_set():
                self.sweep()
                self._stop.wait(_SWEEP_SECONDS)
        finally:
            self.stop()
            self.wake()
            for slot in slots:
                slot.join()

    def stop(self) -> None:
        """End soon: running tools are killed. May be called from another thread or a signal handler."""
        self._stop.set()

    def sweep(self) -> None:
        """End the leases of dead workers, and take back what jobs left behind that ended without a worker."""
        lifecycle = self._engine.lifecycle
        try:
            released = lifecycle.release_dead(is_alive)
            if released:
                log.info("ended %d leases of dead workers", released)
                self.wake()
            while not self._stop.is_set() and (claim := lifecycle.claim_cleanup(self._owner, LEASE_SECONDS)):
                self._clean_up(claim)
        except Exception:  # the rim: the next round tries again
            log.exception("the sweep broke off")

    def _clean_up(self, claim: JobClaim) -> None:
        log.info("job %s: taking back what it left", claim.job_id)
        try:
            clean_up(self._engine, claim)
        except JobFailed as problem:  # its role is gone, for example
            log.warning("job %s: nothing could be taken back: %s", claim.job_id, problem)

    def wake(self) -> None:
        """Look for a job at once: there may be one. May be called from another thread."""
        with self._idle:
            self._calls += 1
            self._idle.notify_all()

    def _work(self) -> None:
        pause = _SHORTEST_SECONDS
        while not self._stop.is_set():
            calls = self._calls  # before we look: a job that comes meanwhile calls once more
            if self.run_next() or self._is_called_within(pause, calls):
                pause = _SHORTEST_SECONDS
            else:
                pause = min(_GROWTH * pause, _LONGEST_SECONDS)

    def _is_called_within(self, seconds: float, calls: int) -> bool:
        """Wait for a call beyond these; whether one came."""
        with self._idle:
            return self._idle.wait_for(partial(self._has_been_called, calls), seconds)

    def _has_been_called(self, calls: int) -> bool:
        """Whether somebody has called since there were so many calls."""
        return self._calls != calls

    def run_next(self) -> bool:
        """Claim one job, run an attempt of it and settle how that ended; False when no job waits."""
        try:
            claim = self._engine.lifecycle.claim(self._owner, LEASE_SECONDS)
            if claim is not None:
                self._attempt(claim)
        except Exception:  # the rim: a slot must outlive a database that is away
            log.exception("a job could not be claimed or settled")
            return False
        return claim is not None

    def _attempt(self, claim: JobClaim) -> None:
        trail.JOB.set(claim.job_id)
        log.info("job %s: attempt %d begins", claim.job_id, claim.attempt)
        with Heartbeat(self._engine.lifecycle, claim) as heartbeat:
            try:
                run_attempt(self._engine, claim, lambda: heartbeat.is_lost or self._stop.is_set())
            except (AttemptStopped, LeaseLost):
                log.info("job %s: attempt %d is given up", claim.job_id, claim.attempt)
            except StorageUnreachable as problem:  # it may come back
                self._postpone(claim, problem)
            except OperationalError as problem:  # the database is away: the lease runs out by itself
                log.warning("job %s: left to its next attempt: %s", claim.job_id, problem)
            except (JobFailed, MediaError) as problem:
                self._fail(claim, problem.code, problem.message)
            except SandboxUnavailable as problem:
                self._fail(claim, 1999, str(problem))
            except Exception:  # the rim: whatever it is, the job must end, and the user must not read our insides
                log.exception("job %s: attempt %d broke", claim.job_id, claim.attempt)
                self._fail(claim, *_UNKNOWN_ERROR)
            else:
                log.info("job %s: complete", claim.job_id)

    def _postpone(self, claim: JobClaim, problem: StorageUnreachable) -> None:
        try:
            pause = self._engine.lifecycle.postpone(claim)
        except LeaseLost:
            log.info("job %s: it is not ours to try again", claim.job_id)
            return
        log.warning("job %s: left to its next attempt in %d s: %s", claim.job_id, pause.total_seconds(), problem)

    def _fail(self, claim: JobClaim, code: int, message: str) -> None:
        if self._stop.is_set():
            # What fails while the server goes down, fails because of that. The next attempt will tell.
            log.info("job %s: left to its next attempt, not failed with %d: %s", claim.job_id, code, message)
            return
        log.info("job %s: error %d: %s", claim.job_id, code, message)
        try:
            self._engine.lifecycle.fail(claim, code, message)
        except LeaseLost:
            log.info("job %s: it is not ours to fail any more", claim.job_id)
