"""Delivers events, a thread for each sink: one that is slow or dead keeps nobody waiting but its own events.

A further thread looks at the database twice a second, which costs three small reads, and wakes whoever has something
to do. Without sinks it looks once a second, for a new one.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from telecine.core.errors import TelecineError
from telecine.events.deliveries import Deliveries
from telecine.events.model import Delivery, Outcome, Sink, Verdict
from telecine.events.pattern import EventPattern

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
_AFTER_TROUBLE_SECONDS = 5.0
_FAREWELL_SECONDS = 2.0
"""How long the end waits for what is under way. What is broken off is tried again after the next start."""


class Transport(Protocol):
    """The way to one sink."""

    def send(self, batch: Sequence[Delivery]) -> Iterator[Sequence[tuple[Delivery, Outcome]]]:
        """Try all of these; some with what came of them, as soon as it is known."""
        ...

    def stop(self) -> None:
        """Let `send` end soon, in whatever thread it is."""
        ...

    def close(self) -> None: ...


class Publisher:
    """Delivers what happens to the sinks that want it, until it is closed."""

    def __init__(
        self, deliveries: Deliveries, transport: Callable[[Sink], Transport], *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        """`transport` makes the way to a sink. Raising a `TelecineError` it says that there is none at the moment."""
        self._deliveries = deliveries
        self._transport = transport
        self._poll_seconds = poll_seconds
        self._couriers: dict[str, _Courier] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more, and let what is under way end, if it is quick."""
        self._is_over.set()
        self._thread.join()
        for courier in self._couriers.values():
            courier.stop()
        deadline = time.monotonic() + _FAREWELL_SECONDS
        for courier in self._couriers.values():
            courier.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        wait = 0.0
        while not self._is_over.wait(wait):
            try:
                wait = self._poll_seconds if self._look() else 2 * self._poll_seconds
            except SQLAlchemyError:
                _log.warning("events: the database did not answer", exc_info=True)
                wait = _AFTER_TROUBLE_SECONDS

    def _look(self) -> bool:
        """Wake those who have something to do; whether there are any sinks."""
        agenda = self._deliveries.agenda()
        wanted = {sink.id: sink for sink in agenda.sinks}
        for sink_id in [sink_id for sink_id in self._couriers if sink_id not in wanted]:
            self._couriers.pop(sink_id).stop()  # paused or removed: it ends by itself
        for sink in agenda.sinks:
            if sink.id not in self._couriers or not self._couriers[sink.id].is_alive:
                self._couriers[sink.id] = _Courier(sink, self._deliveries, self._transport)
            if sink.id in agenda.busy:
                self._couriers[sink.id].wake()
        return bool(agenda.sinks)


class _Courier:
    """One sink's thread."""

    def __init__(self, sink: Sink, deliveries: Deliveries, transport: Callable[[Sink], Transport]) -> None:
        self._sink = sink
        self._deliveries = deliveries
        self._make = transport
        self._is_woken = threading.Event()
        self._is_over = threading.Event()
        self._transport: Transport | None = None
        self._is_failing = False
        self._thread = threading.Thread(target=self._run, name=f"event sink {sink.name}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def wake(self) -> None:
        self._is_woken.set()

    def stop(self) -> None:
        self._is_over.set()
        self._is_woken.set()
        transport = self._transport
        if transport is not None:
            transport.stop()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        pattern = EventPattern(self._sink.pattern)  # it compiled when the sink was added
        try:
            while True:
                self._is_woken.wait()
                if self._is_over.is_set():
                    return
                self._is_woken.clear()
                try:
                    if self._transport is None:
                        self._transport = self._make(self._sink)
                    self._work(self._transport, pattern)
                except (SQLAlchemyError, TelecineError):
                    # The database may be back, or the root key at hand, in a while; the event has not been lost.
                    _log.warning("events: nothing can be sent to sink %s now", self._sink.name, exc_info=True)
                    self._is_over.wait(_AFTER_TROUBLE_SECONDS)
        finally:
            if self._transport is not None:
                self._transport.close()

    def _work(self, transport: Transport, pattern: EventPattern) -> None:
        """Everything that can be done now."""
        while not self._is_over.is_set():
            looked_at = self._deliveries.look(self._sink, pattern)
            batch = self._deliveries.due(self._sink)
            if not looked_at and not batch:
                return
            for tried in transport.send(batch):
                is_over = self._is_over.is_set()  # then what was broken off has not failed
                results = [one for one in tried if one[1].verdict is Verdict.DELIVERED or not is_over]
                for delivery in self._deliveries.settle(self._sink, results):
                    _log.warning("event %s was given up for sink %s", delivery.event.id, self._sink.name)
                for _delivery, outcome in results:
                    self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        """Say when a sink begins to fail, and when it is well again: not for every attempt."""
        is_failing = outcome.verdict is not Verdict.DELIVERED
        if is_failing and not self._is_failing:
            _log.warning("sink %s does not take events: %s", self._sink.name, outcome.error)
        elif self._is_failing and not is_failing:
            _log.info("sink %s takes events again", self._sink.name)
        self._is_failing = is_failing
