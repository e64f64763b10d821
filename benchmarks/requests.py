"""CPU that the server spends on one signed request, its own threads and the kernel's work for it included."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.server import Server, figure, serving

REQUESTS = 1500
WARM_UP = 150
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
            _cpu(server, "mediaconvert", "POST", "/2017-08-29/jobs", body, 400),
            "us CPU",
        )
        yield figure("signed S3 HEAD", _cpu(server, "s3", "HEAD", "/bench-bucket/object"), "us CPU")


def _cpu(server: Server, service: str, method: str, path: str, body: bytes = b"", count: int = REQUESTS) -> float:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    api = server.api()
    before = 0.0
    for number in range(WARM_UP + count):
        if number == WARM_UP:
            before = sum(api.cpu_times()[:2])
        payload = body.replace(b"REQUEST", f"{number:07d}".encode())
        connection.request(method, path, body=payload or None, headers=_signed(server, service, method, path, payload))
        answer = connection.getresponse()
        answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{method} {path} answered {answer.status}")
    return (sum(api.cpu_times()[:2]) - before) / count * 1e6


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
