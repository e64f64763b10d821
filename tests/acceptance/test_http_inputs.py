"""Inputs at web servers, as an unmodified client submits them to a real server."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.studio import Studio
from web_server import Answer, Certified, Film, Request, WebServer, serving

pytestmark = [pytest.mark.media, pytest.mark.slow]


@pytest.fixture(scope="module")
def closed(server: Any, short_clip: Path) -> Studio:
    """A server as it is without options."""
    return Studio(server, short_clip)


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certified, Path]:
    """An authority that the operator names, and its file."""
    own = Certified.make("films.example")
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_bytes(own.pem)
    return own, path


@pytest.fixture(scope="module")
def open_(
    server_factory: Any,
    own_authority: tuple[Certified, Path],
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Path,
) -> Iterator[Studio]:
    """A server that lets jobs reach one address of this machine, and trusts the authority."""
    options = ["--allow-address", "127.0.0.1/32", "--trust-ca", str(own_authority[1])]
    server = server_factory.start(tmp_path_factory.mktemp("open") / "data", *options)
    yield Studio(server, short_clip)
    server.stop()


@pytest.fixture
def films(short_clip: Path) -> Iterator[WebServer]:
    with serving(Film(short_clip.read_bytes())) as server:
        yield server


def submit(studio: Studio, url: str, prefix: str) -> str:
    """The id of a job of the studio's editor with this input and one file as its output."""
    text = json.dumps(studio.ladder()).replace(f"s3://{studio.OUTPUT}/", f"s3://{studio.OUTPUT}/{prefix}/")
    settings = json.loads(text)
    settings["Inputs"][0]["FileInput"] = url
    settings["OutputGroups"] = settings["OutputGroups"][:1]
    return str(studio.editor("mediaconvert").create_job(Role=studio.role, Settings=settings)["Job"]["Id"])


def test_a_film_at_a_web_server_gives_what_it_gives_in_s3(open_: Studio, films: WebServer) -> None:
    """The same bytes under the same names; the record keeps the URL, and neither log nor events its query."""
    url = films.url("/film.mp4?token=secret")
    job = open_.finish(submit(open_, url, "web"))
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    bucket, key = open_.INPUT
    stored = open_.finish(submit(open_, f"s3://{bucket}/{key}", "stored"))
    assert stored["Status"] == "COMPLETE"
    assert open_.objects("web") == open_.objects("stored") != {}
    assert job["Settings"]["Inputs"][0]["FileInput"] == url
    assert films.count("HEAD") == 1
    assert "secret" not in open_.server.log.read_text()
    assert "secret" not in json.dumps(open_.events())
    audit = [path.read_text() for path in (open_.server.data_dir / "audit").iterdir()]
    assert "token=secret" not in "".join(audit)


def test_https_with_an_authority_that_the_operator_names(
    open_: Studio, own_authority: tuple[Certified, Path], short_clip: Path
) -> None:
    """`--trust-ca` counts for inputs, and nothing else is trusted."""
    with serving(Film(short_clip.read_bytes()), own_authority[0].listening()) as server:
        job = open_.finish(submit(open_, server.url(), "https"))
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    with serving(Film(b""), Certified.make("films.example").listening()) as server:
        job = open_.finish(submit(open_, server.url(), "https-wrong"))
        text = f"3455: SSL failures encountered when accessing: '{server.url()}'."
    assert (job["Status"], job["ErrorCode"], job["ErrorMessage"]) == ("ERROR", 3455, text)


def test_without_the_option_nothing_of_this_machine_is_reached(closed: Studio, films: WebServer) -> None:
    """The documented code for a server's address, and nobody is asked."""
    url = films.url("/film.mp4?token=secret")
    job = closed.finish(submit(closed, url, "closed"))
    text = f"3456: HTTP server address '127.0.0.1' for URL '{films.url('/film.mp4?REMOVED=true')}' is invalid."
    assert (job["Status"], job["ErrorCode"], job["ErrorMessage"]) == ("ERROR", 3456, text)
    assert not films.requests
    assert closed.names() == []
    assert "which --allow-address does not allow" in closed.server.log.read_text()
    assert "secret" not in closed.server.log.read_text()


def test_a_presigned_url_of_this_server_is_an_input(closed: Studio) -> None:
    """Our own listeners may be reached without the option; the URL is signed for GET, and HEAD is refused."""
    bucket, key = closed.INPUT
    url = closed.admin("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    assert url.startswith(closed.server.url)
    job = closed.finish(submit(closed, url, "presigned"))
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    assert "Signature=" not in closed.server.log.read_text()
    assert "Signature=" not in json.dumps(closed.events())


def test_a_missing_file_is_3404(open_: Studio) -> None:
    """As its server says."""
    with serving(lambda _request: b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n") as server:
        job = open_.finish(submit(open_, server.url(), "missing"))
        assert (job["ErrorCode"], job["ErrorMessage"]) == (3404, f"3404: '{server.url()}' not found.")


def test_cancel_while_a_server_is_slow(open_: Studio, short_clip: Path) -> None:
    """The job is CANCELED at once, the worker hangs up and goes on to the next job."""
    film = Film(short_clip.read_bytes())

    def slow(request: Request) -> Answer:
        return film(request) if request.method == "HEAD" else server.stay_silent

    with serving(slow) as server:
        job_id = submit(open_, server.url(), "slow")
        deadline = time.monotonic() + 30
        while not server.count("GET"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        open_.admin("mediaconvert").cancel_job(Id=job_id)
        job = open_.finish(job_id)
        assert job["Status"] == "CANCELED"
        assert open_.finish(submit(open_, "s3://studio-in/film.mp4", "after"))["Status"] == "COMPLETE"
    assert open_.objects("slow") == {}
    assert open_.scratch() == []
