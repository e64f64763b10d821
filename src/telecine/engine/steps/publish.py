"""Publish: upload everything out of sight, then make it visible in order, or take all of it back.

Each object is a multipart upload, so that nothing is seen before every byte of every object is in the bucket. What is
begun is recorded first; an attempt that dies leaves a record from which the next one takes back what it did.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from telecine.engine.errors import AttemptStopped, EngineFault, JobFailed, StorageUnreachable
from telecine.engine.location import Location
from telecine.engine.storage import MediaStore, Part, StoreError
from telecine.engine.transfers import PART_BYTES, run_all
from telecine.engine.watch import Watch
from telecine.media.plan.model import Artifact, ObjectTerms
from telecine.services.mediaconvert.lifecycle import LeaseLost, Lifecycle
from telecine.services.mediaconvert.model import JobClaim, Upload

log = logging.getLogger(__name__)

_MOST_PARTS = 10_000  # S3's limit for one upload


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishable:
    """One file and the object it becomes."""

    file: Path
    location: Location
    content_type: str
    order: int
    """Objects of a lower order are visible before this one."""
    terms: ObjectTerms | None = None
    """How S3 is to keep it; None: as the bucket does by default."""

    @property
    def part_bytes(self) -> int:
        return max(PART_BYTES, -(-self.file.stat().st_size // _MOST_PARTS))


def publishables(artifacts: Sequence[Artifact], folder: Path) -> tuple[Publishable, ...]:
    """The files that a plan's artifacts name, in order of publication.

    Raises `EngineFault` for an artifact without a file, and for two files with one destination.
    """
    names = [str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()]
    found: list[Publishable] = []
    for artifact in artifacts:
        publications = artifact.publications(names)
        if not publications:
            raise EngineFault(f"there is nothing to publish as {artifact.source}")
        found += [
            Publishable(
                file=folder / name,
                location=Location.parse(uri),
                content_type=artifact.content_type,
                order=artifact.order,
                terms=artifact.terms,
            )
            for name, uri in publications
        ]
    if len({entry.location for entry in found}) != len(found):
        raise EngineFault("two files of the plan would become the same object")
    return tuple(sorted(found, key=lambda entry: entry.order))


class Publication:
    """One attempt's outputs on their way. Leaving the `with` block by an error takes back what was done."""

    def __init__(self, store: MediaStore, lifecycle: Lifecycle, claim: JobClaim) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._claim = claim
        self._uploads: dict[Location, str] = {}
        self._parts: dict[Location, dict[int, Part]] = {}
        self._published: dict[Location, str | None] = {}
        """What may be seen, and the version that it is, where that is known."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            return
        # Who has lost the job must not delete: what stands there may already be its successor's.
        keeps_objects = issubclass(kind, (AttemptStopped, LeaseLost))
        uploads = [
            Upload(
                bucket=location.bucket,
                key=location.key,
                upload_id=upload_id,
                is_published=location in self._published,
                version=self._published.get(location),
            )
            for location, upload_id in self._uploads.items()
            if not (keeps_objects and location in self._published)
        ]
        _take_back(self._store, self._lifecycle, self._claim, uploads)

    def upload(self, entries: Sequence[Publishable], watch: Watch) -> None:
        """Bring every byte into the bucket, invisibly.

        Raises `JobFailed` (1401, 1404, 1517) when S3 does not take it, `StorageUnreachable`, `AttemptStopped`.
        """
        run_all([partial(self._begin, entry) for entry in entries], watch.silent(), size=0)
        transfers: list[Callable[[], int]] = []
        for entry in entries:
            size, step = entry.file.stat().st_size, entry.part_bytes
            # An empty file is one empty part.
            transfers += [
                partial(self._send, entry, number, start)
                for number, start in enumerate(range(0, max(size, 1), step), start=1)
            ]
        run_all(transfers, watch, size=sum(entry.file.stat().st_size for entry in entries))

    def _begin(self, entry: Publishable) -> int:
        location = entry.location
        self._lifecycle.uploads.intend(self._claim, location.bucket, location.key)
        try:
            upload_id = self._store.create_upload(location.bucket, location.key, entry.content_type, entry.terms)
        except StoreError as problem:
            if not problem.is_silence:  # nothing came to be, so that there is nothing to remember
                self._lifecycle.uploads.forget(self._claim, location.bucket, location.key)
            raise output_error(problem, location) from problem
        self._uploads[location] = upload_id
        self._parts[location] = {}
        self._lifecycle.uploads.began(self._claim, location.bucket, location.key, upload_id)
        return 0

    def _send(self, entry: Publishable, number: int, start: int) -> int:
        location = entry.location
        with entry.file.open("rb") as stream:
            stream.seek(start)
            data = stream.read(entry.part_bytes)
        try:
            part = self._store.upload_part(location.bucket, location.key, self._uploads[location], number, data)
        except StoreError as problem:
            raise output_error(problem, location) from problem
        self._parts[location][number] = part
        return len(data)

    def reveal(self, entries: Sequence[Publishable], watch: Watch) -> None:
        """Make everything visible, lower orders first: no player meets a playlist without its segments.

        Raises `AttemptStopped` when the job was canceled meanwhile; once begun it can no longer be.
        """
        if not self._lifecycle.begin_publishing(self._claim):
            raise AttemptStopped
        for _, group in groupby(entries, key=lambda entry: entry.order):
            run_all([partial(self._complete, entry.location) for entry in group], watch.silent(), size=0)

    def _complete(self, location: Location) -> int:
        parts = tuple(part for _, part in sorted(self._parts[location].items()))
        # Noted before it is done: an answer that is lost on its way back may hide an object that is there.
        self._lifecycle.uploads.published(self._claim, location.bucket, location.key)
        self._published[location] = None
        try:
            version = self._store.complete_upload(location.bucket, location.key, self._uploads[location], parts)
        except StoreError as problem:
            if problem.status and not problem.is_missing:  # a plain refusal: nothing of ours stands there
                # Noted before the upload is aborted: see `_undo`.
                self._lifecycle.uploads.found(self._claim, location.bucket, location.key, is_published=False)
                del self._published[location]
            raise output_error(problem, location) from problem
        if version is not None:
            self._published[location] = version
            self._lifecycle.uploads.published(self._claim, location.bucket, location.key, version)
        return 0


def undo_leftovers(store: MediaStore, lifecycle: Lifecycle, claim: JobClaim) -> None:
    """Take back what earlier attempts of this job have left in the bucket, by the record they kept."""
    _take_back(store, lifecycle, claim, lifecycle.uploads.of_job(claim.job_id))


def _take_back(store: MediaStore, lifecycle: Lifecycle, claim: JobClaim, uploads: Sequence[Upload]) -> None:
    """Undo uploads and forget them: abort what is unfinished, delete what could be seen.

    A role that may not, or an S3 that does not answer, leaves the record standing and a line in the log.
    """
    for upload in uploads:
        try:
            _undo(store, lifecycle, claim, upload)
            lifecycle.uploads.forget(claim, upload.bucket, upload.key)
        except LeaseLost:
            log.info("job %s: the record of its uploads is another attempt's by now", claim.job_id)
        except (StoreError, JobFailed, AttemptStopped) as problem:
            log.warning("job %s: s3://%s/%s stays: %s", claim.job_id, upload.bucket, upload.key, problem)
            if isinstance(problem, StoreError) and problem.is_silence:
                return  # every further call would wait as long


def _undo(store: MediaStore, lifecycle: Lifecycle, claim: JobClaim, upload: Upload) -> None:
    bucket, key = upload.bucket, upload.key
    is_seen = upload.is_published
    is_unfinished = is_seen and _is_unfinished(store, upload)
    if is_unfinished:
        # Noted before the abort, whose answer may be lost: after it the upload is gone whether it was completed or not,
        # and whoever tries again would take what stands there for ours.
        lifecycle.uploads.found(claim, bucket, key, is_published=False)
    # Without an id the upload may have begun all the same: the attempt died before it learned the id.
    upload_ids = (upload.upload_id,) if upload.upload_id is not None else store.uploads(bucket, key)
    gone = [upload_id for upload_id in upload_ids if _is_gone_at_abort(store, bucket, key, upload_id)]
    if is_unfinished:
        # It was there a moment ago: a completion that was only slow has come before the abort.
        is_seen = upload.upload_id in gone
        if is_seen:
            lifecycle.uploads.found(claim, bucket, key, is_published=True)
    if is_seen:
        _delete(store, upload)


def _delete(store: MediaStore, upload: Upload) -> None:
    bucket, key = upload.bucket, upload.key
    try:
        store.delete(bucket, key, upload.version)
    except StoreError as problem:
        if upload.version is None or not problem.is_denied:
            raise
        # Without s3:DeleteObjectVersion the role can still do what it may do anyway: hide the object.
        log.warning("s3://%s/%s: version %s is hidden, not deleted: %s", bucket, key, upload.version, problem)
        store.delete(bucket, key)


def _is_unfinished(store: MediaStore, upload: Upload) -> bool:
    """Whether an upload of which completion was asked for is still one, so that what stands there is another's.

    That is known of none whose version is. Not by the answer to an abort: some servers say the same to any.
    """
    if upload.version is not None:
        return False
    try:
        return upload.upload_id in store.uploads(upload.bucket, upload.key)
    except StoreError as problem:
        if problem.is_silence:
            raise
        return False  # a role that may not look deletes what may be its own


def _is_gone_at_abort(store: MediaStore, bucket: str, key: str, upload_id: str) -> bool:
    """Abort an upload. Whether it had been completed or aborted before, by something else than a try of this call."""
    try:
        store.abort_upload(bucket, key, upload_id)
    except StoreError as problem:
        if not problem.is_missing:
            raise
        return not problem.is_repeated
    return False


def output_error(problem: StoreError, location: Location) -> JobFailed | StorageUnreachable:
    """MediaConvert's code and words for an output that S3 did not take."""
    if problem.is_silence:
        return StorageUnreachable(f"{location}: {problem}")
    if problem.missing_permission is not None:
        # "that that" is MediaConvert's
        return JobFailed(
            1401,
            f"The role you provided is not authorized to perform {problem.missing_permission} on your destination S3 "
            "bucket. Check that your role has the correct permissions and that that you've specified the correct S3 "
            "bucket.",
        )
    message = f"Unable to write to output file [{location}]: [Failed to write data: "
    if problem.is_denied:
        return JobFailed(1401, f"{message}Access Denied]")
    if problem.code == "NoSuchBucket":
        return JobFailed(1404, f"{message}The specified bucket does not exist]")
    return JobFailed(1517, f"S3 Write Error: {message}{problem.code}]")
