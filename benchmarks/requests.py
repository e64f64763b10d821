"""CPU that the server spends on one signed request, its own threads and the kernel's work for it included."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
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


def run() -> Iterator[dict[str, Any]]:
    """Microseconds of CPU of the api process for ListQueues, CreateJob with a 12 kB body, and HEAD of an object."""
    with serving() as server:
        server.client("s3").create_bucket(Bucket="bench-bucket")
        server.client("s3").put_object(Bucket="bench-bucket", Key="object", Body=b"x" * 1000)
        queue = server.client("mediaconvert")
        name = queue.list_queues()["Queues"][0]["Name"]
        listing = _cpu(server, "mediaconvert", "GET", "/2017-08-29/queues")
        yield figure(
            "signed ListQueues",
            listing,
            "us CPU",
            ratio=listing / LIMIT_LIST_QUEUES,
            against=f"the limit of {LIMIT_LIST_QUEUES} us",
        )
        body = json.dumps(_job(name)).encode()
        yield figure(
            f"signed CreateJob ({len(body)} bytes)",
            _cpu(server, "mediaconvert", "POST", "/2017-08-29/jobs", body, 640),
            "us CPU",
        )
        yield figure("signed S3 HEAD", _cpu(server, "s3", "HEAD", "/bench-bucket/object"), "us CPU")


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
        return (sum(api.cpu_times()[:2]) - used) / (len(messages) - WARM_UP) * 1e6


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
    """A job of about 12 kB on the wire that asks for sixteen renditions, waiting in a queue that is busy."""
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
