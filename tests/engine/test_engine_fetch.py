"""Fetching inputs: whole, unchanged, in parallel, or not at all."""

import random
from pathlib import Path
from typing import Any

import pytest

from telecine.engine.errors import AttemptStopped, JobFailed, StorageUnreachable
from telecine.engine.steps.fetch import fetch
from telecine.engine.storage import StoreError
from telecine.engine.transfers import PART_BYTES
from telecine.engine.web import Web
from telecine.outbound.client import Outbound
from telecine.outbound.guard import AllowedAddresses
from telecine.outbound.trust import context
from telecine.services.mediaconvert.model import InputPolicy
from telecine.testing.storage import FolderStore

URI = "s3://in/film.mp4"
EVERYTHING = InputPolicy()
NO_WEB = Web(Outbound(allowed=AllowedAddresses(), trusted=context()))
"""Where nothing of these tests goes."""


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 7])
def test_every_byte_arrives(store: FolderStore, watched: Any, tmp_path: Path, size: int) -> None:
    """Inputs of all sizes, empty ones too, are on disk as they are in the bucket."""
    data = random.Random(size).randbytes(size)
    store.put("in", "film.mp4", data)
    assert fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch) == ("input-0",)
    assert (tmp_path / "input-0").read_bytes() == data
    assert watched.shares == sorted(watched.shares)
    assert not size or watched.shares[-1] == 1.0


def test_the_same_object_twice_is_fetched_once(store: FolderStore, watched: Any, tmp_path: Path) -> None:
    """A job that stitches a file to itself reads it once."""
    store.put("in", "film.mp4", b"film")
    store.put("in", "other.mp4", b"other")
    names = fetch(store, NO_WEB, EVERYTHING, [URI, "s3://in/other.mp4", URI], tmp_path, watched.watch)
    assert [(tmp_path / name).read_bytes() for name in names] == [b"film", b"other", b"film"]
    assert store.calls.count(("GetObject", "film.mp4")) == 1


READ = (
    "Unable to open input file [s3://in/film.mp4]: [Failed probe/open: [Can't read input stream: [Failed to read data: "
)


@pytest.mark.parametrize(
    ("operation", "status", "code", "message"),
    [
        ("HeadObject", 403, 1401, READ + "Access denied to [s3://in/film.mp4]]]]"),
        ("GetObject", 403, 1401, READ + "Access denied to [s3://in/film.mp4]]]]"),
        ("HeadObject", 404, 1404, READ + "HeadObject failed]]]"),
        ("GetObject", 412, 1404, READ + "GetObject failed]]]"),
    ],
)
def test_refusals(
    store: FolderStore, watched: Any, tmp_path: Path, operation: str, status: int, code: int, message: str
) -> None:
    """S3's answers become MediaConvert's codes and words."""
    store.put("in", "film.mp4", b"film")
    store.refuse = lambda called, _bucket, _key: StoreError(called, "No", status) if called == operation else None
    with pytest.raises(JobFailed) as caught:
        fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_key_that_the_role_may_not_use_is_named(store: FolderStore, watched: Any, tmp_path: Path) -> None:
    """A denial of KMS that S3 passes on is 1401 and names the action that the role lacks."""
    store.put("in", "film.mp4", b"film")
    said = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:…"
    store.refuse = lambda called, *_: StoreError(called, "AccessDenied", 403, said) if called == "GetObject" else None
    with pytest.raises(JobFailed) as caught:
        fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch)
    lacks = "the role you provided is not authorized to perform kms:Decrypt"
    assert (caught.value.code, caught.value.message) == (1401, f"{READ}Access denied to [{URI}]: {lacks}]]]")


def test_an_object_that_changes_meanwhile_is_refused(store: FolderStore, watched: Any, tmp_path: Path) -> None:
    """Half of one film and half of another would be encoded without anyone noticing."""
    store.put("in", "film.mp4", bytes(2 * PART_BYTES))
    head = store.head

    def change_after_head(bucket: str, key: str) -> Any:
        info = head(bucket, key)
        store.put("in", "film.mp4", b"\1" * (2 * PART_BYTES))
        return info

    store.head = change_after_head  # type: ignore[method-assign]
    with pytest.raises(JobFailed, match="1404"):
        fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch)


def test_stop(store: FolderStore, watched: Any, tmp_path: Path) -> None:
    """A canceled job reads no further."""
    store.put("in", "film.mp4", b"film")
    watched.stop = True
    with pytest.raises(AttemptStopped):
        fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch)
    assert ("GetObject", "film.mp4") not in store.calls


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_silence_is_not_the_jobs_fault(store: FolderStore, watched: Any, tmp_path: Path, operation: str) -> None:
    """An S3 that does not answer ends the attempt and not the job."""
    store.put("in", "film.mp4", b"film")
    store.refuse = lambda called, *_: StoreError(called, "NoAnswer", 0) if called == operation else None
    with pytest.raises(StorageUnreachable):
        fetch(store, NO_WEB, EVERYTHING, [URI], tmp_path, watched.watch)


def test_what_the_policy_forbids_by_now_is_not_read(store: FolderStore, tmp_path: Path, watched: Any) -> None:
    """A job that waited while its account closed S3 reads nothing there: 3457 in the words of CreateJob's refusal."""
    store.put("in", "film.mp4", b"film")
    with pytest.raises(JobFailed) as caught:
        fetch(store, NO_WEB, InputPolicy(s3=False), [URI], tmp_path, watched.watch)
    text = "You specified an input location that your policy disallows."
    more = "Specify an allowed input location and resubmit your job."
    assert (caught.value.code, caught.value.message) == (3457, f"3457: {text} {more}")
    assert list(tmp_path.glob("input-*")) == []
