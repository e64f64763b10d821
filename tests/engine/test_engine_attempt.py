"""Whole attempts: a worker, real tools and the plan of a real job, from claim to complete."""

import logging
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from engine.studio import Studio, settings
from telecine.engine.steps.decrypt import CONTEXT
from telecine.events import outbox
from telecine.services.mediaconvert.model import JobStatus
from web_server import Film, serving

pytestmark = pytest.mark.media


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
