"""The HTTP front on a real socket: bodies, streams, refusals before the body, slow and vanishing clients."""

import asyncio
import base64
import dataclasses
import hmac
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import uvicorn

from telecine.core.waiting import expect_to_wait
from telecine.edge.asgi import Application, Patience
from telecine.edge.body import FREE_BYTES, Budget, NoMemory
from telecine.edge.limits import BODY_BYTES
from telecine.wire.http import BLOCK_BYTES, HttpRequest
from unit.edge.conftest import SECRET

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
PATIENCE = Patience(idle_seconds=20, grace_seconds=20)
IMPATIENCE = Patience(idle_seconds=0.2, grace_seconds=0.2, bytes_per_second=1e9)

World = Any  # the fixture of conftest.py


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


@contextmanager
def _served(world: World, patience: Patience = PATIENCE, **more: int) -> Iterator[tuple[str, int]]:
    """The world behind a real uvicorn; its address."""
    application = Application(world.pipeline, control_threads=2, block_threads=2, patience=patience, **more)
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", ws="none", lifespan="off", log_config=None, server_header=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            server.force_exit = True
            thread.join()
            application.close()


@pytest.fixture
def address(world: World) -> Iterator[tuple[str, int]]:
    """A patient server."""
    with _served(world) as found:
        yield found


def _head(request: HttpRequest, length: int | None, *extra: str) -> bytes:
    lines = [f"{request.method} {request.raw_path} HTTP/1.1"]
    names = {name for name, _value in request.headers}
    lines += [f"{name}: {value}" for name, value in request.headers if name != "content-length"]
    assert "host" in names
    if length is not None:
        lines.append(f"content-length: {length}")
    return "\r\n".join([*lines, *extra, "", ""]).encode("latin-1")


def _answer(connection: socket.socket, method: str = "GET") -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response


def _get(address: tuple[str, int], path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body."""
    with closing(http.client.HTTPConnection(*address, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def test_health_is_open_and_says_nothing_else(address: tuple[str, int]) -> None:
    """200 and a word, to anybody."""
    status, headers, body = _get(address, "/_/health")
    assert (status, body, headers["content-type"]) == (200, b'{"status":"ok"}\n', "application/json")
    assert headers["server"] is None
    assert headers["date"]


def test_our_other_paths_are_not_there(address: tuple[str, int]) -> None:
    """404 in JSON: nothing under /_/ is ever taken for a bucket."""
    status, headers, _body = _get(address, "/_/nothing")
    assert (status, headers["content-type"]) == (404, "application/json")


def test_a_browser_at_the_front_door_is_told_where_it_is(address: tuple[str, int]) -> None:
    """A page for people; the same path without their Accept header is S3's."""
    status, _headers, body = _get(address, "/", Accept="text/html,*/*")
    assert (status, b"Telecine" in body) == (200, True)
    assert _get(address, "/")[0] == 403


def test_a_head_has_no_body(world: World, address: tuple[str, int]) -> None:
    """Status and headers only, and the connection goes on."""
    request = world.sign("s3", "HEAD", "/films", key="AKIANOBODYXXXXXXXXXX")
    with socket.create_connection(address, timeout=20) as connection:
        for _ in range(2):
            connection.sendall(_head(request, None))
            response = _answer(connection, "HEAD")
            assert (response.status, response.read()) == (403, b"")


@pytest.mark.parametrize(("waits", "where"), [(False, "loop"), (True, "control")])
def test_a_read_goes_to_a_thread_where_it_would_wait(world: World, waits: bool, where: str) -> None:
    """One that does not is answered in the event loop; both get the whole body."""
    rooms: list[str] = []
    (sts, mediaconvert, s3, *others) = world.services

    def get(face: object, call: Any, params: Any) -> Any:
        if waits:
            expect_to_wait()
        name = threading.current_thread().name
        rooms.append("control" if name.startswith("control-") else "loop")
        return s3.operations["GetObject"](face, call, params)

    world.use(
        sts, mediaconvert, dataclasses.replace(s3, operations={"GetObject": get}, says_when_it_waits=True), *others
    )
    world.objects["reel"] = b"hello"
    request = world.sign("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    with _served(world) as address, socket.create_connection(address, timeout=20) as connection:
        for _ in range(2):
            connection.sendall(_head(request, None))
            response = _answer(connection)
            assert (response.status, response.read()) == (200, b"hello")
    assert rooms == [where] * 2


def test_an_upload_without_permission_is_refused_before_its_body(world: World, address: tuple[str, int]) -> None:
    """A client that waits for `100 Continue` gets the refusal instead, and the connection ends."""
    body = b"x" * BLOCK_BYTES
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("eve"))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, len(body), "expect: 100-continue"))
        response = _answer(connection)
        assert response.status == 403
        assert b"s3:PutObject" in response.read()
        assert response.getheader("connection") == "close"
        assert connection.recv(1) == b""


def test_an_upload_with_permission_is_asked_to_continue(world: World, address: tuple[str, int]) -> None:
    """`100 Continue` comes once it may, then the answer, then the next request on the same connection."""
    body = b"0123456789" * (BLOCK_BYTES // 4)
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        for _ in range(2):
            connection.sendall(_head(request, len(body), "expect: 100-continue"))
            assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
            response = _answer(connection)
            assert (response.status, response.read()) == (200, b"")
    assert world.objects == {"reel": body}


def test_an_upload_of_nothing_is_asked_to_continue_as_well(world: World, address: tuple[str, int]) -> None:
    """Some clients wait for it though they have nothing to send, and take the next answer for it when it does not come."""
    request = world.sign("s3", "PUT", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        for _ in range(2):
            connection.sendall(_head(request, 0, "expect: 100-continue"))
            assert connection.recv(25, socket.MSG_WAITALL) == b"HTTP/1.1 100 Continue\r\n\r\n"
            response = _answer(connection)
            assert (response.status, response.read()) == (200, b"")
    assert world.objects == {"reel": b""}


def test_a_chunked_upload_is_put_together(world: World, address: tuple[str, int]) -> None:
    """Without a Content-Length the body ends where its chunks do."""
    body = b"abc" * 1000
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, None, "transfer-encoding: chunked"))
        for at in range(0, len(body), 100):
            connection.sendall(b"64\r\n" + body[at : at + 100] + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert _answer(connection).status == 200
    assert world.objects == {"reel": body}


def test_a_form_is_read_up_to_its_file(world: World, address: tuple[str, int]) -> None:
    """Its fields decide before its file has come, in whatever pieces both come."""
    world.add_user("ada", ALLOW_ALL)
    policy = base64.b64encode(
        b'{"expiration":"2999-01-01T00:00:00Z","conditions":[{"bucket":"films"},{"key":"reel"}]}'
    ).decode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), policy.encode(), "sha1")).decode()
    fields = {"key": "reel", "AWSAccessKeyId": "AKIAADAXXXXXXXXXXXXX", "policy": policy, "signature": signature}
    parts = [f'form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    file = "abc" * 1000
    parts.append(f'form-data; name="file"; filename="x"\r\n\r\n{file}')
    form = "".join(f"--b\r\nContent-Disposition: {part}\r\n" for part in parts) + "--b--\r\n"
    head = f"POST /films HTTP/1.1\r\nhost: x\r\ncontent-length: {len(form)}\r\n"
    for broken in (False, True):
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(f"{head}content-type: multipart/form-data; boundary=b\r\n\r\n".encode())
            sent = form.replace("reel", "real", 1) if broken else form
            for at in range(0, len(form), 700):
                connection.sendall(sent[at : at + 700].encode())
            assert _answer(connection).status == (403 if broken else 204)
    assert world.objects == {"reel": file.encode()}


def test_bodies_that_wait_in_memory_are_bounded(world: World) -> None:
    """A large body is asked to come again later when the memory is taken; a small one gets through."""
    key = world.add_user("ada")
    with _served(world, unverified_bytes=1000) as address:
        for size, status in ((FREE_BYTES + 1001, 503), (FREE_BYTES, 400)):
            request = world.sign("iam", "POST", "/", body=b"x" * size, key=key)
            with socket.create_connection(address, timeout=20) as connection:
                connection.sendall(_head(request, size) + b"x" * size)
                response = _answer(connection)
                assert (response.status, b"Throttling" in response.read()) == (status, status == 503)


def test_a_budget_is_given_back() -> None:
    """What a body has taken others may take when it has gone."""
    budget = Budget(100)
    with budget.share() as first:
        first.grow(FREE_BYTES + 60)
        with budget.share() as second, pytest.raises(NoMemory):
            second.grow(FREE_BYTES + 41)
        first.grow(FREE_BYTES + 100)
    assert budget.left == 100


def test_a_body_that_is_said_to_be_too_long_is_not_received(world: World, address: tuple[str, int]) -> None:
    """The announced length is enough for a refusal."""
    request = world.sign("iam", "POST", "/", body=b"", key=world.add_user("ada"))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, 100 << 20))
        response = _answer(connection)
        assert (response.status, response.getheader("connection")) == (413, "close")


def test_a_body_that_grows_too_long_is_cut_off(world: World, address: tuple[str, int]) -> None:
    """Also when its length was not announced."""
    request = world.sign("iam", "POST", "/", body=b"", key=world.add_user("ada"))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, None, "transfer-encoding: chunked"))
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(BODY_BYTES // 0x10000 + 1):
            connection.sendall(chunk)
        assert _answer(connection).status == 413


def test_a_client_that_leaves_leaves_nothing(world: World, address: tuple[str, int]) -> None:
    """An upload that ends in the middle is aborted."""
    body = b"x" * (3 * BLOCK_BYTES)
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, len(body)) + body[: 2 * BLOCK_BYTES])
    _eventually(lambda: world.aborted == ["reel"])
    assert world.objects == {}


def test_a_silent_upload_is_ended(world: World) -> None:
    """RequestTimeout, as S3 has it, and nothing is left."""
    request = world.sign("s3", "PUT", "/films/reel", body=b"xx", key=world.add_user("ada", ALLOW_ALL))
    with _served(world, IMPATIENCE) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, 2) + b"x")
        response = _answer(connection)
        assert response.status == 400
        assert b"<Code>RequestTimeout</Code>" in response.read()
    assert (world.objects, world.aborted) == ({}, ["reel"])


def test_a_trickling_upload_is_ended(world: World) -> None:
    """A byte now and then does not count as progress for ever."""
    body = b"x" * 100_000
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL))
    slow = Patience(idle_seconds=20, grace_seconds=0.1, bytes_per_second=1e6)
    with _served(world, slow) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, len(body)))

        def trickle() -> None:
            try:
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.01)
            except OSError:
                pass  # the server has hung up

        thread = threading.Thread(target=trickle)
        thread.start()
        assert _answer(connection).status == 400
        connection.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert world.aborted == ["reel"]


def test_a_download_arrives_whole(world: World, address: tuple[str, int]) -> None:
    """Block by block, with its length announced."""
    world.objects["reel"] = bytes(range(256)) * (BLOCK_BYTES // 64)
    request = world.sign("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, None))
        response = _answer(connection)
        assert response.getheader("content-length") == str(len(world.objects["reel"]))
        assert response.read() == world.objects["reel"]
    _eventually(lambda: world.closed == 1)


def test_an_answer_that_cannot_begin_closes_the_source(world: World) -> None:
    """The file is let go of, although not a byte was sent."""
    world.objects["reel"] = b"x"
    request = world.sign("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    headers = [(name.encode(), value.encode()) for name, value in request.headers]
    scope = {"type": "http", "method": "GET", "raw_path": b"/films/reel", "query_string": b"", "headers": headers}

    async def receive() -> Any:
        raise AssertionError("there is no body")

    async def send(_message: Any) -> None:
        raise RuntimeError("Invalid HTTP header value.")

    application = Application(world.pipeline, control_threads=1, block_threads=1)
    try:
        with pytest.raises(RuntimeError, match="header value"):
            asyncio.run(application({**scope, "scheme": "http"}, receive, send))
    finally:
        application.close()
    assert world.closed == 1


def test_a_reader_that_leaves_closes_the_source(world: World, address: tuple[str, int]) -> None:
    """The file is let go of, although the download never ended."""
    world.objects["reel"] = bytes(64 * BLOCK_BYTES)
    request = world.sign("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, None))
        connection.recv(1000)
    _eventually(lambda: world.closed == 1)


def test_a_reader_that_stops_reading_is_hung_up_on(world: World) -> None:
    """A block that nobody takes does not wait for ever."""
    world.objects["reel"] = bytes(64 * BLOCK_BYTES)
    request = world.sign("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    with _served(world, IMPATIENCE) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(_head(request, None))
        _eventually(lambda: world.closed == 1)


def test_slow_readers_hold_no_thread(world: World, address: tuple[str, int]) -> None:
    """With two threads for blocks, ten stuck downloads leave room for an eleventh that runs."""
    world.objects["reel"] = bytes(64 * BLOCK_BYTES)
    world.objects["short"] = b"through"
    key = world.add_user("ada", ALLOW_ALL)
    stuck = [socket.create_connection(address, timeout=20) for _ in range(10)]
    try:
        for connection in stuck:
            connection.sendall(_head(world.sign("s3", "GET", "/films/reel", key=key), None))
            connection.recv(10)
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(_head(world.sign("s3", "GET", "/films/short", key=key), None))
            assert _answer(connection).read() == b"through"
    finally:
        for connection in stuck:
            connection.close()
