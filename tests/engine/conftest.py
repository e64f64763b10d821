"""The real tools and the real sandbox; a job with its record in a real database, media in a folder, a clock by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.studio import Studio, open_studio
from engine.web_bench import Bench
from telecine.core.names import AccountId, QueueName
from telecine.db import Database
from telecine.engine.tools import launcher
from telecine.engine.tools.binaries import Binaries, Tool, describe, locate
from telecine.engine.tools.process import Capture, Command, Finished, run
from telecine.engine.tools.sandbox import Limits, Mode, Sandbox, establish
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.transfers import PART_BYTES
from telecine.engine.watch import Watch
from telecine.events import outbox
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import Job, JobClaim, Submission
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.lifecycle import lifecycle_on
from telecine.testing.storage import FolderStore

LIMITS = Limits(cpu_seconds=60, wall_seconds=60, stall_seconds=30)


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    return locate()


@pytest.fixture(scope="session")
def sandbox(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The full sandbox; without a kernel that offers it there is nothing to test here."""
    if not launcher.landlock_abi():
        pytest.skip("this kernel offers no Landlock")
    return establish(Mode.REQUIRE, binaries, tmp_path_factory.mktemp("canary"))


Confined = Callable[..., tuple[Finished, str]]


@pytest.fixture
def confined(sandbox: Sandbox, tmp_path: Path) -> Confined:
    """Runs a program of this machine as a media tool is run, in `tmp_path`, and gives its ending and output."""

    def run_confined(program: str | Tool, *argv: str, limits: Limits = LIMITS) -> tuple[Finished, str]:
        tool = describe(Path(program).name, Path(program)) if isinstance(program, str) else program
        output = Capture()
        command = Command(tool=tool, argv=argv, folder=tmp_path, limits=limits)
        return run(command, sandbox, output, should_stop=lambda: False), output.text()

    return run_confined


@pytest.fixture
def ffmpeg(binaries: Binaries, tmp_path: Path) -> Callable[..., None]:
    """Runs ffmpeg unconfined in `tmp_path`, to make inputs."""

    def make(*argv: str) -> None:
        command = Command(
            tool=binaries.ffmpeg, argv=("-v", "error", "-nostdin", "-y", *argv), folder=tmp_path, limits=LIMITS
        )
        finished = run(command, Sandbox(mode=Mode.OFF), Capture(), should_stop=lambda: False)
        assert finished.status == 0, finished.errors

    return make


ACCOUNT = AccountId("111122223333")


@dataclass
class Desk:
    """The lifecycle that a worker sees, and short words for what tests do with it."""

    lifecycle: Lifecycle
    database: Database
    clock: ManualClock

    def submit(self, settings: dict[str, Any] | None = None) -> Job:
        submission = Submission(
            account=ACCOUNT,
            queue=QueueName("Default"),
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/transcode",
            settings=settings or {"Inputs": [{"FileInput": "s3://in/film.mp4"}], "OutputGroups": []},
        )
        return self.lifecycle.submit(submission, {})

    def claim(self) -> JobClaim:
        """Claim what waits for 30 seconds; submit something if nothing does."""
        claim = self.lifecycle.claim("worker-1", 30)
        if claim is None:
            self.submit()
            claim = self.lifecycle.claim("worker-1", 30)
        assert claim is not None
        return claim

    def lose(self) -> JobClaim:
        """Let the lease run out and have another worker take the job: its claim."""
        self.clock.advance(31)
        claim = self.lifecycle.claim("worker-2", 30)
        assert claim is not None
        return claim

    def job(self, job_id: str) -> Job:
        return self.lifecycle.job(ACCOUNT, job_id)

    def cancel(self, job_id: str) -> None:
        self.lifecycle.cancel(ACCOUNT, job_id)

    def statuses(self) -> list[str]:
        with self.database.read() as connection:
            return [event.detail["status"] for _, event in outbox.read(connection)]


@pytest.fixture
def desk(sqlite: Database) -> Desk:
    clock = ManualClock()
    lifecycle = lifecycle_on(sqlite, clock, seeded_ids())
    return Desk(lifecycle=lifecycle, database=sqlite, clock=clock)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Two buckets, `in` and `out`."""
    for bucket in ("in", "out"):
        (tmp_path / "buckets" / bucket).mkdir(parents=True)
    return FolderStore(tmp_path / "buckets")


@dataclass
class Watched:
    """A watch that remembers what it was told."""

    stop: bool = False
    shares: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)

    @property
    def watch(self) -> Watch:
        def advance(share: float, frames: int) -> None:
            self.shares.append(share)
            self.frames.append(frames)

        return Watch(should_stop=lambda: self.stop, advance=advance)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def bench(store: FolderStore, watched: Watched, tmp_path: Path) -> Bench:
    return Bench(store, tmp_path / "attempt", watched)


@pytest.fixture
def studio(desk: Desk, store: FolderStore, binaries: Binaries, sandbox: Sandbox, tmp_path: Path) -> Studio:
    return open_studio(desk, store, Toolbox(binaries=binaries, sandbox=sandbox), tmp_path / "scratch")


@pytest.fixture
def film(studio: Studio, clip: Path) -> Path:
    """The real clip as `s3://in/film.mp4`."""
    studio.store.put("in", "film.mp4", clip.read_bytes())
    return clip


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
