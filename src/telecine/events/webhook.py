"""Sinks that are URLs: each event a signed POST. Several jobs' events go side by side, each job's one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.events import signature
from telecine.events.envelope import body
from telecine.events.model import DELIVERED, Delivery, Outcome, Verdict

SIDE_BY_SIDE = 4
"""So many requests to one sink are under way at a time."""

_RETRIED = frozenset({408, 409, 425, 429})
"""Refusals that pass. EventBridge tries 409, 429 and 5xx again (user guide, "API destinations"); a timeout is one, too."""
_GONE = 410


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    retry_after: str | None
    """The header, as it came."""


class Post(Protocol):
    """Sends a POST to an address that a user has named. Raises a `TelecineError` whose text may be shown when there is
    no answer."""

    def __call__(self, url: str, headers: Mapping[str, str], data: bytes) -> Answer: ...


class UrlTransport:
    """POSTs to one URL."""

    def __init__(self, url: str, secret: bytes, post: Post, clock: Clock) -> None:
        self._url = url
        self._secret = secret
        self._post = post
        self._clock = clock
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="event sink")

    def send(self, batch: Sequence[Delivery]) -> Iterator[tuple[Delivery, Outcome]]:
        """Each delivery with what came of it, as soon as it is known."""
        tried = {self._pool.submit(self._try, delivery): delivery for delivery in batch}
        for done in as_completed(tried):
            if not done.cancelled():
                yield tried[done], done.result()

    def close(self) -> None:
        """Send nothing more. What is under way is given up, or ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _try(self, delivery: Delivery) -> Outcome:
        data = body(delivery.event)
        headers = signature.headers(self._secret, delivery.event.id, self._clock.now(), data)
        try:
            answer = self._post(self._url, headers, data)
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
