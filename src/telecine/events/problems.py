"""What can be wrong about a sink."""

from telecine.core.errors import TelecineError


class UnknownSink(TelecineError):
    """The account has no sink of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Sink {name} does not exist.")


class SinkExists(TelecineError):
    """The account has a sink of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Sink {name} already exists.")


class TooManySinks(TelecineError):
    """The account has as many as it may have."""


class UnusableSink(TelecineError):
    """Its name or its target is none."""
