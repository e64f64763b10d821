"""The log as JSON."""

import json
import logging
import sys

from telecine.cli.log import JsonLines, TextLines
from telecine.core import trail


def _record(message: str, *args: object, error: bool = False) -> logging.LogRecord:
    details = None
    if error:
        try:
            raise ValueError("odd")
        except ValueError:
            details = sys.exc_info()
    return logging.LogRecord("telecine.edge", logging.WARNING, "", 1, message, args, details)


def test_a_line_is_one_object_with_what_it_belongs_to() -> None:
    """Time, level, process, logger, message; the request or the job that the thread works for."""
    token = trail.REQUEST.set("request-1")
    try:
        told = json.loads(JsonLines("api").format(_record("a %s\nb", "film")))
    finally:
        trail.REQUEST.reset(token)

    assert told.pop("time").endswith("+00:00")
    assert isinstance(told.pop("pid"), int)
    assert told == {
        "level": "WARNING",
        "process": "api",
        "logger": "telecine.edge",
        "message": "a film\nb",
        "requestId": "request-1",
    }


def test_an_exception_stays_on_the_line() -> None:
    """Its trace is a member like others, so that a line is always one object."""
    line = JsonLines("worker").format(_record("broke", error=True))

    assert "\n" not in line
    assert "ValueError: odd" in json.loads(line)["exception"]


def test_what_a_user_wrote_begins_no_line_of_text() -> None:
    """A line break in a message is shown, not made; an exception keeps its lines."""
    lines = TextLines("%(levelname)s %(message)s")

    assert lines.format(_record("a %s", "film\n2026 ERROR b\r\x1b[2J\ttab")) == (
        r"WARNING a film\x0a2026 ERROR b\x0d\x1b[2J" "\ttab"
    )
    assert lines.format(_record("broke", error=True)).startswith("WARNING broke\nTraceback")
