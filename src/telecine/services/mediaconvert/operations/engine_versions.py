"""Job engine versions: of this server there is one, that of its release, which has no date to be asked for by.

Service model, JobEngineVersionUsed: with an expired version a job runs "as if no specific Job engine version was
requested"; with an invalid one there is no job.
"""

from datetime import date


def is_version(text: str) -> bool:
    """Whether it has the form of one, `YYYY-MM-DD`, and is a day."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def can_be_asked_for(text: str, today: date) -> bool:
    """Whether there may have been such a version: all of them have expired here, and none is of a day to come."""
    return is_version(text) and date.fromisoformat(text) <= today
