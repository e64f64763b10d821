"""Scalars as text: in labels, headers, query strings, forms and XML."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.model import Shape

from telecine.wire import timestamps
from telecine.wire.protocols.codec import WrongType

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_BOOLEANS = {"true": True, "false": False}

_READ_MOMENT: dict[str, Callable[[str], datetime]] = {
    "iso8601": timestamps.from_iso8601,
    "rfc822": timestamps.from_rfc822,
    "unixtimestamp": lambda text: timestamps.from_epoch(float(text)),
}
_WRITE_MOMENT: dict[str, Callable[[datetime], str]] = {
    "iso8601": timestamps.to_iso8601,
    "iso8601 ms": timestamps.to_iso8601_ms,
    "rfc822": timestamps.to_rfc822,
    "unixtimestamp": lambda moment: str(timestamps.to_epoch(moment)),
}


def moment_format(shape: Shape, default: str) -> str:
    """The format of a timestamp shape: its own, or what the place it stands in wants."""
    declared: str = shape.serialization.get("timestampFormat", default)
    return default if declared.lower() == default.partition(" ")[0] else declared.lower()


def text_reader(shape: Shape, *, moments: str) -> Callable[[str], Any]:
    """A function from text to a value of the scalar `shape`; it raises `WrongType`.

    `moments` is the timestamp format of the place where the text stands.
    """
    convert = _converter(shape, moments)

    def read(text: str) -> Any:
        try:
            return convert(text)
        except (ValueError, KeyError, binascii.Error) as error:
            raise WrongType(shape, text) from error

    return str if convert is str else read


def text_writer(shape: Shape, *, moments: str) -> Callable[[Any], str]:
    """The opposite of `text_reader`, not escaped."""
    match shape.type_name:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "timestamp":
            return _WRITE_MOMENT[moment_format(shape, moments)]
        case "blob":
            return lambda value: base64.b64encode(value).decode()
        case "float" | "double":
            return lambda value: str(spelled(value))
        case _:
            return str


def spelled(value: float) -> float | str:
    """A number as JSON and XML carry it: the three that are no numbers by name."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _number(text: str) -> float:
    """A number out of text. Raises `ValueError`, also for the three that are none: no parameter can be one of them."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _converter(shape: Shape, moments: str) -> Callable[[str], Any]:
    match shape.type_name:
        case "integer" | "long":
            return _integer
        case "boolean":
            return lambda text: _BOOLEANS[text.lower()]
        case "float" | "double":
            return _number
        case "timestamp":
            return _READ_MOMENT[moment_format(shape, moments).partition(" ")[0]]
        case "blob":
            return lambda text: base64.b64decode(text, validate=True)
        case _:
            return str


def _integer(text: str) -> int:
    # int() alone would take underscores, spaces and other scripts' digits.
    if _INTEGER.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)
