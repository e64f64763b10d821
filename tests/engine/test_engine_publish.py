"""Publishing: all of it in order, or nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.publishing import ARTIFACTS, KEYS, publish
from telecine.engine.errors import AttemptStopped, EngineFault, JobFailed, StorageUnreachable
from telecine.engine.location import Location
from telecine.engine.steps.publish import Publication, output_error, publishables
from telecine.engine.storage import StoreError
from telecine.media.plan.model import Artifact, ObjectTerms
from telecine.services.mediaconvert.lifecycle import LeaseLost
from telecine.services.mediaconvert.model import JobStatus
from telecine.testing.storage import FolderStore


def test_everything_is_published_playlists_last(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """Nothing is completed before all is uploaded; then media, child playlists, the main playlist."""
    claim = desk.claim()
    publish(desk, store, claim, watched, folder)
    assert sorted(store.objects("out")) == KEYS
    assert store.objects("out")["film.mp4"] == (folder / "film.mp4").read_bytes()
    assert store.objects("out")["film_720p_00002.ts"] == b""
    assert store.content_types["film.m3u8"] == "application/x-mpegURL"
    operations = [operation for operation, _ in store.calls]
    completed = [key for operation, key in store.calls if operation == "CompleteMultipartUpload"]
    assert operations.index("CompleteMultipartUpload") > max(
        at for at, operation in enumerate(operations) if operation == "UploadPart"
    )
    assert completed[-2:] == ["film_720p.m3u8", "film.m3u8"]
    assert watched.shares[-1] == 1.0
    assert desk.job(claim.job_id).status is JobStatus.COMPLETE
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def test_every_object_is_asked_for_on_its_terms(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """The key, the ACL and the storage class of an artifact are those of each object it becomes, and of no other."""
    terms = ObjectTerms(encryption="aws:kms", acl="bucket-owner-read", storage_class="GLACIER_IR")
    kept = replace(ARTIFACTS[2], terms=terms)
    with Publication(store, desk.lifecycle, desk.claim()) as publication:
        entries = publishables([kept, ARTIFACTS[3]], folder)
        publication.upload(entries, watched.watch)
        publication.reveal(entries, watched.watch)
    assert store.terms == {"film_720p_00001.ts": terms, "film_720p_00002.ts": terms, "film.mp4": None}


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_a_key_that_the_role_may_not_use_is_named(action: str) -> None:
    """A denial of KMS that S3 passes on is 1401 in MediaConvert's own words, with the action."""
    said = f"User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: {action} on resource: arn:aws:kms:…"
    found = output_error(StoreError("UploadPart", "AccessDenied", 403, said), Location("out", "film.mp4"))
    assert isinstance(found, JobFailed)
    assert found.code == 1401
    assert found.message == (
        f"The role you provided is not authorized to perform {action} on your destination S3 bucket. Check that your "
        "role has the correct permissions and that that you've specified the correct S3 bucket."
    )


WRITE = "Unable to write to output file [s3://out/film.mp4]: [Failed to write data: "


@pytest.mark.parametrize(
    ("operation", "error", "status", "code", "message"),
    [
        ("CreateMultipartUpload", "AccessDenied", 403, 1401, WRITE + "Access Denied]"),
        ("UploadPart", "AccessDenied", 403, 1401, WRITE + "Access Denied]"),
        ("CompleteMultipartUpload", "AccessDenied", 403, 1401, WRITE + "Access Denied]"),
        ("CreateMultipartUpload", "NoSuchBucket", 404, 1404, WRITE + "The specified bucket does not exist]"),
        ("UploadPart", "SlowDown", 503, 1517, f"S3 Write Error: {WRITE}SlowDown]"),
    ],
)  # fmt: skip
def test_a_refusal_takes_everything_back(
    desk: Any, store: FolderStore, watched: Any, folder: Path,
    operation: str, error: str, status: int, code: int, message: str,
) -> None:  # fmt: skip
    """Whichever call S3 refuses, no object and no unfinished upload is left, and the job has its error."""
    claim = desk.claim()
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, error, status) if (called, key) == (operation, "film.mp4") else None
    )
    with pytest.raises(JobFailed) as caught:
        publish(desk, store, claim, watched, folder)
    assert (caught.value.code, caught.value.message) == (code, message)
    assert store.objects("out") == {}
    assert store.unfinished == {}
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def test_silence_takes_back_what_may_have_been_done(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """An answer that is lost on its way may hide a visible object: it is deleted, and the attempt is to be repeated."""
    claim = desk.claim()
    complete = store.complete_upload

    def complete_and_lose_the_answer(bucket: str, key: str, upload_id: str, parts: Any) -> None:
        complete(bucket, key, upload_id, parts)
        raise StoreError("CompleteMultipartUpload", "NoAnswer", 0)

    store.complete_upload = complete_and_lose_the_answer  # type: ignore[method-assign]
    with pytest.raises(StorageUnreachable):
        publish(desk, store, claim, watched, folder)
    assert (store.objects("out"), store.unfinished) == ({}, {})


def test_cancel_before_the_first_object_is_seen(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """A job that is canceled while it uploads shows nothing and leaves nothing."""
    claim = desk.claim()
    store.refuse = lambda called, _bucket, key: (
        desk.cancel(claim.job_id) if (called, key) == ("CreateMultipartUpload", "film.m3u8") else None
    )
    with pytest.raises((AttemptStopped, LeaseLost)):
        publish(desk, store, claim, watched, folder)
    assert (store.objects("out"), store.unfinished) == ({}, {})
    assert desk.job(claim.job_id).status is JobStatus.CANCELED


def test_a_stop_between_parts(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """A worker that must stop aborts what it has begun."""

    def stop_at_upload(called: str, _bucket: str, _key: str) -> None:
        watched.stop |= called == "UploadPart"

    store.refuse = stop_at_upload
    with pytest.raises(AttemptStopped):
        publish(desk, store, desk.claim(), watched, folder)
    assert (store.objects("out"), store.unfinished) == ({}, {})


def test_who_lost_the_job_deletes_nothing(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """When the lease is lost in the midst of publishing, objects may be the successor's; only own uploads go."""
    claim = desk.claim()

    def lose_at_playlist(called: str, _bucket: str, key: str) -> None:
        if (called, key) == ("CompleteMultipartUpload", "film_720p.m3u8"):
            desk.lose()

    store.refuse = lose_at_playlist
    with pytest.raises(LeaseLost):
        publish(desk, store, claim, watched, folder)
    assert sorted(store.objects("out")) == [key for key in KEYS if key != "film.m3u8"]
    assert store.unfinished == {}


def test_an_artifact_without_a_file_is_our_fault(folder: Path) -> None:
    """A stream without segments is not published in part."""
    (folder / "film.mp4").unlink()
    with pytest.raises(EngineFault, match=r"film\.mp4"):
        publishables(ARTIFACTS, folder)


def test_two_files_for_one_object_are_our_fault(folder: Path) -> None:
    """One would silently replace the other."""
    again = Artifact(source="main.m3u8", destination="s3://out/film.mp4", content_type="video/mp4")
    with pytest.raises(EngineFault, match="same object"):
        publishables((*ARTIFACTS, again), folder)
