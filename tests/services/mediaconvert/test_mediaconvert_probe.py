"""Probe through boto3 and the whole edge: what it finds, and that it reads no more than its caller may."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from botocore.exceptions import ClientError

from telecine.app.probing import WebReader
from telecine.engine import survey as engine_survey
from telecine.engine.web import Web
from telecine.outbound.client import Outbound
from telecine.outbound.guard import AllowedAddresses
from telecine.services.mediaconvert.model import InputFile
from web_server import answer, serving

Aws = Any  # the fixture of tests/services/conftest.py

pytestmark = pytest.mark.media
PROBE = {"Effect": "Allow", "Action": "mediaconvert:Probe", "Resource": "*"}


@pytest.fixture
def films(aws: Aws, clip: Path) -> str:
    """A bucket with a film in it: its name."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="in/film.mp4", Body=clip.read_bytes(), ContentType="video/mp4")
    return "films"


def _probe(client: Any, *addresses: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.probe(InputFiles=[{"FileUrl": one} for one in addresses])["ProbeResults"]
    return found


def _refusal(client: Any, *addresses: str) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        _probe(client, *addresses)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_film_is_described(aws: Aws, films: str, clip: Path) -> None:
    """Container, tracks and the object's own data, in the model's members."""
    head = aws.client("s3").head_object(Bucket=films, Key="in/film.mp4")
    (found,) = _probe(aws.client("mediaconvert"), f"s3://{films}/in/film.mp4")

    assert found["Metadata"] == {
        "ETag": head["ETag"].strip('"'),
        "FileSize": clip.stat().st_size,
        "LastModified": head["LastModified"],
        "MimeType": "video/mp4",
    }
    assert found["TrackMappings"] == [{"VideoTrackIndexes": [1], "AudioTrackIndexes": [2], "DataTrackIndexes": []}]
    container = found["Container"]
    assert container["Format"] == "mp4"
    assert container["Duration"] == pytest.approx(5.3, abs=0.1)
    assert container["BitRate"] == pytest.approx(clip.stat().st_size * 8 / container["Duration"], rel=0.01)
    video, audio = container["Tracks"]
    assert (video["Index"], video["TrackType"], video["Codec"]) == (1, "video", "AVC")
    properties = video["VideoProperties"]
    assert (properties["Width"], properties["Height"], properties["BitDepth"]) == (1280, 720, 8)
    assert properties["FrameRate"] == {"Numerator": 25, "Denominator": 1}
    assert properties["CodecMetadata"]["ScanType"] == "Progressive"
    assert properties["CodecMetadata"]["ChromaSubsampling"] == "4:2:0"
    assert (audio["Codec"], audio["TrackType"]) == ("AAC", "audio")
    assert (audio["AudioProperties"]["Channels"], audio["AudioProperties"]["ChannelLayout"]) == (6, "5.1")


def test_of_a_large_file_only_ends_and_index_are_read(
    aws: Aws, films: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index may stand at the end or in the middle: what is found is the same."""
    monkeypatch.setattr(engine_survey, "_WHOLE_BYTES", 100_000)
    monkeypatch.setattr(engine_survey, "_END_BYTES", 60_000)
    last = tmp_path / "last.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(clip), "-c", "copy", str(last)]
    subprocess.run(ffmpeg, check=True)
    middle = last.read_bytes() + (400_008).to_bytes(4, "big") + b"free" + bytes(400_000)
    s3, client = aws.client("s3"), aws.client("mediaconvert")
    s3.put_object(Bucket=films, Key="last.mp4", Body=last.read_bytes())
    s3.put_object(Bucket=films, Key="middle.mp4", Body=middle)
    read: list[int] = []
    survey = engine_survey.survey

    def counting(tools: Any, reading: Any, size: int, folder: Path) -> Any:
        def count(start: int, length: int) -> bytes:
            read.append(length)
            data: bytes = reading(start, length)
            return data

        return survey(tools, count, size, folder)

    monkeypatch.setattr("telecine.app.probing.survey", counting)
    for key in ("last.mp4", "middle.mp4"):
        read.clear()
        (found,) = _probe(client, f"s3://{films}/{key}")
        assert [track["Codec"] for track in found["Container"]["Tracks"]] == ["AVC", "AAC"]
        assert found["Container"]["Duration"] == pytest.approx(5.3, abs=0.1)
        assert sum(read) < 160_000


@pytest.mark.parametrize(
    "content",
    [b"", b"no film", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"\0\0\0\x01mdat" * 9],
    ids=["empty", "text", "playlist", "box"],
)
def test_what_is_no_media_has_neither_format_nor_tracks(aws: Aws, films: str, content: bytes) -> None:
    """As the model says: the format is blank."""
    aws.client("s3").put_object(Bucket=films, Key="odd", Body=content)
    (found,) = _probe(aws.client("mediaconvert"), f"s3://{films}/odd")

    assert found["Container"] == {"Tracks": []}
    assert found["Metadata"]["FileSize"] == len(content)


def test_it_reads_what_its_caller_may_read(aws: Aws, films: str) -> None:
    """Without s3:GetObject nothing; a bucket policy counts; "missing" is told to those alone who may list."""
    film, missing = f"s3://{films}/in/film.mp4", f"s3://{films}/in/none.mp4"
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{films}/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{films}"}
    nobody = aws.client("mediaconvert", aws.user("nobody"))
    prober = aws.client("mediaconvert", aws.user("prober", PROBE))
    reader = aws.client("mediaconvert", aws.user("reader", PROBE, read))
    lister = aws.client("mediaconvert", aws.user("lister", PROBE, read, listing))

    for who, action in ((nobody, "mediaconvert:Probe"), (prober, "s3:GetObject")):
        for address in (film, missing):
            status, code, message = _refusal(who, address)
            assert (status, code) == (403, "AccessDeniedException")
            assert f"is not authorized to perform: {action} " in message
    assert _probe(reader, film)[0]["Container"]["Format"] == "mp4"
    assert _refusal(reader, missing)[:2] == (403, "AccessDeniedException")
    expected = f"/inputFiles/0/fileUrl: The input file [{missing}] cannot be read: The specified key does not exist."
    assert _refusal(lister, missing) == (400, "BadRequestException", expected)
    assert _refusal(lister, "s3://no-such-bucket-here/film.mp4")[:2] == (400, "BadRequestException")
    assert _refusal(nobody, "s3://no-such-bucket-here/film.mp4")[:2] == (403, "AccessDeniedException")


def test_a_condition_sees_that_mediaconvert_asks_for_the_caller(aws: Aws, films: str) -> None:
    """As with any request that a service makes with its caller's rights: `aws:CalledVia`, `aws:ViaAWSService`."""
    condition = {
        "Bool": {"aws:ViaAWSService": "true"},
        "ForAnyValue:StringEquals": {"aws:CalledVia": "mediaconvert.amazonaws.com"},
    }
    keys = aws.user(
        "via", PROBE, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    )
    assert _probe(aws.client("mediaconvert", keys), f"s3://{films}/in/film.mp4")
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.client("s3", keys).get_object(Bucket=films, Key="in/film.mp4")


def test_an_encrypted_object_takes_the_callers_key_permission(aws: Aws, clip: Path) -> None:
    """kms:Decrypt on the object's key, as for GetObject; a disabled key is told in KMS's words."""
    s3, kms = aws.client("s3"), aws.client("kms")
    s3.create_bucket(Bucket="vault")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(
        Bucket="vault", Key="film.mp4", Body=clip.read_bytes(), ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    decrypt = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    without, with_key = aws.user("without", PROBE, read), aws.user("with", PROBE, read, decrypt)

    status, code, message = _refusal(aws.client("mediaconvert", without), "s3://vault/film.mp4")
    assert (status, code) == (403, "AccessDeniedException")
    assert "kms:Decrypt" in message
    holder = aws.client("mediaconvert", with_key)
    assert _probe(holder, "s3://vault/film.mp4")[0]["Container"]["Format"] == "mp4"
    kms.disable_key(KeyId=key)
    assert _refusal(holder, "s3://vault/film.mp4")[:2] == (400, "BadRequestException")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "/inputFiles: Should have at least 1 items"),
        ([{}], "/inputFiles/0: fileUrl is a required property"),
        ([{"FileUrl": "film.mp4"}], "/inputFiles/0/fileUrl: Should match pattern ^s3://[^/]+/.+ or ^https?://[^/]+/.*"),
        (
            [{"FileUrl": "s3://films"}],
            "/inputFiles/0/fileUrl: Should match pattern ^s3://[^/]+/.+ or ^https?://[^/]+/.*",
        ),
        (
            [{"FileUrl": "file:///etc/passwd"}],
            "/inputFiles/0/fileUrl: Should match pattern ^s3://[^/]+/.+ or ^https?://[^/]+/.*",
        ),
        ([{"FileUrl": "s3://films/in/film.mp4"}] * 5, "/inputFiles: Should have at most 4 items"),
    ],
)
def test_files_that_cannot_be(aws: Aws, films: str, files: list[dict[str, str]], message: str) -> None:
    """400 with the file's path."""
    assert films
    with pytest.raises(ClientError) as caught:
        aws.client("mediaconvert").probe(InputFiles=files)
    assert caught.value.response["Error"]["Message"] == message


def test_nobody_keeps_the_others_out(aws: Aws, films: str) -> None:
    """One user has one turn, an account two, all together three; the others hear 429 at once, not after a wait."""
    probes, released = aws.api.ground.lifecycle.probes, threading.Event()
    begun = threading.Semaphore(0)
    nothing = InputFile(size=0, etag=None, last_modified=None, mime_type=None, read=lambda _start, _size: b"")
    look = probes._look

    def slowly(file: Any) -> Any:
        begun.release()
        assert released.wait(30)
        return look(file)

    probes.connect(probes._reader, lambda _address, _policy: nothing, slowly)
    busy = (429, "TooManyRequestsException", "Too many probes are running. Try again in a few seconds.")
    film = "http://films.example/film.mp4"
    keys = [aws.user(name, PROBE) for name in ("greedy", "modest", "late")]
    greedy, modest, late = (aws.client("mediaconvert", of_user) for of_user in keys)
    made: list[Any] = []
    aws.api.ground.directory.accounts.create("Others", "root@others.example", "222222222222", hand_over=made.append)
    key = made[0].key
    keys_elsewhere = type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)
    elsewhere = aws.client("mediaconvert", keys_elsewhere)
    with ThreadPoolExecutor(3) as others:
        running = []
        for client, refused in ((greedy, greedy), (modest, late), (elsewhere, elsewhere)):
            running.append(others.submit(_probe, client, film))
            assert begun.acquire(timeout=30)
            assert _refusal(refused, film) == busy
        released.set()
        assert [len(one.result(30)) for one in running] == [1, 1, 1]
    assert all(_probe(client, film) for client in (greedy, modest, late, elsewhere))


@pytest.fixture
def address(clip: Path, tmp_path: Path) -> Iterator[str]:
    """Of the film at a web server on this machine, which knows of ranges."""
    film = clip.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._head(200, len(film))

        def do_GET(self) -> None:
            start, _, end = self.headers["Range"].removeprefix("bytes=").partition("-")
            part = film[int(start) : int(end) + 1]
            self._head(206, len(part), ("Content-Range", f"bytes {start}-{int(start) + len(part) - 1}/{len(film)}"))
            self.wfile.write(part)

        def _head(self, status: int, length: int, *more: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("Content-Length", str(length)), ("ETag", '"one"'), *more):
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/film.mp4"
        server.shutdown()
        thread.join()


def test_a_file_at_a_web_server_is_described(aws: Aws, address: str) -> None:
    """Where `--allow-address` lets requests go; what it does not is refused, like a server that does not answer."""
    client, probes = aws.client("mediaconvert"), aws.api.ground.lifecycle.probes
    status, code, message = _refusal(client, address)
    assert (status, code) == (400, "BadRequestException")
    assert message.startswith(f"/inputFiles/0/fileUrl: The input file [{address}] cannot be read: ")
    outbound = Outbound(allowed=AllowedAddresses.of(["127.0.0.0/8"], []), trusted=ssl.create_default_context())
    probes.connect(probes._reader, WebReader(Web(outbound, pauses=())), probes._look)

    (found,) = _probe(client, address)
    assert [track["Codec"] for track in found["Container"]["Tracks"]] == ["AVC", "AAC"]
    assert found["Metadata"]["ETag"] == "one"
    assert _refusal(client, address.replace("127.0.0.1", "127.0.0.2"))[0] == 400


def test_the_accounts_input_policy_holds_for_probe(aws: Aws, films: str, address: str) -> None:
    """What a job may not read is not probed, nor what it redirects to, in the words that CreateJob has for it."""
    client, probes = aws.client("mediaconvert"), aws.api.ground.lifecycle.probes
    outbound = Outbound(allowed=AllowedAddresses.of(["127.0.0.0/8"], []), trusted=ssl.create_default_context())
    probes.connect(probes._reader, WebReader(Web(outbound, pauses=())), probes._look)
    film = f"s3://{films}/in/film.mp4"
    words = "You specified an input location that your policy disallows."
    refused = (400, "BadRequestException", f"{words} Specify an allowed input location and resubmit your job.")

    client.put_policy(Policy={"S3Inputs": "DISALLOWED"})
    assert _refusal(client, film) == refused
    assert _refusal(client, address, film) == refused
    assert _probe(client, address)
    client.put_policy(Policy={"HttpInputs": "DISALLOWED"})
    assert _refusal(client, address) == refused
    assert _probe(client, film)
    client.put_policy(Policy={"HttpsInputs": "DISALLOWED"})
    with serving(lambda _request: answer(302, location="https://127.0.0.1/film.mp4")) as server:
        assert f"cannot be read: 3457: {words}" in _refusal(client, server.url())[2]


@pytest.mark.parametrize(
    ("header", "value"),
    [("Content-Length", "9999999999999999999"), ("Last-Modified", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT")],
)
def test_what_a_web_server_makes_up_is_no_fault_of_ours(aws: Aws, header: str, value: str) -> None:
    """A size that no file has is refused; a date that is none is left out."""
    client, probes = aws.client("mediaconvert"), aws.api.ground.lifecycle.probes

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            for name, given in {"Content-Length": "0", header: value}.items():
                self.send_header(name, given)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    outbound = Outbound(allowed=AllowedAddresses.of(["127.0.0.0/8"], []), trusted=ssl.create_default_context())
    probes.connect(probes._reader, WebReader(Web(outbound, pauses=())), probes._look)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/film.mp4"
        try:
            if header == "Content-Length":
                status, _, message = _refusal(client, address)
                assert (status, "larger than any file" in message) == (400, True)
            else:
                assert _probe(client, address)[0]["Metadata"] == {"FileSize": 0}
        finally:
            server.shutdown()
            thread.join()
