"""How a server is watched: the form of its log, and who may read its metrics."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


LogFormatOption = Annotated[
    LogFormat,
    typer.Option("--log-format", help="How the log on standard error is written: text, or one JSON object a line."),
]
MetricsTokenFile = Annotated[
    Path | None,
    typer.Option(
        "--metrics-token-file",
        metavar="FILE",
        help="A bearer token, in a file, for scrapers elsewhere: without it /_/metrics answers this machine alone.",
    ),
]

_SHORTEST = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationOptions:
    """What the command line says of it, checked."""

    log_format: LogFormat = LogFormat.TEXT
    metrics_token_file: Path | None = None
    """Absolute."""

    def arguments(self) -> list[tuple[str, str]]:
        """The options of a child that is watched in the same way."""
        token = self.metrics_token_file
        return [("--log-format", self.log_format), *([("--metrics-token-file", str(token))] if token else [])]

    def metrics_token(self) -> str | None:
        """The token in the file. Raises `BadParameter`; it is never shown."""
        if self.metrics_token_file is None:
            return None
        try:
            token = self.metrics_token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no ASCII text"
            raise typer.BadParameter(f"--metrics-token-file {self.metrics_token_file}: {reason}") from error
        if len(token) < _SHORTEST or not token.isprintable() or " " in token:
            raise typer.BadParameter(
                f"--metrics-token-file {self.metrics_token_file}: a token of at least {_SHORTEST} printable characters "
                "without spaces is wanted; `openssl rand -hex 32` makes one"
            )
        return token


def read(*, log_format: LogFormat, metrics_token_file: Path | None) -> ObservationOptions:
    """The options, with a token that can be read. Raises `BadParameter`."""
    file = None if metrics_token_file is None else metrics_token_file.expanduser().absolute()
    options = ObservationOptions(log_format=log_format, metrics_token_file=file)
    options.metrics_token()
    return options
