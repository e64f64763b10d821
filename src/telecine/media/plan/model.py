"""The plan of a job: data that says which processes run on which files, and what must come out.

A plan is a pure function of settings, probes and capabilities. It is stored with the job, printed by
`telecine plan`, and compared in tests. Paths are names inside the job's workspace; nothing in a plan depends on the
machine that runs it, so that the same plan gives the same bytes everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from telecine.media.packager.manifest import HlsManifest
from telecine.media.pricing import Dimensions
from telecine.media.tracks import KeyframeGrid

StepKind = Literal["analyze", "encode", "mux", "segment"]


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
    """Workspace names that exist after. One that ends in `/` is a folder, which must exist, empty, before."""
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
    """Count of video packets; None for audio."""
    frame_tolerance: int
    """By how many frames the count may differ: 0 unless the input's timestamps do not tell its frames exactly."""
    duration_seconds: float
    tolerance_seconds: float
    start_seconds: float
    """Where the first packet is presented; audio may begin one codec frame earlier (priming)."""
    grid: KeyframeGrid | None
    """The frames on which a keyframe must stand; None for audio."""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectTerms:
    """What S3 is asked for beside the bytes, in the words of its headers. None: nothing is asked for."""

    encryption: Literal["AES256", "aws:kms"] | None = None
    kms_key: str | None = None
    """ARN of the key; None with `aws:kms`: the AWS managed key for S3."""
    kms_context: str | None = None
    """Base64 of a JSON object of strings."""
    acl: str | None = None
    """A canned ACL: `bucket-owner-read`."""
    storage_class: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The same as S3's operations call it. What is not given is left out: the bucket's defaults count."""
        asked = {
            "ServerSideEncryption": self.encryption,
            "SSEKMSKeyId": self.kms_key,
            "SSEKMSEncryptionContext": self.kms_context,
            "ACL": self.acl,
            "StorageClass": self.storage_class,
        }
        return {member: value for member, value in asked.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """A file of the workspace and where it is published; with `*` in both it stands for the segments of a rendition."""

    source: str
    """Workspace name, or a pattern such as `hls-0-1/*.ts`. Workspace names are ours: no user string is in them."""
    destination: str
    """`s3://bucket/key`; in a pattern `*` stands for what the source's `*` matched (`s3://b/out/film_720p_*.ts`)."""
    content_type: str
    is_pattern: bool = False
    """True when `*` is a placeholder (a user's own name may hold a `*` too)."""
    is_playlist: bool = False
    """Published after everything that is not, so that no player meets a playlist without its segments."""
    order: int = 0
    """Publication order: 0 media, 1 child playlists, 2 main playlists."""
    terms: ObjectTerms | None = None
    """How S3 is to keep it; None: as the bucket does by default."""

    def publications(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """(workspace name, S3 URI) for each of the workspace's `names` that this artifact covers, in name order."""
        if not self.is_pattern:
            return [(self.source, self.destination)] if self.source in set(names) else []
        head, tail = self.source.split("*")
        start, end = self.destination.rsplit("*", 1)
        return [
            (name, f"{start}{name[len(head) : len(name) - len(tail)]}{end}")
            for name in sorted(names)
            if name.startswith(head) and name.endswith(tail) and len(name) > len(head) + len(tail)
        ]


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
    pricing: Dimensions | None = None
    """None in plans of earlier releases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupPlan:
    """One output group as the COMPLETE event will show it."""

    type: str
    outputs: tuple[OutputPlan, ...]
    playlist_paths: tuple[str, ...] = ()
    manifest: HlsManifest | None = None
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
