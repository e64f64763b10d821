"""What can be wrong with the root key, and with what it has sealed."""

from telecine.core.errors import TelecineError


class RootKeyProblem(TelecineError):
    """The root key file cannot be used; the message says why and what to do."""


class BrokenSeal(TelecineError):
    """A sealed value does not open: another root key, another row, or changed bytes."""
