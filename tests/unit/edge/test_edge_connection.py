"""Heads that are too long or too slow, against a real uvicorn."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from telecine.edge.asgi import Application, Patience
from telecine.edge.connection import HEAD_BYTES, Connection, break_off
from telecine.wire.http import BLOCK_BYTES

World = Any  # the fixture of conftest.py

UPLOAD = b"PUT /films/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"5\r\nhello\r\n"


class Hasty(Connection):
    """Waits a moment for a head, and for an answer to be read."""

    head_seconds = 0.2
    unread_seconds = 0.5


@contextmanager
def _served(world: World, connection: type[Connection]) -> Iterator[tuple[socket.socket, uvicorn.Server]]:
    """A client of the world behind a real uvicorn, and the latter."""
    patience = Patience(idle_seconds=1, grace_seconds=20, bytes_per_second=1e9)
    application = Application(world.pipeline, control_threads=1, block_threads=1, patience=patience)
    config = uvicorn.Config(application, http=connection, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=20) as client:
                yield client, server
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join()
            application.close()


@pytest.fixture
def client(world: World) -> Iterator[socket.socket]:
    """A client of a patient server."""
    with _served(world, Connection) as (connected, _server):
        yield connected


def _head(world: World, method: str, key: str, body: bytes) -> bytes:
    """The signed head of a request for an object, by a user who may do everything."""
    user = world.add_user("ada", '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')
    request = world.sign("s3", method, f"/films/{key}", body=body, key=user)
    lines = [f"{method} {request.raw_path} HTTP/1.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers if name != "content-length"]
    return "\r\n".join([*lines, "", ""]).encode()


def _end(client: socket.socket) -> bytes:
    """What the server says before it hangs up; empty when it just hangs up."""
    said = b""
    try:
        while block := client.recv(1 << 16):
            said += block
    except ConnectionResetError:
        pass
    return said


def _flood(client: socket.socket, block: Callable[[int], bytes]) -> int:
    """How many blocks of 16 KiB and more the server lets in before it hangs up; at most 1,000."""
    for sent in range(1000):
        try:
            client.sendall(block(sent))
        except OSError:
            return sent
    return 1000


def test_a_head_of_any_common_length_passes(client: socket.socket) -> None:
    """A long token and a long URL are no attack."""
    client.sendall(b"GET /_/health?" + b"q" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n")
    assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_a_head_that_comes_at_once_is_measured_too(client: socket.socket) -> None:
    """All of it may come in one read."""
    client.sendall(b"GET /_/health HTTP/1.1\r\nX: " + b"x" * HEAD_BYTES + b"\r\nConnection: close\r\n\r\n")
    assert _end(client)[:13] in {b"HTTP/1.1 400 ", b""}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (b"/films/a", b"<Code>InvalidRequest</Code><Message>The request has more than one Host header.</Message>"),
        (b"/2017-08-29/queues", b'{"message": "The request has more than one Host header."}'),
        (b"/_/health", b'{"message": "The request has more than one Host header."}'),
        (b"/_/metrics", b'{"message": "The request has more than one Host header."}'),
    ],
)
def test_two_hosts_are_a_bad_request(client: socket.socket, path: bytes, says: bytes) -> None:
    """400 in the words of who is called, and no page of ours either; the connection is as good as before."""
    client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n")
    client.sendall(b"GET /_/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    refusal, _, healthy = _end(client).partition(b"HTTP/1.1 200 ")
    assert refusal.startswith(b"HTTP/1.1 400 ")
    assert says in refusal
    assert healthy.endswith(b'{"status":"ok"}\n')


def test_an_upload_to_two_hosts_leaves_nothing(client: socket.socket, world: World) -> None:
    """It is signed for one of them, and refused before its body is received."""
    head = _head(world, "PUT", "a", b"hello")
    client.sendall(head.replace(b"\r\nhost:", b"\r\nhost: films.localhost\r\nhost:") + b"hello")
    assert client.recv(1 << 16).startswith(b"HTTP/1.1 400 ")
    assert world.objects == {}


@pytest.mark.parametrize(
    ("begin", "block"),
    [
        (b"GET /", lambda _: b"a" * (16 << 10)),
        (b"GET / HTTP/1.1\r\nX: ", lambda _: b"a" * (16 << 10)),
        (b"GET / HTTP/1.1\r\n", lambda number: b"x-%d: " % number + b"a" * (16 << 10) + b"\r\n"),
        (UPLOAD + CHUNK + b"0\r\n", lambda number: b"x-%d: " % number + b"a" * (16 << 10) + b"\r\n"),
    ],
    ids=["path", "header", "headers", "trailers"],
)
def test_a_head_without_an_end_is_cut_off(client: socket.socket, begin: bytes, block: Callable[[int], bytes]) -> None:
    """16 MB of it are never taken: what has no end stays in the memory."""
    client.sendall(begin)
    assert _flood(client, block) < 1000


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n"], ids=["nothing", "half", "blank"])
def test_a_head_that_does_not_come_is_not_waited_for(world: World, begin: bytes) -> None:
    """A silent client gives its connection back."""
    with _served(world, Hasty) as (client, _server):
        client.sendall(begin)
        assert _end(client) == b""


def test_an_answer_that_is_not_read_is_not_kept(world: World) -> None:
    """Closing a connection waits for what has been written to it: a client could hold it for ever."""
    world.objects["reel"] = bytes(64 * BLOCK_BYTES)
    with _served(world, Hasty) as (client, server):
        client.sendall(_head(world, "GET", "reel", b""))
        deadline = time.monotonic() + 20
        while not world.closed or server.server_state.connections:
            assert time.monotonic() < deadline, "the connection is still there"
            time.sleep(0.01)


def test_a_request_under_way_has_the_time_that_it_takes(world: World) -> None:
    """Haste about heads is none about bodies."""
    head = _head(world, "PUT", "a", b"hello")
    arrived = threading.Event()
    with _served(world, Hasty) as (client, _server):
        client.sendall(head)
        arrived.wait(3 * Hasty.head_seconds)
        client.sendall(b"hello")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert world.objects == {"a": b"hello"}


def test_connections_that_are_broken_off_end_in_order(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """To the application it is as if the client had left an upload: it ends without an error in the log."""
    with _served(world, Connection) as (client, server):
        client.sendall(_head(world, "PUT", "a", bytes(100)) + b"begun")
        wanted = time.monotonic() + 20
        while not server.server_state.tasks and time.monotonic() < wanted:
            time.sleep(0.005)
        (connection,) = server.server_state.connections
        connection.loop.call_soon_threadsafe(break_off, server.server_state.connections)
        assert _end(client) == b""
    assert not server.server_state.tasks
    assert [record.levelname for record in caplog.records if record.name != "uvicorn.error"] == ["WARNING"]
    assert "Exception" not in caplog.text
