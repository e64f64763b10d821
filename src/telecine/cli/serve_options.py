"""What the command line of `serve` says, as its processes hear it. No typer here: see `child`."""

import socket
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from telecine.cli.observation import ObservationOptions
from telecine.cli.remote import RemoteOptions
from telecine.cli.tls import TlsOptions

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound to


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """What the command line of `serve` says, checked."""

    data_dir: Path
    host: str
    port: int
    """0 lets the system choose."""
    https_port: int | None
    """None means the one after `port`, or a free one."""
    tls: TlsOptions
    account: str
    region: str
    database: str | None
    root_key_file: Path | None
    sandbox: str
    slots: int
    endpoint_url: str | None
    """Where the worker finds the api; None means at host and port."""
    remote: RemoteOptions | None
    """Where jobs find S3 and KMS; None: here."""
    trust_ca: Path | None
    """Whom outbound https trusts beside the public authorities."""
    is_supervised: bool
    observation: ObservationOptions = field(default_factory=ObservationOptions)
    s3_domains: tuple[str, ...] = ()
    """Beside localhost: `films.s3.example.com` is the bucket `films` where one of them is `s3.example.com`."""
    allow_addresses: tuple[str, ...] = ()
    """Blocks that users' URLs may lead to beside the public addresses."""

    def url(self, port: int) -> str:
        """Where clients on this machine find the server."""
        return f"http://{_in_url(self.near_host)}:{port}"

    def https_url(self, port: int) -> str:
        """Where clients find it on https: under the first name that the operator gave, if any."""
        return f"https://{_in_url(self.https_host)}:{port}"

    def listeners(self, port: int) -> tuple[tuple[str, int], ...]:
        """Address and port of this server's listeners as its worker finds them, http at `port`."""
        if self.endpoint_url is not None:
            found = urlsplit(self.endpoint_url)
            return ((found.hostname or "", found.port or {"http": 80}.get(found.scheme, 443)),)
        return tuple((self.host, number) for number in (port, self.https_port) if number)

    @property
    def near_host(self) -> str:
        """What this machine calls the address that the server listens on."""
        return _WILDCARDS.get(self.host, self.host)

    @property
    def https_host(self) -> str:
        return self.tls.names[0] if self.tls.names else self.near_host

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names and addresses that our own certificate has to be for, beside loopback."""
        is_everywhere = self.host in _WILDCARDS
        return (*self.tls.names, *self.s3_domains, socket.gethostname() if is_everywhere else self.host)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
