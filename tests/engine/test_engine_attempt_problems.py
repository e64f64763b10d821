"""Attempts that fail: roles, S3, the database, ourselves."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from engine.studio import Studio, settings
from telecine.engine.storage import StoreError
from telecine.engine.tools.binaries import Binaries
from telecine.engine.tools.sandbox import Mode, Sandbox
from telecine.engine.tools.toolbox import Toolbox
from telecine.services.mediaconvert.model import JobStatus
from telecine.services.sts.errors import RoleProblem, RoleProblemKind

pytestmark = pytest.mark.media


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
