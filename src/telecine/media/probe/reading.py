"""What ffprobe's JSON is read with: nothing of it can be relied on to be there, or of the kind it should be."""

from collections.abc import Mapping, Sequence
from fractions import Fraction


def rotation(stream: Mapping[str, object]) -> int:
    """Clockwise quarter turns from the display matrix; "within one degree", else none (VideoSelector.Rotate)."""
    for side_data in as_mappings(stream.get("side_data_list")):
        if "rotation" in side_data:
            clockwise = -float(str(side_data["rotation"])) % 360  # ffprobe counts counter-clockwise
            nearest = round(clockwise / 90) * 90
            return nearest % 360 if abs(clockwise - nearest) <= 1 else 0
    return 0


def as_fraction(value: object) -> Fraction | None:
    """A positive or negative number or ratio; None for ffprobe's `0/0` and `N/A`."""
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None


def as_integer(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def as_mappings(value: object) -> Sequence[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
