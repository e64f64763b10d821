"""Spans as OpenTelemetry has them, sent over OTLP.

Needs the extra `tracing`: only `app.tracing` loads it, and only when it is asked for.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telecine.edge.meter import Exchange


class OpenTelemetry:
    """Spans of one process, exported in the background; at the end of the process it sends what waits."""

    def __init__(self, process: str) -> None:
        provider = TracerProvider(resource=Resource.create({"service.name": "telecine", "process.role": process}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer("telecine")
        self._propagator = TraceContextTextMapPropagator()

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        span: AbstractContextManager[object] = self._tracer.start_as_current_span(
            name, attributes=dict(attributes or {})
        )
        return span

    def note(self, exchange: Exchange) -> None:
        """An exchange as a span that is over, with the attributes of OpenTelemetry's conventions for RPC."""
        around = self._propagator.extract({"traceparent": exchange.parent}) if exchange.parent else None
        span = self._tracer.start_span(
            exchange.name,
            context=around,
            kind=SpanKind.SERVER,
            attributes=exchange.attributes(),
            start_time=_nanoseconds(exchange.began),
        )
        if exchange.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nanoseconds(exchange.ended))


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
