"""Scratch folders: one for each attempt, in a folder of the worker that made them, removed when either is gone.

ROOT/                      0700, ours
└── host+boot+pid+start/   one for each worker process, named by its owner string
    ├── canary/            where the sandbox is tried at the start
    └── job-attempt/       one for each attempt: the tools' working directory
"""

import contextlib
import errno
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from telecine.engine.errors import EngineFault, JobFailed

log = logging.getLogger(__name__)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RESERVE_BYTES = 64 * 1024**2


class Workspaces:
    """Makes and removes scratch folders under `root`, or under the system's folder for such (which TMPDIR names)."""

    def __init__(self, root: Path | None, owner: str) -> None:
        self._root = root or Path(tempfile.gettempdir(), f"telecine-work-{os.geteuid()}")
        self._folder = self._root / owner
        self._lock = threading.Lock()

    def prepare(self, is_alive: Callable[[str], bool]) -> None:
        """Make the root, and remove what dead workers have left: comes before all else.

        Raises `EngineFault` when the root cannot be used.
        """
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            state = self._root.lstat()
        except OSError as problem:
            raise EngineFault(f"the scratch folder {self._root} cannot be made: {problem.strerror}") from problem
        # In a folder shared by all users somebody else may have come first.
        if state.st_uid != os.geteuid() or self._root.is_symlink():
            raise EngineFault(f"the scratch folder {self._root} belongs to somebody else")
        for folder in self._root.iterdir():
            if folder != self._folder and folder.is_dir() and not is_alive(folder.name):
                log.info("removing the scratch of a dead worker: %s", folder.name)
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def open(self, job_id: str, attempt: int) -> Iterator[Path]:
        """An empty folder for one attempt, removed on leaving. A disk that is full then ends the job with 1507."""
        with disk_full_is_an_error(), self.borrow(f"{job_id}-{attempt}") as folder:
            yield folder

    @contextmanager
    def borrow(self, name: str) -> Iterator[Path]:
        """An empty folder, removed on leaving; should this process be killed before, by the next one's `prepare`."""
        folder = self._folder / name
        with self._lock:
            folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder
        finally:
            with self._lock:
                self._remove(folder)

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            log.warning("the scratch folder %s could not be removed", folder)
        with contextlib.suppress(OSError):  # another slot's attempt is still in it
            self._folder.rmdir()


def disk_full() -> JobFailed:
    """MediaConvert's 1507, listed as Disk Full."""
    return JobFailed(1507, "Disk full. The transcoder ran out of scratch space for your job.")


def reserve(folder: Path, size: int) -> None:
    """Make sure that `size` bytes more fit. Raises `JobFailed` 1507 when they do not."""
    if shutil.disk_usage(folder).free < size + _RESERVE_BYTES:
        raise disk_full()


@contextmanager
def disk_full_is_an_error() -> Iterator[None]:
    """Turns the system's "no space left" into the job's error."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _NO_SPACE:
            raise disk_full() from problem
        raise
