"""One finding of validation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """What is wrong with a job's settings, and where."""

    path: str
    """From `Settings`, by the names on the wire: `/outputGroups/0/outputs/1/videoDescription/width`."""
    message: str


def wire_name(member: str) -> str:
    """A member as the wire spells it: the model's name with a small first letter."""
    return member[:1].lower() + member[1:]
