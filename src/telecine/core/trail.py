"""Which request or job a thread works for, so that every line of the log can say so."""

from contextvars import ContextVar

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request whose stages run; empty outside of any."""

JOB: ContextVar[str] = ContextVar("job", default="")
"""The id of the job whose attempt runs; empty outside of any."""
