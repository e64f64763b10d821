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


def invalid_event_pattern(message: str) -> ApiError:
    """As PutRule of EventBridge refuses a pattern."""
    return ApiError("InvalidEventPatternException", message, status=400)


def not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message, status=404)


def already_exists(message: str) -> ApiError:
    return ApiError("ResourceAlreadyExistsException", message, status=409)


def limit_exceeded(message: str) -> ApiError:
    return ApiError("LimitExceededException", message, status=400)
