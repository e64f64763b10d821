"""The plan of a job: data that says which processes run on which files, and what must come out.

A plan is a pure function of settings, probes and capabilities. It is stored with the job, printed by
`telecine plan`, and compared in tests. Paths are names inside the job's workspace; nothing in a plan depends on the
machine that runs it, so that the same plan gives the same bytes everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

StepKind = Literal["encode", "mux", "segment"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One run of one tool."""

    id: str
    """Unique in its plan: `encode`, `mux-0-1`."""
    kind: StepKind
    tool: Literal["ffmpeg"]
    argv: tuple[str, ...]
    """Arguments after the tool's name. File names are relative to the workspace, which is the working directory."""
    inputs: tuple[str, ...]
    """Workspace names that must exist before."""
    outputs: tuple[str, ...]
    """Workspace names, or folders ending in `/`, that exist after."""
    needs: tuple[str, ...] = ()
    """Ids of the steps that run before."""
    work: float = 1.0
    """Cost relative to the plan's other steps, for progress."""
    frames: int = 0
    """How many frames the step reports through `-progress`, 0 when it reports none that matter."""
    threads: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What must be true of a file before anything is published; checked by packet index."""

    file: str
    """Workspace name of an encoded (not yet packaged) track."""
    track: Literal["video", "audio"]
    frames: int | None
    """Exact count of video packets; None for audio."""
    duration_seconds: float
    tolerance_seconds: float
    keyframe_interval: int | None
    """In frames: a keyframe must stand on every multiple; None when there is no grid."""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A file of the workspace and where it is published; `*` in both for the segments of one rendition."""

    source: str
    """Workspace name, or a pattern such as `hls-0-1/main_720p_*.ts`."""
    destination: str
    """`s3://bucket/key`; for a pattern the key's folder, ending in `/`, under which each file keeps its name."""
    content_type: str
    is_playlist: bool = False
    """Published after everything that is not, so that no player meets a playlist without its segments."""
    order: int = 0
    """Publication order: 0 media, 1 child playlists, 2 main playlists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputPlan:
    """One output as the job record will show it."""

    group: int
    output: int
    duration_seconds: float
    width: int | None
    height: int | None
    video_file: str | None
    """Workspace name of the encoded video whose average bitrate is reported."""
    file_paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupPlan:
    """One output group as the COMPLETE event will show it."""

    type: str
    outputs: tuple[OutputPlan, ...]
    playlist_paths: tuple[str, ...] = ()
    manifest: Mapping[str, Any] | None = None
    """What `media.packager` needs to write the playlists once segments exist; None for FILE groups."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything that will be run, checked and published for one job."""

    version: int
    inputs: tuple[str, ...]
    """Workspace names of the fetched inputs, in job order: `input-0`."""
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    artifacts: tuple[Artifact, ...]
    groups: tuple[GroupPlan, ...]
    warnings: tuple[tuple[int, str], ...] = ()
