"""Taking back what an attempt published: no more and no less, whatever S3 answers, and after its death too."""

from pathlib import Path
from typing import Any

import pytest

from engine.publishing import ARTIFACTS, KEYS, publish
from telecine.engine.errors import JobFailed, StorageUnreachable
from telecine.engine.steps.publish import Publication, publishables, undo_leftovers
from telecine.engine.storage import StoreError
from telecine.testing.storage import FolderStore


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
