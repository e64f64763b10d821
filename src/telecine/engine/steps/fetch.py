"""Fetch the inputs: ranged and in parallel, into the workspace, before any tool sees a byte."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from telecine.engine.errors import JobFailed, StorageUnreachable
from telecine.engine.location import Location
from telecine.engine.session import input_message, key_denied
from telecine.engine.storage import MediaStore, ObjectInfo, StoreError
from telecine.engine.transfers import PART_BYTES, run_all
from telecine.engine.watch import Watch
from telecine.engine.workspace import reserve


def fetch(store: MediaStore, uris: Sequence[str], folder: Path, watch: Watch) -> tuple[str, ...]:
    """Bring the objects at `uris` into `folder` as `input-0`, `input-1`, …; these names.

    Every byte is of the object that was there at the start, or nothing is. Raises `JobFailed`: 1401 when S3 denies
    access, 1404 when there is no such object or it changes meanwhile, 1507 when the disk is too small. Raises
    `StorageUnreachable`, `AttemptStopped`.
    """
    names = tuple(f"input-{number}" for number in range(len(uris)))
    wanted: dict[str, str] = {}
    for uri, name in zip(uris, names, strict=True):
        wanted.setdefault(uri, name)
    found = {uri: _head(store, uri) for uri in wanted}
    size = sum(info.size for info in found.values())
    reserve(folder, size)
    transfers: list[Callable[[], int]] = []
    for uri, name in wanted.items():
        (folder / name).touch(0o600)
        transfers += _ranges(store, uri, found[uri], folder / name)
    run_all(transfers, watch, size=size)
    for uri, name in zip(uris, names, strict=True):
        if name != wanted[uri]:  # the same object again: one copy on disk is enough
            os.link(folder / wanted[uri], folder / name)
    return names


def _head(store: MediaStore, uri: str) -> ObjectInfo:
    location = Location.parse(uri)
    try:
        return store.head(location.bucket, location.key)
    except StoreError as problem:
        raise input_error(problem, uri) from problem


def _ranges(store: MediaStore, uri: str, info: ObjectInfo, target: Path) -> list[Callable[[], int]]:
    return [
        partial(_range, store, uri, info.etag, start, min(PART_BYTES, info.size - start), target)
        for start in range(0, info.size, PART_BYTES)
    ]


def _range(store: MediaStore, uri: str, etag: str, start: int, size: int, target: Path) -> int:
    location = Location.parse(uri)
    try:
        data = store.read(location.bucket, location.key, etag=etag, start=start, size=size)
    except StoreError as problem:
        raise input_error(problem, uri) from problem
    with target.open("r+b") as stream:
        stream.seek(start)
        stream.write(data)
    return size


def input_error(problem: StoreError, uri: str) -> JobFailed | StorageUnreachable:
    """MediaConvert's code and words for an input that S3 did not give."""
    if problem.is_silence:
        return StorageUnreachable(f"{uri}: {problem}")
    if problem.missing_permission is not None:
        return JobFailed(1401, key_denied(uri, problem.missing_permission))
    if problem.is_denied:
        return JobFailed(1401, input_message(uri, f"Access denied to [{uri}]"))
    # What is wrong with the object's key only KMS's code says: it is there, but disabled or to be deleted.
    reason = f": {problem.code}" if problem.code.startswith("KMS.") else ""
    return JobFailed(1404, input_message(uri, f"{problem.operation} failed{reason}"))
