"""Who wants to know of each request that has been answered: counters, traces."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Histogram

OK = "OK"
"""The code of an answer that is no error."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Exchange(Struct, frozen=True, kw_only=True):
    """A request and that it was answered, without anything that only the caller may know."""

    service: str
    """The signing name; empty for a request that nobody could make out."""
    operation: str
    """Empty while no operation was found."""
    code: str
    """`OK`, or the error's code."""
    status: int
    request_id: str
    began: datetime
    """When its head had arrived."""
    ended: datetime
    """When the answer was ready: of a download its first block, of an upload the whole."""
    parent: str | None
    """The caller's own `traceparent` header (W3C Trace Context), if any."""

    @property
    def name(self) -> str:
        """What a trace calls it: `s3.GetObject`."""
        return f"{self.service}.{self.operation}" if self.operation else self.service or "unidentified"

    def attributes(self) -> dict[str, str | int]:
        """What a trace says of it, by OpenTelemetry's conventions for RPC."""
        return {
            "rpc.system": "aws-api",
            "rpc.service": self.service,
            "rpc.method": self.operation,
            "http.response.status_code": self.status,
            "aws.request_id": self.request_id,
            **({} if self.code == OK else {"error.type": self.code}),
        }


class Meter(Protocol):
    """Takes note of exchanges. Called in the thread that answers: it must be quick, and must not fail."""

    def note(self, exchange: Exchange) -> None: ...


class Counters:
    """Counts exchanges by service, operation and code, and how long they took, for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "telecine_requests_total",
            "Answered requests by service, operation and error code (OK without).",
            ("service", "operation", "code"),
            registry=registry,
        )
        self._durations = Histogram(
            "telecine_request_duration_seconds",
            "From a request's head to its answer; of a download to its first block.",
            ("service", "operation"),
            buckets=_BUCKETS,
            registry=registry,
        )
        # By their labels, which are few, looked up here: the library checks and converts them each time.
        self._request: dict[tuple[str, str, str], Counter] = {}
        self._duration: dict[tuple[str, str], Histogram] = {}

    def note(self, exchange: Exchange) -> None:
        service, operation, code = exchange.service, exchange.operation, exchange.code
        request = self._request.get((service, operation, code))
        if request is None:
            request = self._request[service, operation, code] = self._requests.labels(service, operation, code)
        request.inc()
        duration = self._duration.get((service, operation))
        if duration is None:
            duration = self._duration[service, operation] = self._durations.labels(service, operation)
        duration.observe(max(0.0, (exchange.ended - exchange.began).total_seconds()))


class Meters:
    """Several meters as one."""

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = tuple(meters)

    def note(self, exchange: Exchange) -> None:
        for meter in self._meters:
            meter.note(exchange)
