"""Options of `serve` for https: what the listener shows, and whom our own requests trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telecine.core.errors import TelecineError


class HalfACertificate(TelecineError):
    """Of the operator's certificate and its key only one was given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsOptions:
    """What the command line says of the https listener, checked."""

    certificate: Path | None
    """The operator's, with its chain; None means the local authority's."""
    key: Path | None
    """Given when `certificate` is."""
    names: tuple[str, ...]
    """What clients call the server on https, beside loopback and the address it listens on."""


def read(*, certificate: Path | None, key: Path | None, names: Sequence[str]) -> TlsOptions:
    """The options together. Raises `HalfACertificate`."""
    if (certificate is None) != (key is None):
        raise HalfACertificate("--tls-cert and --tls-key belong together: give both, or neither.")
    return TlsOptions(
        certificate=certificate.expanduser().absolute() if certificate else None,
        key=key.expanduser().absolute() if key else None,
        names=tuple(names),
    )
