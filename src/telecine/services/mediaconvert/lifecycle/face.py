"""`Lifecycle`: every change of a job, each in one transaction with its event."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle import reserved_limits, state_change, statistics
from telecine.services.mediaconvert.lifecycle.account import Certificates, InputPolicies
from telecine.services.mediaconvert.lifecycle.claims import TIMED_OUT, Claims, has_timed_out
from telecine.services.mediaconvert.lifecycle.hops import Hopping
from telecine.services.mediaconvert.lifecycle.listings import JobPage, JobQuery, Listings
from telecine.services.mediaconvert.lifecycle.moves import Moves
from telecine.services.mediaconvert.lifecycle.probes import Probes
from telecine.services.mediaconvert.lifecycle.queues import Queues
from telecine.services.mediaconvert.lifecycle.recipes import PRESET, TEMPLATE, Library
from telecine.services.mediaconvert.lifecycle.retention import Retention
from telecine.services.mediaconvert.lifecycle.searches import Searches
from telecine.services.mediaconvert.lifecycle.tags import ResourceTags
from telecine.services.mediaconvert.lifecycle.uploads import Uploads
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    TOKEN_WINDOW,
    Job,
    JobClaim,
    JobStatus,
    Outcome,
    PricingPlan,
    Progress,
    Record,
    Submission,
    pause_after,
)
from telecine.services.mediaconvert.model.statistics import Statistics
from telecine.services.mediaconvert.store import jobs, leases, queues, uploads


class Lifecycle:
    """Jobs, queues, presets and job templates of one region."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        ids: Ids,
        pages: PageTokens,
        region: Region,
        *,
        role_tags: Callable[[str], Tags],
        kept_classes: Collection[str] | None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`role_tags` are the tags of the role with an ARN, none when it does not exist: IAM knows.

        `kept_classes` are the storage classes that the S3 of outputs keeps; None: it is another server's, and decides
        by itself.

        `wake` is called when there may be a job for a worker that waits; workers look by themselves, too.
        """
        self._db = db
        self.role_tags = role_tags
        self._clock = clock
        self._ids = ids
        self._pages = pages
        self._listings = Listings(db, pages, region)
        self.presets = Library(PRESET, db, clock, pages, region)
        self.templates = Library(TEMPLATE, db, clock, pages, region)
        self._moves = Moves(ids, region)
        self._claims = Claims(self._moves, region)
        self.uploads = Uploads(db, self._claims)
        self.tags = ResourceTags(db)
        self._wake = wake
        self.queues = Queues(db, clock, pages, region, Hopping(self._moves, region), wake)
        self.retention = Retention(db, clock, region)
        self.searches = Searches(db, clock, ids, pages, region)
        self.input_policies = InputPolicies(db)
        self.certificates = Certificates(db, clock)
        self.probes = Probes(self.input_policies)
        self.kept_classes = kept_classes
        self.region = region

    # ── for callers of the API ──────────────────────────────────────────────────────────────────────────────────

    def submit(self, submission: Submission, tags: Tags) -> Job:
        """The job that `submission` makes, or the one that its ClientRequestToken made within the last minute.

        Raises NotFoundException when a queue that it names does not exist, BadRequestException for what a reserved
        queue among them does not do, ConflictException when the token's job was made of another request.
        """

        def work(connection: Connection) -> Job:
            now = self._clock.now()
            account, token = submission.account, submission.client_request_token
            if token is not None:
                earlier = jobs.by_token(connection, self.region, account, token, now - TOKEN_WINDOW)
                if earlier is not None:
                    if not submission.asks_for_what(earlier.job.submission):
                        raise errors.token_of_another_request()
                    return earlier.job
            self._check_queues(connection, submission, now)
            job_id = self._ids.job_id(now)
            made = jobs.add(connection, job_id, self.region, submission, now)
            self.searches.note(connection, made.number, submission)
            queues.set_tags(connection, made.job.arn, tags)
            return made.job

        job = self._db.write(work)
        self._wake()
        return job

    def check(self, submission: Submission) -> None:
        """Raises what `submit` would raise, and writes nothing."""
        with self._db.read() as connection:
            self._check_queues(connection, submission, None)

    def cancel(self, account: AccountId, job_id: str) -> None:
        """Cancel a job that waits or runs; its worker stops at its next heartbeat.

        Raises NotFoundException, and ConflictException for a job that is over or is publishing its outputs.
        """

        def work(connection: Connection) -> None:
            now = self._clock.now()
            found = self._find(connection, account, job_id)
            if found.job.status.is_final:
                raise errors.job_is_finished(job_id, found.job.status)
            if found.lease.is_publishing and found.lease.is_live(now):
                raise errors.job_is_publishing(job_id)
            self._moves.cancel(connection, found, now)

        self._db.write(work)

    def job(self, account: AccountId, job_id: str) -> Job:
        """Raises NotFoundException."""
        with self._db.read() as connection:
            return self._find(connection, account, job_id).job

    def jobs(self, account: AccountId, query: JobQuery) -> JobPage:
        """One page of the account's jobs. Raises BadRequestException for a token of another listing."""
        return self._listings.jobs(account, query)

    def statistics(self) -> Statistics:
        """Everything that is counted, of all accounts: for the operator, not for callers of the API."""
        return statistics.read(self._db)

    # ── for workers: claims and leases ──────────────────────────────────────────────────────────────────────────

    def claim(self, owner: str, lease_seconds: int) -> JobClaim | None:
        """The job that `owner` shall run now, or None.

        First one whose worker died or found something away, then the first job of the queue whose turn it is (see
        `scheduling`).
        `owner` must never be used again by another process.
        """

        def work(connection: Connection) -> JobClaim | None:
            return self._claims.next(connection, owner, lease_seconds, self._clock.now())

        return self._db.write(work)

    def claim_cleanup(self, owner: str, lease_seconds: int) -> JobClaim | None:
        """A job that ended while no worker was there to remove what it had written, or None.

        The claim is good for `uploads` and `forget_upload` alone; the job's status does not change. Its lease is as
        many times `lease_seconds` as there were attempts: nobody else tries before it is over, for a role that may not
        clean up seldom may a moment later.
        """

        def work(connection: Connection) -> JobClaim | None:
            return self._claims.next_cleanup(connection, owner, lease_seconds, self._clock.now())

        return self._db.write(work)

    def heartbeat(self, claim: JobClaim) -> bool:
        """Extend the lease. False when it is lost or the job is over: stop at once."""

        def work(connection: Connection) -> bool:
            now = self._clock.now()
            found = self._claims.find_held(connection, claim)
            if found is None:
                return False
            if has_timed_out(found.job, now):
                self._moves.fail(connection, found, *TIMED_OUT, now)
                return False
            jobs.change(connection, found.number, lease_expires_at=now + timedelta(seconds=found.lease.seconds))
            self._moves.update_status(connection, found, now)
            return True

        return self._db.write(work)

    def is_running(self, claim: JobClaim) -> bool:
        """Whether `claim` still gives the right to run its job. One indexed read: good for looking often."""
        with self._db.read() as connection:
            return leases.standing(connection, claim, self._clock.now()) is JobStatus.PROGRESSING

    def is_live(self, claim: JobClaim) -> bool:
        """Whether `claim` still gives the right to act for its job: to run it, or to remove what it left behind."""
        with self._db.read() as connection:
            status = leases.standing(connection, claim, self._clock.now())
            if status is None or not status.is_final:
                return status is not None
            return bool(uploads.of_job(connection, claim.job_id))

    def release_dead(self, is_alive: Callable[[str], bool]) -> int:
        """End the leases of workers that are known to be dead, so that their jobs need not wait.

        The number of leases that ended.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            owners = leases.owners(connection, now)
        dead = [owner for owner in owners if not is_alive(owner)]
        return self._db.write(lambda connection: leases.end_leases(connection, dead, now)) if dead else 0

    # ── for workers: what an attempt reports. Each raises LeaseLost when its claim is not the live one ───────────

    def probed(self, claim: JobClaim, inputs: Sequence[Mapping[str, Any]]) -> None:
        """The inputs are known: INPUT_INFORMATION, once a job. `inputs` are in the event's form."""

        def work(connection: Connection) -> None:
            found = self._claims.held(connection, claim)
            if not found.lease.is_probed:
                jobs.change(connection, found.number, is_probed=True)
                detail = state_change.input_information(inputs)
                self._moves.announce(connection, found.job, "INPUT_INFORMATION", detail, self._clock.now())

        self._db.write(work)

    def save_plan(self, claim: JobClaim, plan_json: str) -> None:
        """Keep the plan with the job."""
        self._db.write(lambda connection: jobs.save_plan(connection, self._claims.number(connection, claim), plan_json))

    def saved_plan(self, job_id: str) -> str | None:
        with self._db.read() as connection:
            return jobs.saved_plan(connection, job_id)

    def progress(self, claim: JobClaim, progress: Progress) -> None:
        """Store how far the attempt is; STATUS_UPDATE when the job's interval has passed."""

        def work(connection: Connection) -> None:
            found = self._claims.held(connection, claim)
            jobs.change(
                connection,
                found.number,
                phase=progress.phase,
                phase_percent=progress.phase_percent,
                job_percent=max(progress.job_percent, found.job.job_percent),
                frames_decoded=max(progress.frames_decoded, found.job.frames_decoded),
            )
            self._moves.update_status(
                connection, jobs.numbered(connection, self.region, found.number), self._clock.now()
            )

        self._db.write(work)

    def warn(self, claim: JobClaim, code: int, message: str) -> None:
        """Count a warning and keep its words; NEW_WARNING."""

        def work(connection: Connection) -> None:
            self._moves.warn(connection, self._claims.held(connection, claim), code, message, self._clock.now())

        self._db.write(work)

    def begin_publishing(self, claim: JobClaim) -> bool:
        """Close the door to CancelJob, from now to the end. False when the claim is lost or the job canceled."""

        def work(connection: Connection) -> bool:
            found = self._claims.find_held(connection, claim)
            if found is not None:
                jobs.change(connection, found.number, is_publishing=True)
            return found is not None

        return self._db.write(work)

    def postpone(self, claim: JobClaim) -> timedelta:
        """The attempt met something that is away and may come back: leave the job to its next one, after this pause.

        It keeps its place among what runs. What the attempts have had in vain makes the pause longer.
        """

        def work(connection: Connection) -> timedelta:
            pause = pause_after(claim.attempt)
            self._moves.postpone(connection, self._claims.held(connection, claim), self._clock.now() + pause)
            return pause

        return self._db.write(work)

    def complete(self, claim: JobClaim, outcome: Outcome) -> None:
        """Every output is in place: COMPLETE."""

        def work(connection: Connection) -> None:
            self._moves.complete(connection, self._claims.held(connection, claim), outcome, self._clock.now())

        self._db.write(work)

    def fail(self, claim: JobClaim, code: int, message: str) -> None:
        """The job cannot be done: ERROR, with MediaConvert's code and words."""

        def work(connection: Connection) -> None:
            self._moves.fail(connection, self._claims.held(connection, claim), code, message, self._clock.now())

        self._db.write(work)

    # ── within one transaction ──────────────────────────────────────────────────────────────────────────────────

    def _check_queues(self, connection: Connection, submission: Submission, now: datetime | None) -> None:
        """The queues in which the job may run are there, or are made when they are needed, and may run it.

        `now`: None where nothing is to be made.
        """
        is_reserved = False
        for name in submission.queues:
            plan = queues.pricing_plan(connection, submission.account, name)
            if plan is None and name == DEFAULT_QUEUE and now is not None:
                plan = queues.add_default(connection, submission.account, now)
            if plan is None and name != DEFAULT_QUEUE:
                raise errors.queue_not_found(name)
            is_reserved = is_reserved or plan is PricingPlan.RESERVED
        if is_reserved and (wrong := list(reserved_limits.problems(submission))):
            raise errors.issues(wrong)

    def _find(self, connection: Connection, account: AccountId, job_id: str) -> Record:
        found = jobs.find(connection, self.region, job_id)
        if found is None or found.job.account != account:
            raise errors.job_not_found(job_id)
        return found
