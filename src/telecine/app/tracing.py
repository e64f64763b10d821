"""Traces for OpenTelemetry, when the operator's environment asks for them.

Configured as OpenTelemetry is everywhere: `OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) says
where they go. Without it nothing of OpenTelemetry is imported.
"""

import importlib
import os
from typing import TYPE_CHECKING

from telecine.core.errors import TelecineError

if TYPE_CHECKING:
    from telecine.app.open_telemetry import OpenTelemetry

_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingUnavailable(TelecineError):
    """Traces are asked for, and what makes them is not installed."""


def tracing(process: str) -> "OpenTelemetry | None":
    """Where spans of `process` go; None when nobody wants them.

    Raises `TracingUnavailable` when they are asked for and cannot be made.
    """
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or not any(os.environ.get(name) for name in _WHERE):
        return None
    try:
        module = importlib.import_module("telecine.app.open_telemetry")
    except ImportError as error:
        raise TracingUnavailable(
            "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, which need OpenTelemetry: pip install 'telecine[tracing]'."
        ) from error
    made: OpenTelemetry = module.OpenTelemetry(process)
    return made
