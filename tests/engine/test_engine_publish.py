"""Publishing: all of it in order, or nothing; and what a dead attempt left is taken back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telecine.engine.errors import AttemptStopped, EngineFault, JobFailed, StorageUnreachable
from telecine.engine.location import Location
from telecine.engine.steps.publish import Publication, output_error, publishables, undo_leftovers
from telecine.engine.storage import StoreError
from telecine.engine.transfers import PART_BYTES
from telecine.media.plan.model import Artifact, ObjectTerms
from telecine.services.mediaconvert.lifecycle import LeaseLost
from telecine.services.mediaconvert.model import JobStatus, Outcome
from telecine.testing.storage import FolderStore

ARTIFACTS = (
    Artifact(source="main.m3u8", destination="s3://out/film.m3u8", content_type="application/x-mpegURL",
             is_playlist=True, order=2),
    Artifact(source="hls/child.m3u8", destination="s3://out/film_720p.m3u8", content_type="application/x-mpegURL",
             is_playlist=True, order=1),
    Artifact(source="hls/*.ts", destination="s3://out/film_720p_*.ts", content_type="video/mp2t", is_pattern=True),
    Artifact(source="film.mp4", destination="s3://out/film.mp4", content_type="video/mp4"),
)  # fmt: skip
KEYS = ["film.m3u8", "film.mp4", "film_720p.m3u8", "film_720p_00001.ts", "film_720p_00002.ts"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with one file for each artifact; the MP4 takes three parts."""
    folder = tmp_path / "work"
    (folder / "hls").mkdir(parents=True)
    (folder / "main.m3u8").write_text("#EXTM3U main")
    (folder / "hls/child.m3u8").write_text("#EXTM3U child")
    (folder / "hls/00001.ts").write_bytes(b"first")
    (folder / "hls/00002.ts").write_bytes(b"")
    (folder / "film.mp4").write_bytes(b"m" * (2 * PART_BYTES + 1))
    return folder


def publish(desk: Any, store: FolderStore, claim: Any, watched: Any, folder: Path) -> None:
    entries = publishables(ARTIFACTS, folder)
    with Publication(store, desk.lifecycle, claim) as publication:
        publication.upload(entries, watched.watch)
        publication.reveal(entries, watched.watch)
        desk.lifecycle.complete(claim, Outcome(groups=()))


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


def test_a_bucket_with_versions_is_left_as_it_was(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """Where versions are kept, the very ones that the job wrote are deleted: what was there before is seen again."""
    store.versioned.add("out")
    publish(desk, store, desk.claim(), watched, folder)
    before = {place: dict(versions) for place, versions in store.versions.items()}

    refused = StoreError("CompleteMultipartUpload", "SlowDown", 503)
    store.refuse = lambda called, _bucket, key: (
        refused if (called, key) == ("CompleteMultipartUpload", "film.m3u8") else None
    )
    (folder / "film.mp4").write_bytes(b"another film")
    with pytest.raises(JobFailed):
        publish(desk, store, desk.claim(), watched, folder)
    assert store.versions == before
    assert sorted(store.objects("out")) == KEYS
    assert store.objects("out")["film.mp4"] != b"another film"


@pytest.mark.parametrize("keeps_versions", [False, True])
def test_what_was_there_stays_when_nothing_took_its_place(
    desk: Any, store: FolderStore, watched: Any, folder: Path, keeps_versions: bool
) -> None:
    """S3 is silent, and has not completed the upload: the object of an earlier job is neither deleted nor hidden."""
    if keeps_versions:
        store.versioned.add("out")
    publish(desk, store, desk.claim(), watched, folder)
    before, versions = store.objects("out"), {place: dict(held) for place, held in store.versions.items()}
    (folder / "film.mp4").write_bytes(b"another film")
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, "NoAnswer", 0) if (called, key) == ("CompleteMultipartUpload", "film.mp4") else None
    )
    with pytest.raises(StorageUnreachable):
        publish(desk, store, desk.claim(), watched, folder)
    assert store.objects("out")["film.mp4"] == before["film.mp4"]
    assert store.versions.get(("out", "film.mp4")) == versions.get(("out", "film.mp4"))
    assert store.unfinished == {}


class Killed(BaseException):
    """The end of the process."""


def _abort_and_end_with(store: FolderStore, end: BaseException) -> None:
    """Let S3 carry out every abort of film.mp4, and `end` come instead of the answer."""
    abort = store.abort_upload

    def abort_and_end(bucket: str, key: str, upload_id: str) -> None:
        abort(bucket, key, upload_id)
        if key == "film.mp4":
            raise end

    store.abort_upload = abort_and_end  # type: ignore[method-assign]


@pytest.mark.parametrize("keeps_versions", [False, True])
@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("end", [StoreError("AbortMultipartUpload", "NoAnswer", 0), Killed()], ids=["silence", "death"])
@pytest.mark.parametrize(("answer", "status"), [("NoAnswer", 0), ("SlowDown", 503)])
def test_what_was_there_stays_when_the_abort_is_not_answered(
    desk: Any, store: FolderStore, watched: Any, folder: Path,
    keeps_versions: bool, is_over: bool, end: BaseException, answer: str, status: int,
) -> None:  # fmt: skip
    """An upload that was not completed, and whose abort nobody learns of, is no reason for the next to delete."""
    if keeps_versions:
        store.versioned.add("out")
    publish(desk, store, desk.claim(), watched, folder)
    before, versions = store.objects("out"), {place: dict(held) for place, held in store.versions.items()}
    (folder / "film.mp4").write_bytes(b"another film")
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, answer, status) if (called, key) == ("CompleteMultipartUpload", "film.mp4") else None
    )
    abort = store.abort_upload
    _abort_and_end_with(store, end)
    claim = desk.claim()
    with pytest.raises((StorageUnreachable, JobFailed, Killed)):
        publish(desk, store, claim, watched, folder)
    assert "film.mp4" in [upload.key for upload in desk.lifecycle.uploads.of_job(claim.job_id)]

    store.abort_upload = abort  # type: ignore[method-assign]
    if is_over:
        desk.lifecycle.fail(claim, 1517, "S3 Write Error")
        desk.clock.advance(31)
        undo_leftovers(store, desk.lifecycle, desk.lifecycle.claim_cleanup("worker-3", 30))
    else:
        undo_leftovers(store, desk.lifecycle, desk.lose())
    assert store.objects("out")["film.mp4"] == before["film.mp4"]
    assert store.versions.get(("out", "film.mp4")) == versions.get(("out", "film.mp4"))
    assert store.unfinished == {}
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


@pytest.mark.parametrize("end", [StoreError("AbortMultipartUpload", "NoAnswer", 0), Killed()], ids=["silence", "death"])
def test_what_was_there_stays_when_a_clean_up_is_cut_off(
    desk: Any, store: FolderStore, watched: Any, folder: Path, end: BaseException
) -> None:
    """Also the first to undo may come after the job is over, and leave it to a second."""
    publish(desk, store, desk.claim(), watched, folder)
    before = store.objects("out")["film.mp4"]
    killed = Killed()

    def kill(called: str, _bucket: str, key: str) -> None:
        if (called, key) == ("CompleteMultipartUpload", "film.mp4"):
            raise killed

    claim = desk.claim()
    (folder / "film.mp4").write_bytes(b"another film")
    entries = publishables(ARTIFACTS, folder)
    dying = Publication(store, desk.lifecycle, claim)  # never left in order
    dying.upload(entries, watched.watch)
    store.refuse = kill
    with pytest.raises(Killed):
        dying.reveal(entries, watched.watch)
    desk.lifecycle.fail(claim, 1999, "gone")
    desk.clock.advance(31)

    abort = store.abort_upload
    _abort_and_end_with(store, end)
    first = desk.lifecycle.claim_cleanup("worker-3", 30)
    if isinstance(end, Killed):
        with pytest.raises(Killed):
            undo_leftovers(store, desk.lifecycle, first)
    else:
        undo_leftovers(store, desk.lifecycle, first)
    store.abort_upload = abort  # type: ignore[method-assign]
    desk.clock.advance(120)
    undo_leftovers(store, desk.lifecycle, desk.lifecycle.claim_cleanup("worker-4", 30))
    assert store.objects("out")["film.mp4"] == before
    assert store.unfinished == {}
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def _complete_late(store: FolderStore) -> None:
    """Let CompleteMultipartUpload of film.mp4 go without an answer, and be done after the uploads were listed."""
    complete, listed = store.complete_upload, store.uploads
    late: list[Any] = []

    def complete_unanswered(bucket: str, key: str, upload_id: str, parts: Any) -> str | None:
        if key != "film.mp4":
            return complete(bucket, key, upload_id, parts)
        late.append((bucket, key, upload_id, parts))
        raise StoreError("CompleteMultipartUpload", "NoAnswer", 0)

    def list_before_it_is_done(bucket: str, key: str) -> tuple[str, ...]:
        found = listed(bucket, key)
        while key == "film.mp4" and late:
            complete(*late.pop())
        return found

    store.complete_upload = complete_unanswered  # type: ignore[method-assign]
    store.uploads = list_before_it_is_done  # type: ignore[method-assign]


def test_an_object_that_comes_late_is_taken_back(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """A completion that is done between the list of uploads and the abort has made an object of ours."""
    _complete_late(store)
    claim = desk.claim()
    with pytest.raises(StorageUnreachable):
        publish(desk, store, claim, watched, folder)
    assert (store.objects("out"), store.unfinished) == ({}, {})
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def test_an_object_that_comes_late_is_remembered(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """When S3 does not answer to its deletion, the next attempt deletes it."""
    _complete_late(store)
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, "NoAnswer", 0) if (called, key) == ("DeleteObject", "film.mp4") else None
    )
    with pytest.raises(StorageUnreachable):
        publish(desk, store, desk.claim(), watched, folder)
    assert "film.mp4" in store.objects("out")
    store.refuse = lambda _operation, _bucket, _key: None
    undo_leftovers(store, desk.lifecycle, desk.lose())
    assert (store.objects("out"), store.unfinished) == ({}, {})


def test_a_repeated_abort_is_no_sign_of_an_object(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """When it was the second try of the abort that found no upload, the first may have been carried out."""
    publish(desk, store, desk.claim(), watched, folder)
    before = store.objects("out")["film.mp4"]
    (folder / "film.mp4").write_bytes(b"another film")
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, "NoAnswer", 0) if (called, key) == ("CompleteMultipartUpload", "film.mp4") else None
    )
    _abort_and_end_with(store, StoreError("AbortMultipartUpload", "NoSuchUpload", 404, is_repeated=True))
    claim = desk.claim()
    with pytest.raises(StorageUnreachable):
        publish(desk, store, claim, watched, folder)
    assert store.objects("out")["film.mp4"] == before
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def test_without_the_right_to_delete_versions_they_are_hidden(
    desk: Any, store: FolderStore, watched: Any, folder: Path
) -> None:
    """A role that may delete objects, but no versions, leaves nothing that is seen, and nothing to try again."""
    store.versioned.add("out")
    denied = {"DeleteObjectVersion": "film.mp4", "CompleteMultipartUpload": "film.m3u8"}
    store.refuse = lambda called, _bucket, key: (
        StoreError(called, "AccessDenied", 403) if denied.get(called) == key else None
    )
    claim = desk.claim()
    with pytest.raises(JobFailed):
        publish(desk, store, claim, watched, folder)
    assert store.objects("out") == {}
    assert list(store.versions["out", "film.mp4"].values())[1:] == [None]
    assert store.versions["out", "film_720p.m3u8"] == {}
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []


def test_a_dead_attempt_left_versions(desk: Any, store: FolderStore, watched: Any, folder: Path) -> None:
    """The record names the versions that an attempt wrote, for whoever takes them back."""
    store.versioned.add("out")
    entries = publishables(ARTIFACTS, folder)
    killed = Publication(store, desk.lifecycle, desk.claim())  # never left in order, as in a process that is killed
    killed.upload(entries, watched.watch)
    killed.reveal(entries, watched.watch)
    undo_leftovers(store, desk.lifecycle, desk.lose())
    assert not any(store.versions.values())


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


@pytest.mark.parametrize("deadly", ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"])
@pytest.mark.parametrize("key", KEYS)
def test_what_a_dead_attempt_left_is_taken_back(
    desk: Any, store: FolderStore, watched: Any, folder: Path, deadly: str, key: str
) -> None:
    """Killed at any call, before or after S3 has done it: the next attempt finds and removes everything."""
    claim = desk.claim()
    entries = publishables(ARTIFACTS, folder)
    killed = Publication(store, desk.lifecycle, claim)  # never left in order, as in a process that is killed

    def kill(called: str, _bucket: str, called_key: str) -> None:
        if (called, called_key) == (deadly, key):
            raise Killed

    store.refuse = kill

    def run_until_killed() -> None:
        killed.upload(entries, watched.watch)
        killed.reveal(entries, watched.watch)

    with pytest.raises(Killed):
        run_until_killed()
    store.refuse = lambda _operation, _bucket, _key: None
    if deadly == "CreateMultipartUpload":  # S3 had done it, and the answer never came
        store.create_upload("out", key, "video/mp4")

    successor = desk.lose()
    undo_leftovers(store, desk.lifecycle, successor)
    assert (store.objects("out"), store.unfinished) == ({}, {})
    assert desk.lifecycle.uploads.of_job(claim.job_id) == []
    publish(desk, store, successor, watched, folder)
    assert sorted(store.objects("out")) == KEYS


def test_a_role_that_may_not_delete_leaves_the_record(
    desk: Any, store: FolderStore, watched: Any, folder: Path
) -> None:
    """What cannot be taken back stays on record for a later attempt, and the job goes on."""
    claim = desk.claim()
    desk.lifecycle.uploads.intend(claim, "out", "film.mp4")
    desk.lifecycle.uploads.began(claim, "out", "film.mp4", store.create_upload("out", "film.mp4", "video/mp4"))
    store.refuse = lambda called, _bucket, _key: (
        StoreError(called, "AccessDenied", 403) if called == "AbortMultipartUpload" else None
    )
    undo_leftovers(store, desk.lifecycle, claim)
    assert [upload.key for upload in desk.lifecycle.uploads.of_job(claim.job_id)] == ["film.mp4"]


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
