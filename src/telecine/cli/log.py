"""The log of our processes: lines on standard error, as text or as JSON objects."""

import json
import logging
from datetime import UTC, datetime

from telecine.cli.observation import LogFormat
from telecine.core import trail

_FORMAT = "%(asctime)s %(process)s {name} %(levelname)s %(name)s: %(message)s"


_BREAKS = {ord(mark): f"\\x{ord(mark):02x}" for mark in map(chr, (*range(32), 127, 0x85)) if mark != "\t"}
"""Messages quote what users write: a line break in a URL must not begin a line that looks like one of ours."""


class TextLines(logging.Formatter):
    """One line a message; an exception's lines follow it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return super().formatMessage(record).translate(_BREAKS)


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `process`, `pid`, `logger`, `message`; where there is one, `requestId`,
    `jobId` and `exception`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            "requestId": trail.REQUEST.get() or None,
            "jobId": trail.JOB.get() or None,
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in told.items() if value is not None}, ensure_ascii=False)


def configure(process: str, form: LogFormat = LogFormat.TEXT) -> None:
    """Send warnings of everybody, and everything but debugging of our own, to standard error."""
    handler = logging.StreamHandler()
    is_json = form is LogFormat.JSON
    handler.setFormatter(JsonLines(process) if is_json else TextLines(_FORMAT.format(name=process)))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("telecine").setLevel(logging.INFO)
