"""Options of `serve` for https: what the listener shows, and whom our own requests trust."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from telecine.core.errors import TelecineError

HttpsPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="The port for https; 0 takes a free one. Without it: the one after --port, or a free one if taken.",
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A certificate of your own for https, with its chain, as PEM; read anew when it changes. "
        "Without it: one of the local CA, whose certificate is DIR/ca.pem.",
    ),
]
Key = Annotated[Path | None, typer.Option(metavar="FILE", help="The private key of --tls-cert, as PEM.")]
Name = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="A name or an address by which clients reach this server on https. Repeatable; URLs show the first.",
    ),
]
TrustedAuthorities = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Certificates, as PEM, whom outbound https trusts beside the public authorities."
    ),
]


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

    def arguments(self) -> list[tuple[str, str]]:
        """The same for a child process."""
        files = [("--tls-cert", self.certificate), ("--tls-key", self.key)]
        given = [(option, str(path)) for option, path in files if path is not None]
        return [*given, *(("--tls-name", name) for name in self.names)]


def read(*, certificate: Path | None, key: Path | None, names: Sequence[str]) -> TlsOptions:
    """The options together. Raises `HalfACertificate`."""
    if (certificate is None) != (key is None):
        raise HalfACertificate("--tls-cert and --tls-key belong together: give both, or neither.")
    return TlsOptions(
        certificate=certificate.expanduser().absolute() if certificate else None,
        key=key.expanduser().absolute() if key else None,
        names=tuple(names),
    )
