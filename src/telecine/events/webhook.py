"""Sinks that are URLs: each event a signed POST. Events of several jobs go side by side, those of one job in turn."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.events import signature
from telecine.events.envelope import body
from telecine.events.model import DELIVERED, Delivery, Outcome, Verdict
from telecine.events.problems import UnusableSink
from telecine.outbound.client import Outbound
from telecine.outbound.errors import BadUrl, ForbiddenAddress
from telecine.outbound.url import Url
from telecine.outbound.wire import Limits

_log = logging.getLogger(__name__)

SIDE_BY_SIDE = 4
"""So many requests to one sink are under way at a time."""

_RETRIED = frozenset({408, 409, 425, 429})
"""Refusals that pass. EventBridge tries 409, 429 and 5xx again (user guide, "API destinations"); 408 and 425 say so."""
_GONE = 410
_LIMITS = Limits(connect_seconds=5.0, idle_seconds=10.0, total_seconds=15.0, most_bytes=64 * 1024)
"""An answer is its status: what else a receiver has to say is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    retry_after: str | None
    """The header, as it came."""


class Stopped(TelecineError):
    """Nobody waits for the answer any more."""

    def __init__(self) -> None:
        super().__init__("the server stopped")


class Post(Protocol):
    """Sends a POST to an address that a user has named."""

    def __call__(self, url: str, headers: Mapping[str, str], data: bytes, check: Callable[[], None]) -> Answer:
        """Raises a `TelecineError` whose text may be shown when there is no answer, and what `check` raises, which is
        asked while we wait."""
        ...


def posting(outbound: Outbound) -> Post:
    """POSTs through the guard that decides which addresses may be reached."""

    def post(url: str, headers: Mapping[str, str], data: bytes, check: Callable[[], None]) -> Answer:
        limits = replace(_LIMITS, check=check)
        with outbound.open(url, method="POST", headers=headers, body=data, limits=limits) as response:
            return Answer(status=response.status, retry_after=response.headers.get("retry-after"))

    return post


def check_url(url: str) -> None:
    """Raises `UnusableSink` for a text that no request can be sent to."""
    try:
        Url.parse(url)
    except BadUrl as error:
        raise UnusableSink(f"The sink's URL cannot be used: {error}.") from error


class UrlTransport:
    """POSTs to one URL."""

    def __init__(self, url: str, secret: bytes, post: Post, clock: Clock) -> None:
        self._url = url
        self._secret = secret
        self._post = post
        self._clock = clock
        self._is_over = threading.Event()
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="event sink")

    def send(self, batch: Sequence[Delivery]) -> Iterator[Sequence[tuple[Delivery, Outcome]]]:
        """Deliveries with what came of them, as soon as it is known."""
        tried = {self._pool.submit(self._try, delivery): delivery for delivery in batch}
        for done in as_completed(tried):
            yield [(tried[done], done.result())]

    def stop(self) -> None:
        """Let what is under way end."""
        self._is_over.set()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self) -> None:
        if self._is_over.is_set():
            raise Stopped

    def _try(self, delivery: Delivery) -> Outcome:
        data = body(delivery.event)
        headers = signature.headers(self._secret, delivery.event.id, self._clock.now(), data)
        try:
            self._check()
            answer = self._post(self._url, headers, data, self._check)
        except ForbiddenAddress as error:
            _log.info("%s", error)  # which address it is, is for the operator: it may be one of the network inside
            return Outcome(verdict=Verdict.RETRY, error="No answer: the URL leads where this server may not go")
        except TelecineError as error:
            return Outcome(verdict=Verdict.RETRY, error=f"No answer: {error}")
        return judge(answer)


def judge(answer: Answer) -> Outcome:
    """What an answer means for the event. Redirects are not followed: the event would go where nobody has sent it."""
    status = answer.status
    if 200 <= status < 300:
        return DELIVERED
    error = f"The receiver answered {status}."
    if status == _GONE:
        return Outcome(verdict=Verdict.GONE, error=f"{error} It wants no more events.")
    if status in _RETRIED or status >= 500:
        return Outcome(verdict=Verdict.RETRY, error=error, retry_after=_seconds(answer.retry_after))
    return Outcome(verdict=Verdict.REFUSED, error=error)


def _seconds(header: str | None) -> timedelta | None:
    """The number of seconds in a Retry-After; None for dates and nonsense: our own wait is long enough."""
    if header is None or not (header.isascii() and header.isdigit()) or len(header) > 9:
        return None
    return timedelta(seconds=int(header))
