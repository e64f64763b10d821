"""A worker over real tools, with media in a folder, and the settings of its jobs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from telecine.core.spans import NoSpans
from telecine.engine.executors.local import LocalExecutor
from telecine.engine.run import Engine
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.web import Web
from telecine.engine.worker import Worker
from telecine.engine.workspace import Workspaces
from telecine.media.plan import Capabilities
from telecine.outbound import trust
from telecine.outbound.client import Outbound
from telecine.outbound.guard import AllowedAddresses
from telecine.services.sts.model import ServiceClaim, SessionCredentials
from telecine.testing.keys import KeyRing
from telecine.testing.storage import FolderStore

VIDEO = {
    "Width": 320,
    "Height": 180,
    "CodecSettings": {
        "Codec": "H_264",
        "H264Settings": {
            "RateControlMode": "QVBR",
            "MaxBitrate": 400_000,
            "QualityTuningLevel": "SINGLE_PASS",
            "GopSize": 2.0,
            "GopSizeUnits": "SECONDS",
        },
    },
}
AUDIO = {
    "CodecSettings": {
        "Codec": "AAC",
        "AacSettings": {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000},
    }
}


def settings(*outputs: str, uri: str = "s3://in/film.mp4") -> dict[str, Any]:
    """A job's settings: `file` is one MP4, `hls` a stream of one rendition."""
    groups = {
        "file": {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://out/film"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": VIDEO,
                    "AudioDescriptions": [AUDIO],
                }
            ],
        },
        "hls": {
            "OutputGroupSettings": {
                "Type": "HLS_GROUP_SETTINGS",
                "HlsGroupSettings": {
                    "Destination": "s3://out/hls/film",
                    "SegmentLength": 2,
                    "MinSegmentLength": 0,
                },
            },
            "Outputs": [
                {
                    "NameModifier": "_180p",
                    "ContainerSettings": {"Container": "M3U8"},
                    "VideoDescription": VIDEO,
                    "AudioDescriptions": [AUDIO],
                }
            ],
        },
    }
    return {
        "Inputs": [
            {
                "FileInput": uri,
                "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
                "TimecodeSource": "ZEROBASED",
            }
        ],
        "OutputGroups": [groups[output] for output in outputs],
    }


@dataclass
class Roles:
    """Sessions of a role that works, unless a problem is set."""

    clock: Any
    problem: Exception | None = None
    claims: list[ServiceClaim] = field(default_factory=list)

    def assume_for_service(self, claim: ServiceClaim, is_live: Callable[[], bool]) -> SessionCredentials:
        assert is_live()
        self.claims.append(claim)
        if self.problem is not None:
            raise self.problem
        return SessionCredentials(
            access_key_id="ASIAAAAAAAAAAAAAAAAA",
            secret_access_key="secret",
            session_token="token",
            expires_at=self.clock.now() + timedelta(hours=1),
        )


@dataclass
class Studio:
    """A worker over a desk, a store and roles."""

    desk: Any
    store: FolderStore
    ring: KeyRing
    roles: Roles
    engine: Engine
    scratch: Path

    def worker(self, engine: Engine | None = None) -> Worker:
        return Worker(engine or self.engine, "worker-1")

    def run(self, job_settings: dict[str, Any]) -> Any:
        """Submit a job, run it to its end: its record."""
        job = self.desk.submit(job_settings)
        assert self.worker().run_next()
        return self.desk.job(job.id)

    def is_clean(self) -> bool:
        """Nothing published, uploaded or left on disk."""
        return not (self.store.objects("out") or self.store.unfinished or list(self.scratch.iterdir()))


def open_studio(desk: Any, store: FolderStore, tools: Toolbox, scratch: Path) -> Studio:
    """A worker with these tools, which leaves nothing but in `scratch`."""
    roles, ring = Roles(desk.clock), KeyRing()
    workspaces = Workspaces(scratch, "worker-1")
    workspaces.prepare(lambda owner: True)

    def open_store(credentials: Callable[[], SessionCredentials], _role_arn: str) -> FolderStore:
        credentials()
        return store

    engine = Engine(
        lifecycle=desk.lifecycle,
        sessions=roles,  # type: ignore[arg-type]
        open_store=open_store,
        open_keys=lambda _session, _role_arn: ring,
        web=Web(Outbound(allowed=AllowedAddresses.of(["127.0.0.1"]), trusted=trust.context())),
        executor=LocalExecutor(tools),
        tools=tools,
        capabilities=Capabilities(threads=2),
        workspaces=workspaces,
        clock=desk.clock,
        spans=NoSpans(),
    )
    return Studio(desk=desk, store=store, ring=ring, roles=roles, engine=engine, scratch=scratch)
