"""What every step asks and tells while it works."""

from collections.abc import Callable
from dataclasses import dataclass

from telecine.engine.errors import AttemptStopped


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """The two lines between a step and its attempt. Both may be used from several threads."""

    should_stop: Callable[[], bool]
    """True once the attempt has lost its right to go on; quick, and asked many times a second."""
    advance: Callable[[float, int], None]
    """Told how much of the step's share is done (0.0 to 1.0) and how many frames it has encoded so far."""

    def check(self) -> None:
        """Raises `AttemptStopped` when the attempt must not go on."""
        if self.should_stop():
            raise AttemptStopped

    def silent(self) -> "Watch":
        """The same for work that has no progress of its own to tell."""
        return Watch(should_stop=self.should_stop, advance=lambda _share, _frames: None)
