"""Events of real jobs on a real server reach a real receiver: signed, in order, whatever fails on the way."""

import json
import re
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from telecine.wire import models

pytestmark = pytest.mark.slow

PATIENCE = 120.0
GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"
NOBODY = "arn:aws:iam::000000000000:role/nobody"
SETTINGS: dict[str, Any] = {
    "Inputs": [{"FileInput": "s3://studio-in/film.mp4"}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://studio-out/film"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": {
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000},
                        }
                    },
                }
            ],
        }
    ],
}
"""Of a job that fails as soon as it runs: its role does not exist."""


class Receiver:
    """A web server on loopback that notes what is POSTed to it, and answers as it is told."""

    def __init__(self) -> None:
        self.answer: Callable[[str, Mapping[str, Any]], int] = lambda _path, _event: 204
        """From path and event to a status."""
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers by lower-case names, body."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers, body))
                self.send_response(receiver.answer(self.path, json.loads(body)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def seen(self, path: str) -> list[dict[str, Any]]:
        """What came to `path`, in order."""
        return [json.loads(body) for at, _headers, body in list(self.requests) if at == path]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listens on loopback."""
    made = Receiver()
    yield made
    made.close()


def _until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _command(server: Any, *arguments: str) -> dict[str, Any]:
    """A sink, added by the command."""
    said = server.telecine("events", "add-sink", "--data-dir", str(server.data_dir), "--json", *arguments)
    added: dict[str, Any] = json.loads(said)
    return added


def _add(server: Any, name: str, url: str) -> str:
    """A sink, added over the wire; its secret."""
    return str(_call(server, "POST", "/_/event-sinks", {"name": name, "url": url})["secret"])


def _sinks(server: Any) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in _call(server, "GET", "/_/event-sinks")["sinks"]}


def _call(server: Any, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """What one of our own operations answers, called as botocore signs it."""
    data = b"" if body is None else json.dumps(body).encode()
    request = AWSRequest(method=method, url=server.url + path, data=data)
    keys = server.admin()
    credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    SigV4Auth(credentials, models.OWN, "us-east-1").add_auth(request)
    sent = urllib.request.Request(server.url + path, data or None, dict(request.headers), method=method)
    with urllib.request.urlopen(sent, timeout=PATIENCE) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _submit(server: Any, count: int) -> list[str]:
    client = server.client("mediaconvert")
    return [client.create_job(Role=NOBODY, Settings=SETTINGS)["Job"]["Id"] for _number in range(count)]


def _snippet() -> Callable[..., bool]:
    """The function of the guide that checks signatures."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(GUIDE), "exec"), names)
    check: Callable[..., bool] = names["is_genuine"]
    return check


def test_events_reach_every_sink_that_can_be_reached(server_factory: Any, tmp_path: Path, receiver: Receiver) -> None:
    """In order per job, signed as the guide says, in spite of failures; a slow, a dead and a forbidden sink delay nobody."""
    server = server_factory.start(tmp_path / "data", "--allow-address", "127.0.0.1/32")
    lines = tmp_path / "events.jsonl"
    ends = tmp_path / "ends.json"
    ends.write_text('{"detail": {"status": ["ERROR"]}}')
    secret = _add(server, "films", receiver.url("/films"))
    secrets = [
        secret,
        _command(server, "--url", receiver.url("/ends"), "--name", "ends", "--pattern", str(ends))["secret"],
        _add(server, "slow", receiver.url("/slow")),
        _add(server, "gone", receiver.url("/gone")),
        _add(server, "dead", "http://127.0.0.1:1/"),
        _add(server, "forbidden", "http://127.0.0.2:1/"),
    ]
    _command(server, "--file", str(lines), "--name", "lines")
    tries: Counter[str] = Counter()

    hung = threading.Event()

    def answer(path: str, event: Mapping[str, Any]) -> int:
        if path == "/slow":
            hung.wait(PATIENCE)
        if path == "/films":
            tries[event["id"]] += 1
            return 503 if tries[event["id"]] == 1 else 204
        return 410 if path == "/gone" else 204

    receiver.answer = answer
    jobs = _submit(server, 3)
    expected = {job: ["PROGRESSING", "ERROR"] for job in jobs}
    _until(lambda: _by_job(_read(lines)) == expected, "the file has not got every event")
    _until(lambda: Counter(tries.values()) == {2: 6}, "not every event came to films twice")
    first_time = {event["id"]: event for event in receiver.seen("/films")}.values()
    assert _by_job(list(first_time)) == expected
    assert _by_job(receiver.seen("/ends")) == {job: ["ERROR"] for job in jobs}

    is_genuine = _snippet()
    for path, headers, body in receiver.requests:
        assert is_genuine(secret, headers["telecine-signature"], body) is (path == "/films")
        assert not is_genuine(secret, headers["telecine-signature"], body + b" ")
        assert not is_genuine(secret, headers["telecine-signature"], body, tolerance_seconds=-1)
        assert headers["telecine-event-id"] == json.loads(body)["id"]
        assert headers["telecine-timestamp"] in headers["telecine-signature"]
        assert headers["content-type"] == "application/json"

    _until(lambda: _sinks(server)["films"]["pending"] == 0, "films still waits for something")
    found = _sinks(server)
    assert (found["gone"]["state"], found["gone"]["deadLetters"] >= 1) == ("PAUSED", True)
    # One that hangs is asked again after ten seconds, and looks at what has happened in between.
    waiting = ("slow", "dead", "forbidden")
    _until(lambda: all(_sinks(server)[name]["pending"] == 6 for name in waiting), "not everything waits that must")
    hung.set()
    assert server.stop() == 0
    log = server.log.read_text()
    assert "127.0.0.2:1 leads to 127.0.0.2 port 1" in log
    assert all(one not in log for one in secrets)


def test_an_event_outlives_the_server(server_factory: Any, tmp_path: Path, receiver: Receiver) -> None:
    """Killed between sending and noting, the server sends it again after its next start, and then what came after it."""
    options = ("--allow-address", "127.0.0.1/32")
    server = server_factory.start(tmp_path / "data", *options)
    _add(server, "films", receiver.url("/films"))
    killed = threading.Event()

    def hold(_path: str, _event: Mapping[str, Any]) -> int:
        killed.wait(PATIENCE)
        return 204

    receiver.answer = hold
    (job,) = _submit(server, 1)
    _until(lambda: receiver.seen("/films"), "nothing came")
    _until(lambda: server.client("mediaconvert").get_job(Id=job)["Job"]["Status"] == "ERROR", "the job has not ended")
    server.kill()
    killed.set()
    receiver.answer = lambda _path, _event: 204
    server = server_factory.start(tmp_path / "data", *options)
    _until(lambda: len(receiver.seen("/films")) >= 3, "the event did not come again")
    _until(lambda: _sinks(server)["films"]["pending"] == 0, "something still waits")
    statuses = [event["detail"]["status"] for event in receiver.seen("/films")]
    assert statuses == ["PROGRESSING", "PROGRESSING", "ERROR"]
    first, second, _last = receiver.seen("/films")
    assert first == second


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def _by_job(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for event in events:
        found[event["detail"]["jobId"]].append(event["detail"]["status"])
    return dict(found)
