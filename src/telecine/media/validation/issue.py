"""One finding of validation."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """What is wrong with a job's settings, and where."""

    path: str
    """From `Settings`, by the names on the wire: `/outputGroups/0/outputs/1/videoDescription/width`."""
    message: str


MOST_ISSUES = 1000
"""So many are told at once. A short request can have a hundred thousand, of a hundred characters each."""


class Enough(Exception):
    """There are `MOST_ISSUES`."""


class Issues(list[Issue]):
    """Takes issues until there are enough. Raises `Enough` with the last that it takes."""

    def __init__(self, sound: Collection[int]) -> None:
        super().__init__()
        self.sound = sound
        """The `id`s of structures in which nothing is wrong: they are passed over where they stand in a list."""

    def append(self, issue: Issue) -> None:
        super().append(issue)
        if len(self) >= MOST_ISSUES:
            raise Enough


def wire_name(member: str) -> str:
    """A member as the wire spells it: the model's name with a small first letter."""
    return member[:1].lower() + member[1:]


Place = Any
"""Where a structure stands: None at the top, else the pair of its parent's place and its own step. A chain of pairs,
because to make one costs a tenth of writing a path, and nearly no path is ever read."""


def written(place: Place) -> str:
    """The path of a place: `/outputGroups/0`; empty at the top."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(f"/{step}")
    return "".join(reversed(steps))
