"""Moments in the three forms that models name: `iso8601`, `rfc822` and `unixTimestamp`. Always aware, always UTC."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache


def from_iso8601(text: str) -> datetime:
    """`2026-01-31T10:00:00Z`, with or without a fraction or an offset. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else _utc(moment)


def from_rfc822(text: str) -> datetime:
    """`Sat, 31 Jan 2026 10:00:00 GMT`. Raises `ValueError`."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(text) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else _utc(moment)


def from_epoch(seconds: float) -> datetime:
    """Seconds since 1970. Raises `ValueError` for moments that a `datetime` cannot hold."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(str(seconds)) from error


def to_iso8601(moment: datetime) -> str:
    """To the second, as IAM and STS write it."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_iso8601_ms(moment: datetime) -> str:
    """To the millisecond, as S3 writes it."""
    return _utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def to_rfc822(moment: datetime) -> str:
    """As HTTP's headers carry it."""
    return format_datetime(_utc(moment), usegmt=True)


def to_epoch(moment: datetime) -> int | float:
    """Seconds since 1970, to the millisecond; an integer where it is one."""
    milliseconds = round(moment.timestamp() * 1000)
    return milliseconds / 1000 if milliseconds % 1000 else milliseconds // 1000


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the year 1 or 9999 with an offset
        raise ValueError(str(moment)) from error
