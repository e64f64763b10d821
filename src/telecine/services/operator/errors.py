"""The operator's errors."""

from collections.abc import Sequence

from telecine.core.errors import ApiError, TelecineError
from telecine.wire.validate import Violation, aws_sentence


class UnreadableLog(TelecineError):
    """The audit log's folder cannot be read."""


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks."""
    return validation(aws_sentence(violations))


def invalid_token() -> ApiError:
    """A page token of another listing, or of none."""
    return validation("The nextToken is not one that this listing has given.")


def validation(message: str) -> ApiError:
    """400 with the code of most of AWS's newer services."""
    return ApiError("ValidationException", message, status=400)
