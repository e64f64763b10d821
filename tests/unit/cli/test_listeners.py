"""The sockets of `telecine serve`: which ports it takes, and what it says when it cannot."""

import socket
from collections.abc import Iterator

import pytest

from telecine.cli import listeners
from telecine.cli.listeners import CannotListen, Listeners

HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_TAKEOVER_SECONDS", 0.0)


@pytest.fixture
def neighbours() -> Iterator[tuple[int, socket.socket]]:
    """A port that is free, and a socket that holds the next one."""
    for _ in range(50):
        with socket.create_server((HOST, 0)) as lower:
            port = lower.getsockname()[1]
            try:
                upper = socket.create_server((HOST, port + 1))
            except OSError:
                continue
        with upper:
            yield port, upper
        return
    raise AssertionError("no two ports side by side are free")


def test_https_takes_the_port_after_that_of_http(neighbours: tuple[int, socket.socket]) -> None:
    """7700 and 7701, say."""
    port, upper = neighbours
    upper.close()
    with Listeners.open(HOST, port, None) as opened:
        assert (opened.ports.http, opened.ports.https) == (port, port + 1)


def test_https_takes_a_free_port_when_that_one_is_taken(neighbours: tuple[int, socket.socket]) -> None:
    """The ready line names it."""
    port, _upper = neighbours
    with Listeners.open(HOST, port, None) as opened:
        assert opened.ports.http == port
        assert opened.ports.https not in {0, port, port + 1}


def test_a_port_that_was_asked_for_is_not_replaced(neighbours: tuple[int, socket.socket]) -> None:
    """The error names the option, and the port of http is free again."""
    port, upper = neighbours
    with pytest.raises(CannotListen, match=rf"Port {port + 1} is taken\. Choose another one with --https-port\."):
        Listeners.open(HOST, port, port + 1)
    upper.close()
    with Listeners.open(HOST, port, port + 1) as opened:
        assert opened.ports.https == port + 1


def test_the_last_port_has_no_next_one() -> None:
    """Then https takes a free one, too."""
    try:
        opened = Listeners.open(HOST, 65535, None)
    except CannotListen:
        return  # somebody on this machine has it
    with opened:
        assert opened.ports.https > 0


def test_sockets_are_handed_down_by_number() -> None:
    """A child listens on what its supervisor holds."""
    opened = Listeners.open(HOST, 0, 0)
    with Listeners.adopt(opened.descriptors) as adopted:
        assert adopted.ports == opened.ports
        opened.http.detach()
        opened.https.detach()
