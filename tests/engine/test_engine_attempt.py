"""Whole attempts: a worker, real tools, the plan of a real job, and everything that can end it."""

import logging
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from sqlalchemy.exc import OperationalError

from telecine.core.spans import NoSpans
from telecine.engine.executors.local import LocalExecutor
from telecine.engine.run import Engine
from telecine.engine.steps.decrypt import CONTEXT
from telecine.engine.storage import StoreError
from telecine.engine.tools.binaries import Binaries
from telecine.engine.tools.sandbox import Mode, Sandbox
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.web import Web
from telecine.engine.worker import Worker
from telecine.engine.workspace import Workspaces
from telecine.events import outbox
from telecine.media.plan import Capabilities
from telecine.outbound import trust
from telecine.outbound.client import Outbound
from telecine.outbound.guard import AllowedAddresses
from telecine.services.mediaconvert.model import JobStatus, Phase
from telecine.services.sts.errors import RoleProblem, RoleProblemKind
from telecine.services.sts.model import ServiceClaim, SessionCredentials
from telecine.testing.keys import KeyRing
from telecine.testing.storage import FolderStore
from web_server import Film, serving

pytestmark = pytest.mark.media

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


@pytest.fixture
def studio(desk: Any, store: FolderStore, binaries: Binaries, sandbox: Sandbox, tmp_path: Path) -> Studio:
    roles, ring = Roles(desk.clock), KeyRing()
    tools = Toolbox(binaries=binaries, sandbox=sandbox)
    workspaces = Workspaces(tmp_path / "scratch", "worker-1")
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
    return Studio(desk=desk, store=store, ring=ring, roles=roles, engine=engine, scratch=tmp_path / "scratch")


@pytest.fixture
def film(studio: Studio, clip: Path) -> Path:
    """The real clip as `s3://in/film.mp4`."""
    studio.store.put("in", "film.mp4", clip.read_bytes())
    return clip


def test_a_job_from_claim_to_complete(studio: Studio, film: Path) -> None:
    """A file and a stream are published, the record says what came out, and the scratch is gone."""
    job = studio.run(settings("file", "hls"))
    assert (job.error_message, job.status) == (None, JobStatus.COMPLETE)
    assert sorted(studio.store.objects("out")) == [
        "film.mp4", "hls/film.m3u8", "hls/film_180p.m3u8",
        "hls/film_180p_00001.ts", "hls/film_180p_00002.ts", "hls/film_180p_00003.ts",
    ]  # fmt: skip
    assert [group.type for group in job.outputs] == ["FILE_GROUP", "HLS_GROUP"]
    output = job.outputs[0].outputs[0]
    assert (output.width, output.height, output.file_paths) == (320, 180, ("s3://out/film.mp4",))
    assert output.duration_ms == pytest.approx(5280, abs=100)
    assert output.average_bitrate
    assert output.average_bitrate > 20_000
    assert list(studio.scratch.iterdir()) == []
    assert studio.store.unfinished == {}
    statuses = studio.desk.statuses()
    assert [statuses[0], statuses[-1]] == ["PROGRESSING", "COMPLETE"]
    assert statuses.count("INPUT_INFORMATION") == 1


def test_an_input_at_a_web_server(studio: Studio, film: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Gives the bytes that it gives from S3; its query, a signature perhaps, is in the settings alone."""
    caplog.set_level(logging.DEBUG)
    studio.run(settings("file"))
    stored = studio.store.objects("out")
    with serving(Film(film.read_bytes())) as server:
        url = server.url("/film.mp4?token=secret")
        job = studio.run(settings("file", uri=url))
    assert (job.error_message, job.status) == (None, JobStatus.COMPLETE)
    assert studio.store.objects("out") == stored
    with studio.desk.database.read() as connection:
        told = [event.detail for _, event in outbox.read(connection) if event.detail["jobId"] == job.id]
    assert [detail for detail in told if "secret" in str(detail)] == []
    assert server.url("/film.mp4?REMOVED=true") in str(told)
    assert "secret" not in str(studio.desk.lifecycle.saved_plan(job.id))
    assert "secret" not in caplog.text


def test_an_encrypted_input_at_a_web_server_that_is_no_media(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    """Errors of later steps show no query either."""
    caplog.set_level(logging.DEBUG)
    with serving(Film(b"no film")) as server:
        given = settings("file", uri=server.url("/film.mp4?token=secret"))
        job = studio.run(given)
        assert (job.status, job.error_code) == (JobStatus.ERROR, 1010)
        assert f"[{server.url('/film.mp4?REMOVED=true')}]" in job.error_message
        given["Inputs"][0]["DecryptionSettings"] = {
            "DecryptionMode": "AES_GCM",
            "EncryptedDecryptionKey": b64encode(studio.ring.seal(b"k" * 32, CONTEXT)).decode(),
            "InitializationVector": b64encode(b"i" * 12).decode(),
        }
        job = studio.run(given)
        assert (job.status, job.error_code) == (JobStatus.ERROR, 1010)
        assert f"[{server.url('/film.mp4?REMOVED=true')}]" in job.error_message
    assert "secret" not in caplog.text
    assert studio.is_clean()


def test_an_encrypted_input_becomes_the_same_film(studio: Studio, film: Path) -> None:
    """An input that was encrypted before its upload gives the bytes that it gives in clear."""
    studio.run(settings("file"))
    clear = studio.store.objects("out")
    context = Cipher(AES(b"k" * 32), CTR(b"i" * 16)).encryptor()
    studio.store.put("in", "film.mp4", context.update(film.read_bytes()))
    given = settings("file")
    given["Inputs"][0]["DecryptionSettings"] = {
        "DecryptionMode": "AES_CTR",
        "EncryptedDecryptionKey": b64encode(studio.ring.seal(b"k" * 32, CONTEXT)).decode(),
        "InitializationVector": b64encode(b"i" * 16).decode(),
    }
    job = studio.run(given)
    assert (job.error_message, job.status) == (None, JobStatus.COMPLETE)
    assert studio.store.objects("out") == clear
    assert list(studio.scratch.iterdir()) == []


def test_the_session_is_asked_for_in_the_jobs_name(studio: Studio, film: Path) -> None:
    """The trust policy sees the service, the queue and the account."""
    job = studio.run(settings("file"))
    claim = studio.roles.claims[0]
    assert (claim.service, claim.source_arn) == ("mediaconvert.amazonaws.com", job.queue_arn)
    assert (claim.role_arn, claim.job_id, claim.attempt) == (job.submission.role_arn, job.id, 1)


def test_a_second_attempt_gives_the_same_bytes(studio: Studio, film: Path) -> None:
    """An attempt that dies after its first publications is undone and repeated from the saved plan."""
    job_id = studio.desk.submit(settings("file", "hls")).id

    class Killed(BaseException):
        """The end of the process."""

    def kill(operation: str, _bucket: str, key: str) -> None:
        if (operation, key) == ("CompleteMultipartUpload", "hls/film.m3u8"):
            raise Killed

    studio.store.refuse = kill
    with pytest.raises(Killed):
        studio.worker().run_next()
    studio.store.refuse = lambda *_: None
    first = studio.store.objects("out")
    plan = studio.desk.lifecycle.saved_plan(job_id)
    studio.desk.clock.advance(3600)
    assert studio.worker().run_next()
    assert studio.desk.job(job_id).status is JobStatus.COMPLETE
    assert studio.desk.lifecycle.saved_plan(job_id) == plan
    second = studio.store.objects("out")
    assert {key: second[key] for key in first} == first
    assert studio.store.unfinished == {}


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        (RoleProblemKind.MALFORMED, 1515, "Invalid role ARN format. Please check the role ARN and try again."),
        (RoleProblemKind.MISSING, 1433,
         "Unable to assume role. Check that the role exists and that MediaConvert is a trusted entity."),
        (RoleProblemKind.NOT_TRUSTED, 1434,
         "Unable to open input file [s3://in/film.mp4]: [Failed probe/open: [Can't read input stream: "
         "[Failed to read data: AssumeRole failed]]]"),
    ],
)  # fmt: skip
def test_roles_that_cannot_be_assumed(studio: Studio, kind: RoleProblemKind, code: int, message: str) -> None:
    """Each problem of a role has MediaConvert's code and words."""
    studio.roles.problem = RoleProblem(kind, "arn:aws:iam::111122223333:role/transcode")
    job = studio.run(settings("file"))
    assert (job.status, job.error_code, job.error_message) == (JobStatus.ERROR, code, message)
    assert studio.is_clean()


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [("HeadObject", 403, 1401), ("HeadObject", 404, 1404), ("CreateMultipartUpload", 403, 1401),
     ("UploadPart", 500, 1517), ("CompleteMultipartUpload", 403, 1401)],
)  # fmt: skip
def test_what_s3_refuses(studio: Studio, film: Path, operation: str, status: int, code: int) -> None:
    """The job ends in the error of the call, and nothing of it is left."""
    studio.store.refuse = lambda called, *_: StoreError(called, "No", status) if called == operation else None
    job = studio.run(settings("file"))
    assert (job.status, job.error_code) == (JobStatus.ERROR, code)
    assert studio.is_clean()


def test_an_s3_that_does_not_answer_costs_an_attempt_and_not_the_job(studio: Studio, film: Path) -> None:
    """The job goes on running in the record, and after a pause of five seconds it completes, once S3 is back."""
    studio.store.refuse = lambda called, *_: StoreError(called, "NoAnswer", 0) if called == "UploadPart" else None
    job = studio.run(settings("file"))
    assert job.status is JobStatus.PROGRESSING
    studio.store.refuse = lambda *_: None
    studio.desk.clock.advance(4)
    assert not studio.worker().run_next()
    studio.desk.clock.advance(1)
    assert studio.worker().run_next()
    job = studio.desk.job(job.id)
    assert (job.status, job.retry_count) == (JobStatus.COMPLETE, 1)


def test_a_database_that_is_briefly_away_costs_an_attempt_and_not_the_job(
    studio: Studio, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report that could not be written is no fault of the job: it completes once the database is back."""

    def away(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(studio.desk.lifecycle, "progress", away)
        job = studio.run(settings("file"))
    assert job.status is JobStatus.PROGRESSING
    studio.desk.clock.advance(60)
    assert studio.worker().run_next()
    job = studio.desk.job(job.id)
    assert (job.status, job.retry_count) == (JobStatus.COMPLETE, 1)


def test_what_breaks_in_us_is_not_told(studio: Studio, film: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An unforeseen error ends the job with 1999; the detail is in the log and nowhere else."""

    class Broken:
        def run(self, *_: object) -> None:
            raise RuntimeError("secret path /var/lib")

    studio.engine = replace(studio.engine, executor=Broken())
    job = studio.run(settings("file"))
    assert (job.status, job.error_code, job.error_message) == (JobStatus.ERROR, 1999, "Unknown error")
    assert "secret path" in caplog.text
    assert job.id in caplog.text


def test_without_the_required_sandbox_nothing_runs(studio: Studio, film: Path, binaries: Binaries) -> None:
    """The job is refused before its role is worn, and the message says why."""
    broken = Sandbox(mode=Mode.REQUIRE, gaps=("this kernel offers no Landlock",))
    studio.engine = replace(studio.engine, tools=Toolbox(binaries=binaries, sandbox=broken))
    job = studio.run(settings("file"))
    assert (job.status, job.error_code) == (JobStatus.ERROR, 1999)
    assert "this kernel offers no Landlock" in job.error_message
    assert studio.roles.claims == []


@pytest.fixture
def when_transcoding(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Sets what happens once, at the first progress report with frames: the tool is running then."""
    lifecycle = studio.desk.lifecycle
    report = lifecycle.progress
    actions: list[Callable[[], object]] = []

    def progress(claim: Any, now: Any) -> None:
        report(claim, now)
        if now.phase is Phase.TRANSCODING and actions:
            actions.pop()()

    monkeypatch.setattr(lifecycle, "progress", progress)
    return actions.append


def long_film(ffmpeg: Callable[..., None], studio: Studio, tmp_path: Path) -> None:
    """Twenty seconds of picture and sound, long enough to be encoding when something happens."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=20", "-f", "lavfi", "-i", "sine=d=20",
           "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "long.mp4")  # fmt: skip
    studio.store.put("in", "film.mp4", (tmp_path / "long.mp4").read_bytes())


def test_cancel_while_it_encodes(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """CancelJob ends the tools; the job stays CANCELED and leaves nothing."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    when_transcoding(lambda: studio.desk.cancel(job.id))
    assert studio.worker().run_next()
    assert studio.desk.job(job.id).status is JobStatus.CANCELED
    assert studio.is_clean()


def test_a_lost_lease_ends_the_attempt(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """When another worker has taken the job, this attempt stops and settles nothing."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    when_transcoding(studio.desk.lose)
    assert studio.worker().run_next()
    record = studio.desk.job(job.id)
    assert (record.status, record.retry_count) == (JobStatus.PROGRESSING, 1)
    assert studio.is_clean()


def test_a_worker_that_is_told_to_stop_leaves_the_job_to_the_next(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """`stop` ends a running worker within seconds; its job is neither failed nor complete."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    worker = studio.worker()
    when_transcoding(worker.stop)
    thread = threading.Thread(target=worker.run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    assert studio.desk.job(job.id).status is JobStatus.PROGRESSING
    assert studio.is_clean()


def test_what_a_canceled_job_left_is_swept(studio: Studio) -> None:
    """A job that is canceled while its worker is dead: the next worker takes its uploads back."""
    claim = studio.desk.claim()
    studio.desk.lifecycle.uploads.intend(claim, "out", "film.mp4")
    studio.desk.lifecycle.uploads.began(
        claim, "out", "film.mp4", studio.store.create_upload("out", "film.mp4", "video/mp4")
    )
    studio.desk.cancel(claim.job_id)
    studio.desk.clock.advance(60)
    studio.worker().sweep()
    assert studio.store.unfinished == {}
    assert studio.desk.lifecycle.uploads.of_job(claim.job_id) == []
