"""Our own requests to servers on loopback, good and bad."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.outbound.client import Outbound, Response
from telecine.outbound.errors import (
    BadAddress,
    BadAnswer,
    BadUrl,
    BrokenOff,
    ForbiddenAddress,
    NameUnknown,
    OutboundError,
    TlsProblem,
    TooSlow,
    Unreachable,
)
from telecine.outbound.guard import AllowedAddresses
from telecine.outbound.trust import context
from telecine.outbound.wire import Limits
from web_server import Answer, Certified, Request, WebServer, answer, reset, serving

LOOPBACK = AllowedAddresses.of(["127.0.0.1/32"])
QUICK = Limits(connect_seconds=2, idle_seconds=0.4, total_seconds=3, least_bytes_per_second=100, most_bytes=100_000)
TRUSTED = context()


def asker(*addresses: str, allowed: AllowedAddresses = LOOPBACK, trusted: ssl.SSLContext = TRUSTED) -> Outbound:
    """An `Outbound` for which every name leads to these addresses."""
    return Outbound(allowed=allowed, trusted=trusted, resolve=lambda _host, _port: addresses)


OUTBOUND = asker("127.0.0.1")


def whole(response: Response) -> bytes:
    return b"".join(iter(lambda: response.read(1000), b""))


def fetch(url: str, outbound: Outbound = OUTBOUND, limits: Limits = QUICK) -> bytes:
    with outbound.open(url, limits=limits) as response:
        return whole(response)


def test_an_answer() -> None:
    """Status, headers by lower-case names, body; asked as the URL says, and for the bytes as they are."""
    headers = {"Range": "bytes=0-3"}
    with (
        serving(lambda _request: answer(203, b"film", X_Twice="a\r\nX-Twice: b")) as server,
        OUTBOUND.open(server.url("/a?b=c", "films.example"), headers=headers, limits=QUICK) as got,
    ):
        assert (got.status, got.headers["x-twice"], whole(got)) == (203, "a, b", b"film")
    (request,) = server.requests
    assert (request.method, request.target) == ("GET", "/a?b=c")
    assert request.headers == {
        "host": f"films.example:{server.port}",
        "user-agent": "Telecine",
        "via": "1.1 telecine",
        "accept-encoding": "identity",
        "connection": "close",
        "range": "bytes=0-3",
    }


def test_a_body_is_sent() -> None:
    """With its length, and the caller's headers; none of ours is replaced."""
    headers = {"Content-Type": "application/json", "host": "evil.example"}
    with (
        serving(lambda _request: answer(204)) as server,
        OUTBOUND.open(server.url(), method="POST", headers=headers, body=b"{}", limits=QUICK) as response,
    ):
        assert response.status == 204
    (request,) = server.requests
    assert (request.method, request.body, request.headers["content-length"]) == ("POST", b"{}", "2")
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_redirect_is_an_answer() -> None:
    """Nobody follows it behind the caller's back."""
    with (
        serving(lambda _request: answer(302, location="http://127.0.0.1:1/")) as server,
        OUTBOUND.open(server.url(), limits=QUICK) as response,
    ):
        assert (response.status, response.headers["location"]) == (302, "http://127.0.0.1:1/")
    assert len(server.requests) == 1


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect to addresses that nobody has decided on."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda _request: answer(200, b"film")) as server:
        assert fetch(server.url()) == b"film"


def test_chunks_are_put_together() -> None:
    """A body without a length."""
    chunked = answer(200, b"4\r\nfilm\r\n3\r\n-an\r\n0\r\n\r\n", content_length=None, transfer_encoding="chunked")
    with serving(lambda _request: chunked) as server:
        assert fetch(server.url()) == b"film-an"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"],
)
def test_loopback_is_refused_by_whatever_name(host: str) -> None:
    """The system's resolver reads the stranger ones. Nobody is connected to."""
    with serving(lambda _request: answer(200)) as server:
        with pytest.raises(ForbiddenAddress, match=r"leads to .* port .*--allow-address"):
            fetch(server.url("/secret?token=secret", host), Outbound(allowed=AllowedAddresses(), trusted=TRUSTED))
        assert not server.requests


def test_the_error_does_not_repeat_the_query() -> None:
    """It is logged, and the query may be a signature."""
    with pytest.raises(ForbiddenAddress) as caught:
        fetch("http://10.0.0.1/film?token=secret")
    assert "secret" not in str(caught.value)


def test_of_a_names_addresses_those_that_are_allowed_are_reached() -> None:
    """One that may not be is passed over; one that does not answer, too."""
    with serving(lambda _request: answer(200, b"film")) as server:
        closed = AllowedAddresses.of(["127.0.0.0/30"])
        outbound = asker("10.0.0.1", "127.0.0.2", "127.0.0.1", allowed=closed)
        assert fetch(server.url(host="films.example"), outbound) == b"film"


def test_a_name_that_leads_elsewhere_a_moment_later_is_of_no_use() -> None:
    """A resolver that rebinds: what was decided on is connected to, and each request is decided on anew."""
    answers: list[Sequence[str]] = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]]
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return answers.pop(0)

    outbound = Outbound(allowed=LOOPBACK, trusted=TRUSTED, resolve=rebinding)
    with serving(lambda _request: answer(200, b"film")) as server:
        url = server.url(host="rebind.example")
        assert fetch(url, outbound) == b"film"
        with pytest.raises(ForbiddenAddress, match=r"127\.0\.0\.2"):
            fetch(url, outbound)
        assert fetch(url, outbound) == b"film"
    assert asked == [("rebind.example", server.port)] * 3
    assert [request.headers["host"] for request in server.requests] == [f"rebind.example:{server.port}"] * 2


@pytest.mark.parametrize("host", ["films.example", "127.0.0.1"])
def test_https_is_verified_against_the_name(host: str) -> None:
    """The certificate is for the URL's host, though the connection goes to an address."""
    own = Certified.make("films.example")
    with serving(lambda _request: answer(200, b"film"), own.listening("films.example")) as server:
        assert fetch(server.url(host=host), asker("127.0.0.1", trusted=own.trusted())) == b"film"


def test_a_certificate_for_another_name_is_refused() -> None:
    """Before a byte of the request is sent."""
    own = Certified.make("films.example", "other.example")
    with serving(lambda _request: answer(200), own.listening("other.example", addresses=())) as server:
        with pytest.raises(TlsProblem, match=r"certificate of films\.example"):
            fetch(server.url(host="films.example"), asker("127.0.0.1", trusted=own.trusted()))
        assert not server.requests


def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    """Unless the operator names its authority."""
    own = Certified.make("films.example")
    named = tmp_path / "ca.pem"
    named.write_bytes(own.pem)
    with serving(lambda _request: answer(200, b"film"), own.listening("films.example")) as server:
        with pytest.raises(TlsProblem, match="certificate of"):
            fetch(server.url(host="films.example"))
        assert fetch(server.url(host="films.example"), asker("127.0.0.1", trusted=context(named))) == b"film"


def test_what_speaks_no_tls_is_refused() -> None:
    """Plain http on the port of an https URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_plainly() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer(200))

        thread = threading.Thread(target=answer_plainly)
        thread.start()
        with pytest.raises(TlsProblem, match="TLS with 127"):
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_a_handshake_that_never_ends_is_given_up() -> None:
    """The server accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        limits = Limits(connect_seconds=0.5)
        with pytest.raises(TooSlow, match="handshake"):
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/", limits=limits)


def test_a_port_where_nobody_listens() -> None:
    """Is told from a name that leads nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="Connection refused"):
        fetch(f"http://127.0.0.1:{port}/")


def test_a_name_that_leads_nowhere() -> None:
    """No resolver knows names below .invalid (RFC 6761)."""
    with pytest.raises(NameUnknown, match=r"films\.invalid"):
        fetch("http://films.invalid/", Outbound(allowed=LOOPBACK, trusted=TRUSTED))
    with pytest.raises(NameUnknown):
        fetch("http://films.example/", asker())


@pytest.mark.parametrize(
    ("url", "error"), [("http://a b/", BadUrl), ("http://a:0/", BadAddress), ("http://[1:2]/", BadAddress)]
)
def test_a_bad_url(url: str, error: type[OutboundError]) -> None:
    """Nobody is asked."""
    with pytest.raises(error):
        fetch(url)


def dripping(server_data: bytes, pause: float) -> Callable[[Request], Answer]:
    """Sends its data byte by byte, again and again."""

    def drip(connection: socket.socket) -> None:
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            for number in range(len(server_data)):
                connection.sendall(server_data[number : number + 1])
                time.sleep(pause)

    return lambda _request: drip


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (lambda _request: reset, BrokenOff),
        (lambda _request: b"", BrokenOff),
        (lambda _request: b"SSH-2.0-OpenSSH\r\n", BadAnswer),
        (lambda _request: b"HTTP/1.1 200 OK\r\nContent-", BrokenOff),
        (lambda _request: answer(200, b"film", content_length="9"), BrokenOff),
        (lambda _request: answer(200, b"9\r\nfilm", content_length=None, transfer_encoding="chunked"), BrokenOff),
        (lambda _request: answer(200, b"x\r\nfilm", content_length=None, transfer_encoding="chunked"), BrokenOff),
        (lambda _request: answer(200, x_long="x" * 70_000), BadAnswer),
        (lambda _request: answer(200, x_many="x" * 900 + "".join(f"\r\nX-{n}: {'y' * 900}" for n in range(90))), BadAnswer),
        (lambda _request: answer(200, x_many="".join(f"\r\nX-{n}: y" for n in range(300))), BadAnswer),
        (lambda _request: b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, BadAnswer),
        (lambda _request: answer(200, b"x" * 400_000, content_length=None), BadAnswer),
        (lambda _request: answer(200, b"-1\r\n" + b"x" * 400_000, content_length=None, transfer_encoding="chunked"), BadAnswer),
        (dripping(answer(200, x_slow="x" * 1000), 0.02), TooSlow),
        (dripping(answer(200, content_length="99999"), 0), TooSlow),
    ],
    ids=lambda value: "" if callable(value) else value.__name__,
)  # fmt: skip
def test_a_bad_answer_ends_with_an_error_of_ours(
    handler: Callable[[Request], Answer], error: type[OutboundError]
) -> None:
    """Broken off, nonsense, endless, or slow: neither our time nor our memory is taken."""
    with serving(handler) as server, pytest.raises(error):
        fetch(server.url())


def test_silence_is_too_slow() -> None:
    """Before the headers and within the body."""
    with serving(lambda _request: server.stay_silent) as server, pytest.raises(TooSlow, match="nothing came"):
        fetch(server.url())

    def stops(connection: socket.socket) -> None:
        connection.sendall(answer(200, b"fi", content_length="4"))
        server.stay_silent(connection)

    with serving(lambda _request: stops) as server, pytest.raises(TooSlow, match="nothing came"):
        fetch(server.url())


def test_too_little_is_too_slow() -> None:
    """A server that sends a byte now and then is not waited for."""

    def trickles(connection: socket.socket) -> None:
        connection.sendall(answer(200, content_length="100"))
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(lambda _request: trickles) as server, pytest.raises(TooSlow, match="bytes a second"):
        fetch(server.url())


def test_a_wait_is_called_off() -> None:
    """What `check` raises comes out, soon, and the connection is gone."""
    calls = 0

    class Stopped(Exception):
        pass

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise Stopped

    with serving(lambda _request: server.stay_silent) as server, pytest.raises(Stopped):
        fetch(server.url(), limits=Limits(check=check))


def test_https_bodies_are_limited_too() -> None:
    """A stop within TLS records is seen, and what follows it is read on."""
    own = Certified.make("films.example")

    def pauses(connection: socket.socket) -> None:
        connection.sendall(answer(200, b"fi", content_length="4"))
        time.sleep(0.7)
        connection.sendall(b"lm")

    patient = Limits(idle_seconds=5)
    with serving(lambda _request: pauses, own.listening("films.example")) as server:
        assert fetch(server.url(), asker("127.0.0.1", trusted=own.trusted()), patient) == b"film"
        with pytest.raises(TooSlow, match="nothing came"):
            fetch(server.url(), asker("127.0.0.1", trusted=own.trusted()), QUICK)


PIECES = st.sampled_from(
    [b"HTTP/1.1 ", b"HTTP/0.9 ", b"200", b"206 OK", b"99999", b"-1", b"\r\n", b"\n", b"\r\n\r\n", b"Content-Length: ", b"5",
     b"Transfer-Encoding: chunked", b"Content-Range: bytes 0-4/5", b": ", b" ", b"\t", b"\x00", b"\xff\xfe", b"ffffffffff", b"0", b"film"]
)  # fmt: skip
ANSWERS = st.lists(PIECES | st.binary(max_size=8), max_size=14).map(b"".join)


@pytest.fixture(scope="module")
def parrot() -> Iterator[tuple[WebServer, list[bytes]]]:
    """A server, and the list whose last entry it answers with."""
    said: list[bytes] = []
    with serving(lambda _request: said[-1]) as server:
        yield server, said


@settings(deadline=None, max_examples=150)
@given(ANSWERS | ANSWERS.map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest))
def test_whatever_is_answered_is_an_answer_or_an_error_of_ours(
    parrot: tuple[WebServer, list[bytes]], said: bytes
) -> None:
    """Nothing else comes out, whatever nonsense comes in."""
    parrot[1].append(said)
    try:
        body = fetch(parrot[0].url())
    except OutboundError:
        return
    assert len(body) <= len(said)
