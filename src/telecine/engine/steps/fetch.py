"""Fetch the inputs: ranged and in parallel, into the workspace, before any tool sees a byte."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from telecine.engine.errors import JobFailed, StorageUnreachable
from telecine.engine.location import Location, is_web
from telecine.engine.session import input_message, key_denied
from telecine.engine.storage import MediaStore, StoreError
from telecine.engine.transfers import PART_BYTES, run_all
from telecine.engine.watch import Watch
from telecine.engine.web import Web
from telecine.engine.web_errors import disallowed
from telecine.engine.workspace import reserve
from telecine.services.mediaconvert.model import InputPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    size: int
    """In bytes."""
    copy: Callable[[int, int, Path], int]
    """Brings so many bytes, from there on, to their place in a file: their number."""


def fetch(
    store: MediaStore, web: Web, policy: InputPolicy, uris: Sequence[str], folder: Path, watch: Watch
) -> tuple[str, ...]:
    """Bring the files at `uris`, in S3 or at web servers, into `folder` as `input-0`, `input-1`, …; these names.

    Every byte is of the file that was there at the start, or nothing is. The account's `policy` is asked again: it may
    be another one than when the job was submitted, and a redirect may lead elsewhere. Raises `JobFailed`: 1401 when S3
    denies access, 1404 when there is no such object or it changes meanwhile, 3401 to 3999 for what a web server does,
    3457 for what the policy forbids, 1507 when the disk is too small. Raises `StorageUnreachable`, `AttemptStopped`.
    """
    names = tuple(f"input-{number}" for number in range(len(uris)))
    wanted: dict[str, str] = {}
    for uri, name in zip(uris, names, strict=True):
        wanted.setdefault(uri, name)
    if not all(policy.allows(uri) for uri in wanted):
        raise disallowed()
    found = {uri: _at_web(web, uri, policy, watch) if is_web(uri) else _in_s3(store, uri) for uri in wanted}
    size = sum(source.size for source in found.values())
    reserve(folder, size)
    transfers: list[Callable[[], int]] = []
    for uri, name in wanted.items():
        (folder / name).touch(0o600)
        transfers += _ranges(found[uri], folder / name)
    run_all(transfers, watch, size=size)
    for uri, name in zip(uris, names, strict=True):
        if name != wanted[uri]:  # the same file again: one copy on disk is enough
            os.link(folder / wanted[uri], folder / name)
    return names


def _at_web(web: Web, uri: str, policy: InputPolicy, watch: Watch) -> _Source:
    file = web.look(uri, policy, watch)
    return _Source(size=file.size, copy=lambda start, size, target: web.copy(file, start, size, target, watch))


def _in_s3(store: MediaStore, uri: str) -> _Source:
    location = Location.parse(uri)
    try:
        info = store.head(location.bucket, location.key)
    except StoreError as problem:
        raise input_error(problem, uri) from problem
    return _Source(size=info.size, copy=partial(_copy, store, uri, info.etag))


def _ranges(source: _Source, target: Path) -> list[Callable[[], int]]:
    return [
        partial(source.copy, start, min(PART_BYTES, source.size - start), target)
        for start in range(0, source.size, PART_BYTES)
    ]


def _copy(store: MediaStore, uri: str, etag: str, start: int, size: int, target: Path) -> int:
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
