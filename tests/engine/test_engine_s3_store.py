"""The boto3 store against an S3 of a hundred lines: what goes over the wire, and what becomes of faults."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from telecine.engine.aws import Endpoint
from telecine.engine.storage import Part, S3MediaStore, S3Stores, StoreError
from telecine.media.plan.model import ObjectTerms
from telecine.services.sts.model import SessionCredentials
from telecine.testing.storage import FolderStore

SESSION = SessionCredentials(
    access_key_id="ASIAAAAAAAAAAAAAAAAA",
    secret_access_key="secret",
    session_token="token",
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
)


ROLE = "arn:aws:iam::111122223333:role/transcode"


class TinyS3(BaseHTTPRequestHandler):
    """Speaks just enough S3 over a `FolderStore`."""

    protocol_version = "HTTP/1.1"
    store: FolderStore
    seen: list[dict[str, str]]
    cuts: int
    """How many more bodies break off half way."""
    unanswered: set[str]
    """The methods of which the next request is carried out, and the connection closed instead of an answer."""

    def log_message(self, *_: object) -> None:
        pass

    def handle_any(self) -> None:
        self.seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            self.answer_call(bucket, key, query, body)
        except StoreError as problem:
            xml = f"<Error><Code>{problem.code}</Code><Message>m</Message></Error>".encode()
            self.reply(problem.status, b"" if self.command == "HEAD" else xml)

    do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def answer_call(self, bucket: str, key: str, query: dict[str, str], body: bytes) -> None:
        upload_id = query.get("uploadId", "")
        match self.command, sorted(query):
            case "HEAD", []:
                info = self.store.head(bucket, key)
                self.reply(200, b"", {"ETag": info.etag, "Content-Length": str(info.size)})
            case "GET", []:
                start, end = map(int, re.findall(r"\d+", self.headers["Range"]))
                etag = self.headers["If-Match"]
                data = self.store.read(bucket, key, etag=etag, start=start, size=end - start + 1)
                self.reply(206, data, {"ETag": etag})
            case "GET", [*names] if "uploads" in names:
                found = [
                    f"<Upload><Key>{other}</Key><UploadId>{upload}</UploadId></Upload>"
                    for upload, (_, other) in self.store.unfinished.items()
                    if other.startswith(query["prefix"])
                ]
                self.reply(200, f"<ListMultipartUploadsResult>{''.join(found)}</ListMultipartUploadsResult>".encode())
            case "POST", ["uploads"]:
                upload_id = self.store.create_upload(bucket, key, self.headers["Content-Type"])
                xml = f"<InitiateMultipartUploadResult><UploadId>{upload_id}</UploadId></InitiateMultipartUploadResult>"
                self.reply(200, xml.encode())
            case "PUT", ["partNumber", "uploadId"]:
                part = self.store.upload_part(bucket, key, upload_id, int(query["partNumber"]), body)
                self.reply(200, b"", {"ETag": part.etag})
            case "POST", ["uploadId"]:
                numbers = [int(number) for number in re.findall(rb"<PartNumber>(\d+)", body)]
                parts = tuple(Part(number=number, etag="") for number in numbers)
                version = self.store.complete_upload(bucket, key, upload_id, parts)
                told = {} if version is None else {"x-amz-version-id": version}
                self.reply(200, b"<CompleteMultipartUploadResult/>", told)
            case "DELETE", ["uploadId"]:
                self.store.abort_upload(bucket, key, upload_id)
                self.reply(204, b"")
            case "DELETE", [] | ["versionId"]:
                self.store.delete(bucket, key, query.get("versionId"))
                self.reply(204, b"")

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        if self.command in self.unanswered:
            self.unanswered.remove(self.command)
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if body and status == 206 and self.cuts:
            type(self).cuts -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)


@pytest.fixture
def wire(store: FolderStore) -> Iterator[type[TinyS3]]:
    """A live server on loopback; its class holds what it has seen."""
    handler = type("Handler", (TinyS3,), {"store": store, "seen": [], "cuts": 0, "unanswered": set()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture
def s3(wire: Any) -> S3MediaStore:
    return S3Stores(Endpoint(url=wire.endpoint, region="us-east-1")).open(lambda: SESSION, ROLE)


def test_a_multipart_upload_and_back(s3: S3MediaStore, store: FolderStore, wire: Any) -> None:
    """Parts become the object, in the content type we name; a range of it comes back."""
    upload_id = s3.create_upload("out", "a b/film ü.mp4", "video/mp4")
    assert s3.uploads("out", "a b/film ü.mp4") == (upload_id,)
    assert s3.uploads("out", "a b/film") == ()
    parts = tuple(
        s3.upload_part("out", "a b/film ü.mp4", upload_id, number, data)
        for number, data in ((1, b"first"), (2, b"second"))
    )
    assert store.objects("out") == {}
    s3.complete_upload("out", "a b/film ü.mp4", upload_id, parts)
    assert store.objects("out") == {"a b/film ü.mp4": b"firstsecond"}
    assert store.content_types == {"a b/film ü.mp4": "video/mp4"}
    info = s3.head("out", "a b/film ü.mp4")
    assert info.size == 11
    assert s3.read("out", "a b/film ü.mp4", etag=info.etag, start=3, size=4) == b"stse"
    s3.delete("out", "a b/film ü.mp4")
    assert store.objects("out") == {}


def test_a_version_is_told_and_deleted(s3: S3MediaStore, store: FolderStore) -> None:
    """Of a bucket that keeps versions S3 tells which one was made; that one can be deleted, and nothing is left."""
    store.versioned.add("out")
    upload_id = s3.create_upload("out", "film.mp4", "video/mp4")
    part = s3.upload_part("out", "film.mp4", upload_id, 1, b"film")
    version = s3.complete_upload("out", "film.mp4", upload_id, (part,))
    assert version is not None
    s3.delete("out", "film.mp4", version)
    assert store.versions == {("out", "film.mp4"): {}}
    assert store.objects("out") == {}


def test_terms_are_headers_of_the_upload_and_nothing_else_is_asked(s3: S3MediaStore, wire: Any) -> None:
    """S3 hears of the key, its context, the ACL and the storage class; without terms it hears nothing of them."""
    terms = ObjectTerms(
        encryption="aws:kms", kms_key="arn:aws:kms:us-east-1:1:key/k", kms_context="e30=", acl="public-read",
        storage_class="STANDARD_IA",
    )  # fmt: skip
    s3.create_upload("out", "film.mp4", "video/mp4", terms)
    s3.create_upload("out", "film.mp4", "video/mp4")
    names = {"x-amz-acl", "x-amz-storage-class"}
    asked, silent = (
        {
            name.removeprefix("x-amz-"): value
            for name, value in request.items()
            if name in names or name.startswith("x-amz-server-side")
        }
        for request in wire.seen
    )
    assert silent == {}
    assert asked == {
        "server-side-encryption": "aws:kms",
        "server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:1:key/k",
        "server-side-encryption-context": "e30=",
        "acl": "public-read",
        "storage-class": "STANDARD_IA",
    }


def test_requests_carry_the_roles_session_and_nothing_else(s3: S3MediaStore, store: FolderStore, wire: Any) -> None:
    """Path style, signed with the session's key and token, without trailers that other servers do not know."""
    upload_id = s3.create_upload("out", "film.mp4", "video/mp4")
    s3.upload_part("out", "film.mp4", upload_id, 1, b"data")
    s3.abort_upload("out", "film.mp4", upload_id)
    assert store.unfinished == {}
    for request in wire.seen:
        assert request["path"].startswith("/out/film.mp4")
        assert "Credential=ASIAAAAAAAAAAAAAAAAA/" in request["authorization"]
        assert request["x-amz-security-token"] == "token"
        assert "x-amz-trailer" not in request


@pytest.mark.parametrize(
    ("name", "value"),
    [("AWS_PROFILE", "no-such-profile"), ("HTTP_PROXY", "http://127.0.0.1:9"), ("AWS_ACCESS_KEY_ID", "AKIAWRONG"),
     ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_CONFIG_FILE", "/dev/null/none")],
)  # fmt: skip
def test_the_operators_environment_does_not_matter(
    wire: Any, store: FolderStore, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Profiles, proxies and keys of whoever starts the server do not reach the engine."""
    monkeypatch.setenv(name, value)
    store.put("in", "film.mp4", b"film")
    opened = S3Stores(Endpoint(url=wire.endpoint, region="us-east-1")).open(lambda: SESSION, ROLE)
    assert opened.head("in", "film.mp4").size == 4
    assert "ASIAAAAAAAAAAAAAAAAA" in wire.seen[-1]["authorization"]


def test_a_renewed_session_takes_over(wire: Any, store: FolderStore) -> None:
    """Once the session is another, requests are signed with it."""
    store.put("in", "film.mp4", b"film")
    sessions = iter([SESSION, replace(SESSION, access_key_id="ASIABBBBBBBBBBBBBBBB")])
    opened = S3Stores(Endpoint(url=wire.endpoint, region="us-east-1")).open(lambda: next(sessions), ROLE)
    opened.head("in", "film.mp4")
    opened.head("in", "film.mp4")
    assert ["ASIAB" in request["authorization"] for request in wire.seen] == [False, True]


def test_a_body_that_breaks_off_is_read_again(s3: S3MediaStore, store: FolderStore, wire: Any) -> None:
    """Two broken connections later the range is whole."""
    store.put("in", "film.mp4", bytes(range(200)))
    etag = s3.head("in", "film.mp4").etag
    wire.cuts = 2
    assert s3.read("in", "film.mp4", etag=etag, start=100, size=100) == bytes(range(100, 200))


@pytest.mark.parametrize("is_repeated", [False, True])
def test_what_is_said_to_a_repetition_is_marked(
    s3: S3MediaStore, store: FolderStore, wire: Any, is_repeated: bool
) -> None:
    """An abort that is carried out, not answered, and asked for again finds no upload: not as one that came too late."""
    upload_id = s3.create_upload("out", "film.mp4", "video/mp4")
    if is_repeated:
        wire.unanswered = {"DELETE"}
    else:
        store.abort_upload("out", "film.mp4", upload_id)
    with pytest.raises(StoreError) as caught:
        s3.abort_upload("out", "film.mp4", upload_id)
    assert (caught.value.is_missing, caught.value.is_repeated) == (True, is_repeated)


@pytest.mark.parametrize(
    ("error", "is_denied", "is_missing"),
    [
        (StoreError("", "AccessDenied", 403), True, False),
        (StoreError("", "NoSuchKey", 404), False, True),
        (StoreError("", "PreconditionFailed", 412), False, False),
    ],
)
def test_refusals_keep_their_code(
    s3: S3MediaStore, store: FolderStore, error: StoreError, is_denied: bool, is_missing: bool
) -> None:
    """S3's code and status reach the step that must word them."""
    store.put("in", "film.mp4", b"film")
    etag = s3.head("in", "film.mp4").etag
    store.refuse = lambda *_: error
    with pytest.raises(StoreError) as caught:
        s3.read("in", "film.mp4", etag=etag, start=0, size=4)
    assert (caught.value.operation, caught.value.code) == ("GetObject", error.code)
    assert (caught.value.is_denied, caught.value.is_missing) == (is_denied, is_missing)
    with pytest.raises(StoreError) as caught:  # a HEAD has no body to hold a code
        s3.head("in", "film.mp4")
    assert caught.value.status == error.status
