"""CPU that the server spends on one signed request, its own threads and the kernel's work for it included."""

import json
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.server import Server, figure, serving

REQUESTS = 3200
WARM_UP = 320
CONNECTIONS = 8
LIMIT_LIST_QUEUES = 300
LIMIT_CREATE_JOB = 1000
CONCURRENCY = 32
ROUNDS = 3
AT_ONCE = 1600
LEAST_SHARE = 0.5


def run() -> Iterator[dict[str, Any]]:
    """Microseconds of CPU of the api process for ListQueues, CreateJob with a 12 kB body, and HEAD of an object; and
    how many CreateJobs there are a second at a concurrency of 32, beside SQLite's bare commits."""
    with serving() as server:
        server.client("s3").create_bucket(Bucket="bench-bucket")
        server.client("s3").put_object(Bucket="bench-bucket", Key="object", Body=b"x" * 1000)
        queues = server.client("mediaconvert")
        # Paused: CreateJob is measured, and not how a worker writes at the same time what becomes of the jobs.
        name = queues.create_queue(Name="bench", Status="PAUSED")["Queue"]["Name"]
        listing = _cpu(server, "mediaconvert", "GET", "/2017-08-29/queues")
        yield figure(
            "signed ListQueues",
            listing,
            "us CPU",
            ratio=listing / LIMIT_LIST_QUEUES,
            against=f"the limit of {LIMIT_LIST_QUEUES} us",
        )
        body = json.dumps(_job(name)).encode()
        creating = _cpu(server, "mediaconvert", "POST", "/2017-08-29/jobs", body, 640)
        yield figure(
            f"signed CreateJob ({len(body)} bytes)",
            creating,
            "us CPU",
            ratio=creating / LIMIT_CREATE_JOB,
            against=f"the limit of {LIMIT_CREATE_JOB} us",
        )
        yield from _rates(server, body)
        yield figure("signed S3 HEAD", _cpu(server, "s3", "HEAD", "/bench-bucket/object"), "us CPU")


def _rates(server: Server, body: bytes) -> Iterator[dict[str, Any]]:
    """Ours and the peer's in turns, each on a fresh part of the same disk."""
    ours, same, thin = [], [], []
    for turn in range(ROUNDS):
        payloads = [body.replace(b"REQUEST", f"{turn}-{number:05d}".encode()) for number in range(AT_ONCE)]
        messages = [signed_message(server, "mediaconvert", "POST", "/2017-08-29/jobs", each) for each in payloads]
        ours.append(_rate(server, messages))
        same.append(_bare_commits(body, "same"))
        thin.append(_bare_commits(body, "thin"))
    share = statistics.median(our / peer for our, peer in zip(ours, same, strict=True))
    yield figure(
        f"SQLite's bare commits of the same rows, {CONCURRENCY} at a time", statistics.median(same), "a second"
    )
    yield figure(
        f"SQLite's bare commits of two thin rows, {CONCURRENCY} at a time", statistics.median(thin), "a second"
    )
    yield figure(
        f"CreateJob, {CONCURRENCY} at a time",
        statistics.median(ours),
        "a second",
        ratio=share,
        against=f"bare commits of the same rows: at least {LEAST_SHARE}",
    )


def _rate(server: Server, messages: list[bytes]) -> float:
    """Answers a second over `CONCURRENCY` connections, each of which sends its next request when it has its answer."""
    address, waiting = urlsplit(server.url), iter(messages)
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        started = time.perf_counter()
        for _ in range(CONCURRENCY):
            connection = stack.enter_context(socket.create_connection((address.hostname, address.port)))
            selector.register(connection, selectors.EVENT_READ)
            connection.sendall(next(waiting))
        answered = 0
        while answered < len(messages):
            for key, _ in selector.select():
                connection = key.fileobj  # type: ignore[assignment]
                _receive(connection, has_body=True)
                answered += 1
                message = next(waiting, None)
                if message is not None:
                    connection.sendall(message)
        return len(messages) / (time.perf_counter() - started)


def _bare_commits(body: bytes, kind: str) -> float:
    """Writes a second of as many such jobs, as many at a time, with nothing around them (`peers.commits`)."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        file = Path(name) / "bare.db"
        command = [sys.executable, "-m", "benchmarks.peers.commits", str(file), str(CONCURRENCY), str(AT_ONCE), kind]
        done = subprocess.run(command, input=body, capture_output=True, check=True)
        return float(done.stdout)


def _cpu(server: Server, service: str, method: str, path: str, body: bytes = b"", count: int = REQUESTS) -> float:
    """Microseconds of CPU per request, over `CONNECTIONS` connections that are kept busy.

    Requests are signed before the clock starts; the api process alone is measured, its kernel time included.
    """
    payloads = [body.replace(b"REQUEST", f"{number:07d}".encode()) for number in range(WARM_UP + count if body else 1)]
    messages = [signed_message(server, service, method, path, payload) for payload in payloads]
    wanted = [messages[number % len(messages)] for number in range(WARM_UP + count)]
    return _replay(server, wanted, has_body=method != "HEAD")


def _replay(server: Server, messages: list[bytes], *, has_body: bool) -> float:
    """Rounds of one request on each connection, then all their answers; the client is light, not to disturb."""
    address, api = urlsplit(server.url), server.api()
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection((address.hostname, address.port))) for _ in range(CONNECTIONS)
        ]
        used = 0.0
        for start in range(0, len(messages), CONNECTIONS):
            if start == WARM_UP:
                used = sum(api.cpu_times()[:2])
            pairs = list(zip(sockets, messages[start : start + CONNECTIONS], strict=False))
            for connection, message in pairs:
                connection.sendall(message)
            for connection, _ in pairs:
                _receive(connection, has_body=has_body)
        return float(sum(api.cpu_times()[:2]) - used) / (len(messages) - WARM_UP) * 1e6


def _receive(connection: socket.socket, *, has_body: bool) -> None:
    answer = connection.recv(1 << 16)
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1 << 16)
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1] not in {b"200", b"201"}:
        raise RuntimeError(answer.decode())
    if has_body:
        missing = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
        while missing > 0:
            missing -= len(connection.recv(1 << 16))


def signed_message(server: Server, service: str, method: str, path: str, body: bytes = b"") -> bytes:
    """The bytes of one signed request."""
    headers = {
        "Host": urlsplit(server.url).netloc,
        "Content-Length": str(len(body)),
        **_signed(server, service, method, path, body),
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _signed(server: Server, service: str, method: str, path: str, body: bytes) -> dict[str, str]:
    request = AWSRequest(method=method, url=server.url + path, data=body or None)
    if body:
        request.headers["Content-Type"] = "application/json"
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(Credentials(*server.credentials()), service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


def _job(queue: str) -> dict[str, Any]:
    """A job of about 12 kB on the wire that asks for 21 renditions."""
    output = {
        "containerSettings": {"container": "M3U8", "m3u8Settings": {}},
        "videoDescription": {
            "width": 640,
            "height": 360,
            "codecSettings": {
                "codec": "H_264",
                "h264Settings": {
                    "rateControlMode": "QVBR",
                    "maxBitrate": 1000000,
                    "qvbrSettings": {"qvbrQualityLevel": 7},
                    "gopSize": 2,
                    "gopSizeUnits": "SECONDS",
                    "qualityTuningLevel": "SINGLE_PASS",
                },
            },
        },
        "audioDescriptions": [
            {
                "audioSourceName": "Audio Selector 1",
                "codecSettings": {
                    "codec": "AAC",
                    "aacSettings": {"bitrate": 96000, "codingMode": "CODING_MODE_2_0", "sampleRate": 48000},
                },
            }
        ],
    }
    group = {
        "outputGroupSettings": {
            "type": "HLS_GROUP_SETTINGS",
            "hlsGroupSettings": {"destination": "s3://bench-out/main", "segmentLength": 2, "minSegmentLength": 0},
        },
        "outputs": [{**output, "nameModifier": f"_{number}"} for number in range(21)],
    }
    return {
        "queue": queue,
        "role": "arn:aws:iam::000000000000:role/missing",
        "clientRequestToken": "bench-REQUEST",
        "userMetadata": {"number": "REQUEST"},
        "settings": {
            "inputs": [
                {
                    "fileInput": "s3://bench-bucket/object",
                    "audioSelectors": {"Audio Selector 1": {"defaultSelection": "DEFAULT"}},
                }
            ],
            "outputGroups": [group],
        },
    }
