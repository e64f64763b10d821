"""How to go on with a request whose head is there: `Pipeline.arrive` says it, whoever reads the body does it."""

from dataclasses import dataclass

from telecine.edge.stages import Identified, Routed


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """The body is to be received whole, up to `limit` bytes, and given to `Pipeline.answer`."""

    identified: Identified
    limit: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """The request may be an upload: `Pipeline.open` decides, before anything of the body is received."""

    identified: Identified


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """The request is a form with a file: it is read up to there, and given to `Pipeline.open_form`."""

    identified: Identified
    bucket: str
    is_host: bool
    """The bucket stands in the Host header."""
    boundary: bytes
    """What stands between its parts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """It was no upload: the body is to be received whole, up to `limit` bytes, and given to `Pipeline.resume`."""

    identified: Identified
    routed: Routed
    """How far the request got without its body."""
    limit: int

    @property
    def has_caller(self) -> bool:
        """Somebody has signed it."""
        return self.routed.signed.call.signature is not None
