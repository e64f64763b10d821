"""Traces for OpenTelemetry, when the operator's environment asks for them.

Configured as OpenTelemetry is everywhere: `OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) says
where they go. Without it nothing of OpenTelemetry is imported.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from telecine.core.errors import TelecineError
from telecine.core.spans import NoSpans, Spans

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingUnavailable(TelecineError):
    """Traces are asked for, and what makes them is not installed."""


class OpenTelemetry:
    """Spans that a `TracerProvider` exports in the background; at the end of the process it sends what waits."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        self._tracer = provider.get_tracer("telecine")
        self._propagator = TraceContextTextMapPropagator()

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        span: AbstractContextManager[object] = self._tracer.start_as_current_span(
            name, attributes=dict(attributes or {})
        )
        return span

    def over(
        self,
        name: str,
        *,
        began: datetime,
        ended: datetime,
        attributes: Mapping[str, str | int],
        is_error: bool,
        parent: str | None,
    ) -> None:
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

        around = self._propagator.extract({"traceparent": parent}) if parent else None
        span = self._tracer.start_span(
            name,
            context=around,
            kind=SpanKind.SERVER,
            attributes=dict(attributes),
            start_time=_nanoseconds(began),
        )
        if is_error:
            span.set_status(Status(StatusCode.ERROR))
        span.end(_nanoseconds(ended))


def is_configured(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator wants traces."""
    is_off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not is_off and any(environment.get(name) for name in _WHERE)


def tracing(process: str) -> Spans:
    """Where spans of `process` go. Raises `TracingUnavailable` when they are asked for and cannot be made."""
    if not is_configured():
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise TracingUnavailable(
            "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, which need OpenTelemetry: pip install 'telecine[tracing]'."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "telecine", "process.role": process}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetry(provider)


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
