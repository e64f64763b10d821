"""How a server is watched: the form of its log, and who may read its metrics."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from telecine.core.errors import TelecineError


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


_SHORTEST = 16


class UnusableToken(TelecineError):
    """There is no token of the asked form in the file. The text never shows it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationOptions:
    """What the command line says of it, checked."""

    log_format: LogFormat = LogFormat.TEXT
    metrics_token_file: Path | None = None
    """Absolute."""

    def metrics_token(self) -> str | None:
        """The token in the file. Raises `UnusableToken`; it is never shown."""
        if self.metrics_token_file is None:
            return None
        try:
            token = self.metrics_token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no ASCII text"
            raise UnusableToken(f"--metrics-token-file {self.metrics_token_file}: {reason}") from error
        if len(token) < _SHORTEST or not token.isprintable() or " " in token:
            raise UnusableToken(
                f"--metrics-token-file {self.metrics_token_file}: a token of at least {_SHORTEST} printable characters "
                "without spaces is wanted; `openssl rand -hex 32` makes one"
            )
        return token


def read(*, log_format: LogFormat, metrics_token_file: Path | None) -> ObservationOptions:
    """The options, with a token that can be read. Raises `UnusableToken`."""
    file = None if metrics_token_file is None else metrics_token_file.expanduser().absolute()
    options = ObservationOptions(log_format=log_format, metrics_token_file=file)
    options.metrics_token()
    return options
