"""What is wrong with a pattern, in the words of PutRule's InvalidEventPatternException."""

from telecine.core.errors import TelecineError

MAX_CHARACTERS = 4096
"""The longest pattern (EventBridge API reference, PutRule, `EventPattern`)."""

_SHOWN = 500
"""So much of a pattern is quoted in an error."""


class InvalidEventPattern(TelecineError):
    """The text is no event pattern."""


def invalid(reason: str, text: str, offset: int) -> InvalidEventPattern:
    """The error, with the place up to which `text` had been read. Lines and columns count from 1."""
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    shown = f'"{text[:_SHOWN]}"' + (f"[truncated {len(text) - _SHOWN} chars]" if len(text) > _SHOWN else "")
    place = f"[Source: (String){shown}; line: {line}, column: {column}]"
    return InvalidEventPattern(f"Event pattern is not valid. Reason: {reason}\n at {place}")


def too_long(length: int) -> InvalidEventPattern:
    return InvalidEventPattern(
        f"Event pattern is not valid. Reason: It has {length} characters; the limit is {MAX_CHARACTERS}"
    )
