"""Sinks that are URLs: what is sent, and what answers mean."""

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from telecine.core.names import AccountId
from telecine.events import signature
from telecine.events.envelope import body
from telecine.events.model import DELIVERED, Delivery, Outcome, Verdict
from telecine.events.outbox import Event
from telecine.events.webhook import SIDE_BY_SIDE, Answer, Stopped, UrlTransport, judge
from telecine.outbound.errors import ForbiddenAddress, Unreachable
from telecine.testing.clock import ManualClock

SECRET = b"0123456789abcdef"
NOW = datetime(2030, 3, 1, 12, tzinfo=UTC)


def _delivery(number: int = 1, text: str = "film") -> Delivery:
    event = Event(
        id=f"event-{number}",
        time=NOW,
        account=AccountId("111122223333"),
        region="us-east-1",
        source="aws.mediaconvert",
        detail_type="MediaConvert Job State Change",
        resources=(f"job-{number}",),
        detail={"userMetadata": {"title": text}},
    )
    return Delivery(position=number, event=event, attempts=0, queued_at=NOW)


class Receiver:
    """Notes what is posted, and answers as it is told."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.seen: list[tuple[str, Mapping[str, str], bytes]] = []

    def __call__(self, url: str, headers: Mapping[str, str], data: bytes, check: Callable[[], None]) -> Answer:
        check()
        self.seen.append((url, headers, data))
        return self.answer(headers[signature.EVENT_ID])


def _send(receiver: Receiver, *deliveries: Delivery) -> dict[str, Outcome]:
    transport = UrlTransport("https://films.example.com/hook", SECRET, receiver, ManualClock())
    try:
        found = [one for some in transport.send(deliveries) for one in some]
    finally:
        transport.close()
    return {delivery.event.id: outcome for delivery, outcome in found}


def test_a_request_is_signed_over_its_time_and_its_body() -> None:
    """The body is the envelope, byte for byte what the signature is over."""
    receiver = Receiver(lambda _id: Answer(status=204, retry_after=None))
    delivery = _delivery(text="Ö\u2028\ud800\n")
    assert _send(receiver, delivery) == {"event-1": DELIVERED}
    ((url, headers, data),) = receiver.seen
    assert url == "https://films.example.com/hook"
    assert json.loads(data) == delivery.event.envelope()
    assert b"\n" not in data
    seconds = str(int(NOW.timestamp()))
    digest = hmac.new(SECRET, f"{seconds}.".encode() + data, hashlib.sha256).hexdigest()
    assert headers == {
        "Content-Type": "application/json",
        "Telecine-Event-Id": "event-1",
        "Telecine-Timestamp": seconds,
        "Telecine-Signature": f"t={seconds},v1={digest}",
    }
    assert data == body(delivery.event)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.DELIVERED) for status in (200, 201, 202, 204, 299)),
        *((status, Verdict.RETRY) for status in (408, 409, 425, 429, 500, 502, 503, 599)),
        *((status, Verdict.REFUSED) for status in (301, 302, 307, 400, 401, 403, 404, 413, 422)),
        (410, Verdict.GONE),
    ],
)
def test_what_an_answer_means(status: int, verdict: Verdict) -> None:
    """2xx is delivered; what passes is tried again; redirects and other refusals are final."""
    assert judge(Answer(status=status, retry_after=None)).verdict is verdict


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), (None, None), ("soon", None), ("-5", None), ("٣", None), ("9" * 10, None)],
)
def test_retry_after_is_a_number_of_seconds(header: str | None, seconds: int | None) -> None:
    """Dates and nonsense are as if it were not there."""
    asked = judge(Answer(status=503, retry_after=header)).retry_after
    assert asked == (None if seconds is None else timedelta(seconds=seconds))


def test_no_answer_is_tried_again() -> None:
    """With the reason, which names the host and nothing else of the URL."""

    def fail(_id: str) -> Answer:
        raise Unreachable("films.example.com: Connection refused")

    outcome = Outcome(verdict=Verdict.RETRY, error="No answer: films.example.com: Connection refused")
    assert _send(Receiver(fail), _delivery()) == {"event-1": outcome}


def test_several_jobs_events_go_side_by_side() -> None:
    """One that is slow does not hold up those beside it: each is told of as soon as it is known."""
    gate = threading.Event()

    def slow(event_id: str) -> Answer:
        if event_id == "event-1":
            assert gate.wait(10)
        return Answer(status=200, retry_after=None)

    transport = UrlTransport("https://films.example.com/hook", SECRET, Receiver(slow), ManualClock())
    told = []
    for some in transport.send([_delivery(number) for number in range(1, SIDE_BY_SIDE + 3)]):
        told += [delivery.event.id for delivery, _outcome in some]
        if len(told) == SIDE_BY_SIDE + 1:
            gate.set()
    transport.close()
    assert told[-1] == "event-1"
    assert len(told) == SIDE_BY_SIDE + 2


def test_a_transport_that_is_stopped_sends_nothing_more() -> None:
    """What is under way is broken off, what waits is not begun."""
    begun = threading.Event()

    def hang(url: str, headers: Mapping[str, str], data: bytes, check: Callable[[], None]) -> Answer:
        begun.set()
        pause = threading.Event()
        while True:
            check()
            pause.wait(0.01)

    transport = UrlTransport("https://films.example.com/hook", SECRET, hang, ManualClock())
    threading.Thread(target=lambda: (begun.wait(10), transport.stop())).start()
    outcomes = [one for some in transport.send([_delivery(number) for number in range(10)]) for _delivery_, one in some]
    transport.close()
    assert outcomes == [Outcome(verdict=Verdict.RETRY, error=f"No answer: {Stopped()}")] * 10


def test_the_network_inside_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever may name a URL learns that it may not be asked; to which address a name leads is for the log."""

    def refuse(_id: str) -> Answer:
        raise ForbiddenAddress("db.internal leads to 10.1.2.3 port 80")

    caplog.set_level(logging.INFO)
    outcome = _send(Receiver(refuse), _delivery())["event-1"]
    assert outcome == Outcome(verdict=Verdict.RETRY, error="No answer: the URL leads where this server may not go")
    assert "10.1.2.3" in caplog.text
