"""A real server, watched: metrics for Prometheus, a log of JSON lines, traces for OpenTelemetry."""

import gzip
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

Factory = Any  # the fixtures of conftest.py

TRACE = "0af7651916cd43dd8448eb211c80319c"
TOKEN = "a-token-for-scrapers-elsewhere"


class Collector(ThreadingHTTPServer):
    """Takes traces as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spans: list[Any] = []


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        asked = ExportTraceServiceRequest.FromString(body)
        self.server.spans += [
            span for resource in asked.resource_spans for scope in resource.scope_spans for span in scope.spans
        ]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def _eventually(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def test_a_server_can_be_watched(server_factory: Factory, tmp_path: Path, collector: Collector) -> None:
    """Its requests are counted, its log is JSON with request ids, and its spans continue the caller's trace."""
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN + "\n")
    server = server_factory.start(
        tmp_path / "data",
        "--log-format",
        "json",
        "--metrics-token-file",
        str(token_file),
        environment={
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        },
    )
    queues = server.client("mediaconvert")
    queues.meta.events.register(
        "before-send",
        lambda request, **_: request.headers.__setitem__("traceparent", f"00-{TRACE}-b7ad6b7169203331-01"),
    )
    queues.list_queues()
    with pytest.raises(queues.exceptions.NotFoundException):
        queues.get_queue(Name="nowhere")

    with urlopen(f"{server.url}/_/metrics", timeout=10) as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    requests = {
        (sample.labels["operation"], sample.labels["code"]): sample.value
        for sample in families["telecine_requests"].samples
        if sample.name == "telecine_requests_total" and sample.labels["service"] == "mediaconvert"
    }
    assert requests == {("ListQueues", "OK"): 1, ("GetQueue", "NotFoundException"): 1}
    depth = [s for s in families["telecine_queue_jobs"].samples if s.labels["queue"] == "Default"]
    assert {sample.labels["status"]: sample.value for sample in depth} == {"SUBMITTED": 0, "PROGRESSING": 0}
    elsewhere = Request(
        f"{server.url}/_/metrics", headers={"x-forwarded-for": "203.0.113.9", "authorization": f"Bearer {TOKEN}"}
    )
    with urlopen(elsewhere, timeout=10) as answer:
        assert answer.status == 200

    _eventually(lambda: {span.name for span in collector.spans} >= {"mediaconvert.ListQueues", "mediaconvert.GetQueue"})
    found = next(span for span in collector.spans if span.name == "mediaconvert.GetQueue")
    assert found.trace_id.hex() == TRACE
    attributes = {each.key: each.value for each in found.attributes}
    assert attributes["error.type"].string_value == "NotFoundException"

    server.stop()
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert lines
    assert all({"time", "level", "process", "message"} <= json.loads(line).keys() for line in lines)
    assert TOKEN not in server.log.read_text()


def test_a_token_that_is_none_stops_the_start(tmp_path: Path) -> None:
    """It says what is wrong with the file, and never what is in it."""
    token_file = tmp_path / "token"
    token_file.write_text("sesame")
    command = [sys.executable, "-m", "telecine.cli", "serve", "--data-dir", str(tmp_path / "data"), "--port", "0"]

    done = subprocess.run(
        [*command, "--metrics-token-file", str(token_file)], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "printable characters" in done.stderr
    assert "sesame" not in done.stderr
