"""Inputs at web servers: whole and unchanged whatever the server does, or MediaConvert's error."""

import logging
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from engine.web_bench import ALLOWED, DATA, QUICK, SECRET, TRUSTED, Bench, a_web
from telecine.engine.errors import AttemptStopped
from telecine.engine.transfers import PART_BYTES
from telecine.engine.web import Web
from telecine.outbound.client import Outbound
from web_server import Answer, Certified, Film, Handler, Request, answer, reset, serving


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 7])
def test_every_byte_arrives(bench: Bench, size: int) -> None:
    """In ranges side by side, each with the condition that the file is the one that was found."""
    film = Film(random.Random(size).randbytes(size))
    with serving(film) as server:
        assert bench.fetch(server.url()) == [film.data]
    ranges = sorted(request.range for request in server.requests if request.range is not None)
    assert ranges == [(start, min(start + PART_BYTES, size) - 1) for start in range(0, size, PART_BYTES)]
    assert all(request.headers.get("if-match") == '"v1"' for request in server.requests if request.method == "GET")
    assert bench.watched.shares == sorted(bench.watched.shares)


def test_web_and_s3_go_together(bench: Bench) -> None:
    """A file that two inputs name is fetched once."""
    bench.store.put("in", "film.mp4", b"stored")
    with serving(Film(b"served")) as server:
        assert bench.fetch(server.url(), "s3://in/film.mp4", server.url()) == [b"served", b"stored", b"served"]
    assert server.count("GET") == 1


def test_parameters_are_part_of_the_url(bench: Bench) -> None:
    """The guide of 2023 forbids them; its newer error texts show them, and presigned URLs need them."""
    with serving(Film(DATA)) as server:
        assert bench.fetch(server.url("/a%20b.mp4" + SECRET)) == [DATA]
    assert {request.target for request in server.requests} == {"/a%20b.mp4" + SECRET}


@pytest.mark.parametrize(
    ("marks", "condition"),
    [
        ({}, {"if-match": '"v1"'}),
        ({"etag": None}, {"if-unmodified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}),
        ({"etag": 'W/"v1"'}, {"if-unmodified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}),
        ({"etag": None, "modified": None}, {}),
    ],
)
def test_the_strongest_condition_there_is(bench: Bench, marks: dict[str, Any], condition: dict[str, str]) -> None:
    """A weak ETag matches nothing by RFC 9110; without any mark the length has to do."""
    with serving(Film(DATA, **marks)) as server:
        assert bench.fetch(server.url()) == [DATA]
    asked = server.requests[-1].headers
    assert {name: asked[name] for name in asked if name.startswith("if-")} == condition


@pytest.mark.parametrize("status", [400, 403, 405, 501])
def test_a_server_without_head(bench: Bench, status: int) -> None:
    """Presigned URLs are for one method: a first byte tells the size as well."""
    film = Film(DATA)
    with serving(lambda request: answer(status) if request.method == "HEAD" else film(request)) as server:
        assert bench.fetch(server.url()) == [DATA]
    assert server.requests[1].range == (0, 0)


@pytest.mark.parametrize("size", [0, 5])
def test_a_head_without_a_length(bench: Bench, size: int) -> None:
    """The same, and for an empty file, whose first byte there is not."""
    film = Film(DATA[:size])
    bare = answer(200, content_length=None)
    with serving(lambda request: bare if request.method == "HEAD" else film(request)) as server:
        assert bench.fetch(server.url()) == [film.data]


# -- what a server says


def on(method: str, said: Answer) -> Handler:
    """A good server, but for this method."""
    film = Film(DATA)
    return lambda request: said if request.method == method else film(request)


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (401, 3401, "Access to '{url}' requires authorization."),
        (407, 3401, "Access to '{url}' requires authorization."),
        (404, 3404, "'{url}' not found."),
        (410, 3404, "'{url}' not found."),
        (402, 3450, "Error encountered when accessing: '{url}'."),
        (451, 3450, "Error encountered when accessing: '{url}'."),
        (505, 3450, "Error encountered when accessing: '{url}'."),
    ],
)
def test_refusals(bench: Bench, method: str, status: int, code: int, text: str) -> None:
    """MediaConvert's codes and words, at once, and without the URL's query."""
    with serving(on(method, answer(status))) as server:
        url = server.url()
        assert bench.error(url + SECRET) == (code, f"{code}: " + text.format(url=url + "?REMOVED=true"))
    assert server.count(method) == 1


def test_forbidden(bench: Bench) -> None:
    """By HEAD and GET alike."""
    with serving(lambda _request: answer(403)) as server:
        assert bench.error(server.url()) == (3403, f"3403: Access to '{server.url()}' is forbidden.")
    assert [request.method for request in server.requests] == ["HEAD", "GET"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_that_fails_is_asked_again(bench: Bench, method: str, status: int) -> None:
    """Once it works the file is whole; if it never does, that is its error."""
    film, failures = Film(DATA), 3

    def handler(request: Request) -> Answer:
        nonlocal failures
        if request.method == method and failures:
            failures -= 1
            return answer(status)
        return film(request)

    with serving(handler) as server:
        assert bench.fetch(server.url()) == [DATA]
    failures = 99
    with serving(handler) as server:
        assert bench.error(server.url()) == (3450, f"3450: Error encountered when accessing: '{server.url()}'.")
    assert server.count(method) == 4


def test_no_ranges(bench: Bench) -> None:
    """A server that always sends everything, one that says so, and ones whose ranges are not those asked for."""
    film = Film(DATA)

    def says_none(_request: Request) -> Answer:
        return answer(200, content_length="5", accept_ranges="none")

    def sends_all(request: Request) -> Answer:
        return film(Request(request.method, request.target, {}))

    def no_head(request: Request) -> Answer:
        return answer(405) if request.method == "HEAD" else answer(200, DATA)

    def other(where: str) -> Handler:
        return on("GET", answer(206, DATA, content_range=where))

    last = len(DATA) - 1
    bad = [other(f"bytes 1-{last}/{len(DATA)}"), other(f"bytes 0-{last + 1}/{len(DATA)}"), other("bytes 0-0/700000")]
    bad += [other("items 0-5/6"), on("GET", answer(206, DATA)), other("bytes 0-/5")]
    for handler in [says_none, sends_all, no_head, *bad]:
        with serving(handler) as server:
            text = f"3458: The URL you provided doesn't support ranged-GET requests: '{server.url()}'."
            assert bench.error(server.url()) == (3458, text)


UPLOAD = "3408: Error uploading file from HTTP source: "


@pytest.mark.parametrize("heeds", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"etag": '"v2"'}),
        ({}, {"data": DATA + b"x", "etag": '"v2"'}),
        ({"etag": None}, {"data": DATA[:-1]}),
        ({"etag": None}, {"modified": "Tue, 02 Jan 2024 00:00:00 GMT"}),
        ({"etag": 'W/"v1"'}, {"data": b""}),
    ],
)
def test_a_file_that_changes_meanwhile_is_refused(
    bench: Bench, before: dict[str, Any], after: dict[str, Any], heeds: bool
) -> None:
    """Whether the server heeds conditions or not: half of one film and half of another must not be encoded."""
    film = Film(DATA, **before)

    def handler(request: Request) -> Answer:
        if not heeds:
            request = Request(request.method, request.target, {"range": request.headers.get("range", "")})
        said = film(request)
        for name, value in after.items():
            setattr(film, name, value)
        return said

    with serving(handler) as server:
        assert bench.error(server.url()) == (3408, UPLOAD + "The file changed while it was read.")


# -- what a connection does


def test_a_connection_that_breaks_off_is_taken_up(bench: Bench) -> None:
    """From where it ended, with the same condition; nothing is asked for twice."""
    film = Film(DATA)

    def breaks(request: Request) -> Answer:
        whole = film(request)
        if request.method == "HEAD":
            return whole
        head, _, body = whole.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n" + body[:300_000]

    with serving(breaks) as server:
        assert bench.fetch(server.url()) == [DATA]
    last = len(DATA) - 1
    assert [request.range for request in server.requests[1:]] == [(0, last), (300_000, last), (600_000, last)]


def test_a_server_of_short_ranges(bench: Bench) -> None:
    """It may send less than it is asked for, as long as it says so."""
    film = Film(DATA)

    def short(request: Request) -> Answer:
        if request.range is None:
            return film(request)
        first, last = request.range
        headers = {**request.headers, "range": f"bytes={first}-{min(last, first + 299_999)}"}
        return film(Request("GET", request.target, headers))

    with serving(short) as server:
        assert bench.fetch(server.url()) == [DATA]
    assert server.count("GET") == 3


def in_the_middle(then: Callable[[socket.socket], None]) -> Handler:
    """Sends the headers of a range and a little of it."""
    film = Film(DATA)

    def handler(request: Request) -> Answer:
        whole = film(request)
        if request.method == "HEAD":
            return whole

        def do(connection: socket.socket) -> None:
            connection.sendall(whole[:2000])
            then(connection)

        return do

    return handler


def silent(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.settimeout(3)
        connection.recv(1)


def test_a_connection_that_always_breaks_off(bench: Bench) -> None:
    """After every try it is the server's fault."""
    broken = UPLOAD + "Connection was closed before the file was complete."
    for handler in (lambda _request: reset, lambda _request: b"", in_the_middle(reset)):
        with serving(handler) as server:
            assert bench.error(server.url()) == (3408, broken)
        assert 4 <= len(server.requests) <= 6


def test_a_server_that_is_too_slow(bench: Bench) -> None:
    """Without a byte for too long."""
    for handler in (lambda _request: silent, in_the_middle(silent)):
        with serving(handler) as server:
            assert bench.error(server.url(), a_web(QUICK)) == (3408, UPLOAD + "Connection timed out.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"content_length": "699999"}, "The server announced a range of one length and sent another."),
        ({"content_length": None}, "The server sent more than it was asked for."),
    ],
)
def test_a_body_of_another_length(bench: Bench, said: dict[str, Any], reason: str) -> None:
    """Than the range that it is said to be: endless ones, too."""
    where = f"bytes 0-{len(DATA) - 1}/{len(DATA)}"
    with serving(on("GET", answer(206, DATA + bytes(3_000_000), content_range=where, **said))) as server:
        assert bench.error(server.url()) == (3408, UPLOAD + reason)


def test_chunks(bench: Bench) -> None:
    """A range may come in chunks, which have no length."""
    where = f"bytes 0-{len(DATA) - 1}/{len(DATA)}"
    body = f"{len(DATA):x}\r\n".encode() + DATA + b"\r\n0\r\n\r\n"
    said = answer(206, body, content_range=where, content_length=None, transfer_encoding="chunked")
    with serving(on("GET", said)) as server:
        assert bench.fetch(server.url()) == [DATA]


def test_what_is_no_http(bench: Bench) -> None:
    """Whatever else listens there."""
    with serving(lambda _request: b"220 mail.example ESMTP\r\n") as server:
        text = "3999: Unexpected error when accessing HTTP input: The server sent no valid HTTP response."
        assert bench.error(server.url()) == (3999, text)


def test_a_file_larger_than_the_disk(bench: Bench) -> None:
    """A file that is larger than the scratch disk is not begun."""
    with serving(lambda _request: answer(200, content_length="9" * 18)) as server:
        assert bench.error(server.url())[0] == 1507
    assert server.count("GET") == 0


# -- where it leads


def test_nobody_there(bench: Bench) -> None:
    """No listener, and no such name; both are tried again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/film.mp4"
    assert bench.error(url) == (3451, f"3451: Server could not be reached when accessing: '{url}'.")
    url = "https://films.invalid/film.mp4"
    assert bench.error(url) == (3454, f"3454: Name resolution failed when accessing: '{url}'.")


@pytest.mark.parametrize(
    ("url", "code", "text"),
    [
        ("http://exa$mple.com/f", 3456, "HTTP server address 'exa$mple.com' for URL 'http://exa$mple.com/f' is invalid."),
        ("http://a.example:0/f", 3456, "HTTP server address 'a.example:0' for URL 'http://a.example:0/f' is invalid."),
        ("http://a.example/a b", 3452, "URL 'http://a.example/a b' is malformed."),
        ("http://user:secret@a.example/f", 3452, "URL 'http://a.example/f' is malformed."),
        ("http://10.0.0.1/f?secret", 3456, "HTTP server address '10.0.0.1' for URL 'http://10.0.0.1/f?REMOVED=true' is invalid."),
        ("http://[::1]/f", 3456, "HTTP server address '::1' for URL 'http://[::1]/f' is invalid."),
        ("http://a.example:25/f", 3456, "HTTP server address 'a.example' for URL 'http://a.example:25/f' is invalid."),
    ],
)  # fmt: skip
def test_addresses_that_are_none_or_forbidden(bench: Bench, url: str, code: int, text: str) -> None:
    """Nobody is connected to."""
    assert bench.error(url, a_web(resolve=lambda _host, _port: ["9.9.9.9"])) == (code, f"{code}: {text}")


def test_the_log_names_the_address_and_not_the_query(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """An operator sees what --allow-address would have to hold."""
    caplog.set_level(logging.INFO)
    bench.error("http://films.example/f" + SECRET, a_web(resolve=lambda _host, _port: ["192.168.7.7"]))
    assert "films.example leads to 192.168.7.7 port 80, an address that is private" in caplog.text
    assert "secret" not in caplog.text


def test_rebinding_between_ranges(bench: Bench) -> None:
    """A name that is public when it is looked at and private when it is read."""
    turns = iter(["127.0.0.1"])
    with serving(Film(DATA)) as server:
        fickle = a_web(resolve=lambda _host, _port: [next(turns, "127.0.0.2")])
        assert bench.error(server.url(host="rebind.example"), fickle)[0] == 3456
    assert server.count("GET") == 0


def test_tls(bench: Bench) -> None:
    """Verified by name, against the authorities that the operator trusts."""
    own = Certified.make("films.example", "other.example")
    with serving(Film(DATA), own.listening("films.example")) as server:
        url = server.url(host="films.example")
        assert bench.fetch(url, web=a_web(trusted=own.trusted())) == [DATA]
        for wrong, trusted in ((url, TRUSTED), (server.url(host="other.example"), own.trusted())):
            text = f"3455: SSL failures encountered when accessing: '{wrong}'."
            assert bench.error(wrong, a_web(trusted=trusted)) == (3455, text)


# -- being called off


@pytest.mark.parametrize("handler", [lambda _request: silent, in_the_middle(silent), lambda _request: answer(503)])
def test_a_canceled_job_waits_for_no_server(bench: Bench, handler: Handler) -> None:
    """Neither for its answer, nor for its bytes, nor for a pause to be over."""
    patient = Web(Outbound(allowed=ALLOWED, trusted=TRUSTED), pauses=(60.0,))

    def cancel(request: Request) -> Answer:
        said = handler(request)
        bench.watched.stop = request.method == "GET" or callable(said) or said.startswith(b"HTTP/1.1 503")
        return said

    with serving(cancel) as server, pytest.raises(AttemptStopped):
        bench.fetch(server.url(), web=patient)
