"""`telecine serve`: the server, as a supervisor of two processes or as one of them."""

import importlib
import os
import re
import socket
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from telecine.cli import folder as data_folder
from telecine.cli import observation, outbound, remote, tls
from telecine.cli.kernel import LARGE_PAGES, die_with
from telecine.cli.listeners import Listeners, Ports
from telecine.cli.observation import ObservationOptions
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile, SandboxMode
from telecine.cli.remote import RemoteOptions
from telecine.cli.supervisor import NOT_WORTH_RESTARTING, Child, NotYet, Supervisor, child_command
from telecine.cli.tls import TlsOptions
from telecine.core.errors import TelecineError

app = typer.Typer(add_completion=False)

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound to
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
_ROLES = {"api": "telecine.cli.role_api", "worker": "telecine.cli.role_worker"}
"""Imported by name, and only the one that runs: the supervisor stays small, and boto3 does not slow the api's start."""


class Role(StrEnum):
    """The processes that make up a server."""

    API = "api"
    WORKER = "worker"


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

    def arguments(self, ports: Ports) -> list[str]:
        """The options of a child that is to serve `ports`."""
        given = {
            "--data-dir": str(self.data_dir),
            "--host": self.host,
            "--port": str(ports.http),
            "--https-port": str(ports.https),
            "--account-id": self.account,
            "--region": self.region,
            "--sandbox": self.sandbox,
            "--slots": str(self.slots),
            "--root-key-file": str(self.root_key_file) if self.root_key_file else None,
            "--endpoint-url": self.endpoint_url,
            **(self.remote.arguments() if self.remote else {}),
            "--trust-ca": str(self.trust_ca) if self.trust_ca else None,
        }
        pairs = [(name, value) for name, value in given.items() if value is not None]
        pairs += [("--s3-domain", domain) for domain in self.s3_domains]
        pairs += [("--allow-address", block) for block in self.allow_addresses]
        return [word for pair in (*pairs, *self.observation.arguments(), *self.tls.arguments()) for word in pair]

    def url(self, port: int) -> str:
        """Where clients on this machine find the server."""
        return f"http://{_in_url(_WILDCARDS.get(self.host, self.host))}:{port}"

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
    def https_host(self) -> str:
        return self.tls.names[0] if self.tls.names else _WILDCARDS.get(self.host, self.host)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names and addresses that our own certificate has to be for, beside loopback."""
        is_everywhere = self.host in _WILDCARDS
        return (*self.tls.names, *self.s3_domains, socket.gethostname() if is_everywhere else self.host)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _account(value: str) -> str:
    if not re.fullmatch(r"\d{12}", value):
        raise typer.BadParameter("an account id has twelve digits")
    return value


def _region(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", value):
        raise typer.BadParameter("a region looks like us-east-1")
    return value


def _domains(values: list[str]) -> list[str]:
    for value in values:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", value):
            raise typer.BadParameter("a domain looks like s3.example.com: lower case, without a port")
    return values


@app.command()
def serve(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 7700,
    https_port: tls.HttpsPort = None,
    tls_cert: tls.Certificate = None,
    tls_key: tls.Key = None,
    tls_name: tls.Name = None,
    account_id: Annotated[
        str, typer.Option(metavar="ID", callback=_account, help="The account, made on first start: twelve digits.")
    ] = "000000000000",
    region: Annotated[
        str, typer.Option(metavar="REGION", callback=_region, help="The one region that this server is.")
    ] = "us-east-1",
    role: Annotated[Role | None, typer.Option(help="Run one of the two processes alone, without supervision.")] = None,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    sandbox: Annotated[
        SandboxMode,
        typer.Option(
            help="How media tools are confined. require: no job runs without a working sandbox; "
            "auto: the best this machine has, with a warning; off: not at all."
        ),
    ] = SandboxMode.REQUIRE,
    slots: Annotated[int, typer.Option(min=1, max=64, help="How many jobs the worker runs at a time.")] = 1,
    endpoint_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="For a worker alone: where it finds S3. Without it: at host and port."),
    ] = None,
    s3_domain: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DOMAIN",
            callback=lambda values: _domains(values or []),
            help="A name of this server below which buckets have their own: films.DOMAIN is the bucket films. "
            "May be given several times; localhost is always one.",
        ),
    ] = None,
    s3_endpoint: remote.S3Endpoint = None,
    kms_endpoint: remote.KmsEndpoint = None,
    s3_addressing: remote.S3Addressing = remote.Addressing.PATH,
    remote_region: remote.RemoteRegion = None,
    remote_credentials: remote.RemoteCredentialsFile = None,
    trust_ca: tls.TrustedAuthorities = None,
    allow_address: outbound.AllowAddress = None,
    log_format: observation.LogFormatOption = observation.LogFormat.TEXT,
    metrics_token_file: observation.MetricsTokenFile = None,
    listen_fds: Annotated[
        tuple[int, int] | None, typer.Option(hidden=True, help="The sockets that the supervisor holds: http, https.")
    ] = None,
    supervisor_pid: Annotated[int | None, typer.Option(hidden=True, help="Whom to die with.")] = None,
) -> None:
    """Run the server: the AWS APIs on http and https, and a worker that runs the jobs.

    The first start makes the account, an IAM user `admin` and their credentials in DIR/credentials.
    """
    certificates = tls.read(certificate=tls_cert, key=tls_key, names=tls_name or ())
    options = ServeOptions(
        data_dir=data_folder.prepare(data_dir),
        host=host,
        port=port,
        https_port=https_port,
        tls=certificates,
        account=account_id,
        region=region,
        database=database,
        root_key_file=_absolute(root_key_file),
        sandbox=sandbox.value,
        slots=slots,
        endpoint_url=endpoint_url,
        remote=remote.read(
            s3_url=s3_endpoint,
            kms_url=kms_endpoint,
            addressing=s3_addressing,
            region=None if remote_region is None else _region(remote_region),
            credentials=remote_credentials,
            own_region=region,
        ),
        trust_ca=_absolute(trust_ca),
        observation=observation.read(log_format=log_format, metrics_token_file=metrics_token_file),
        is_supervised=supervisor_pid is not None,
        s3_domains=tuple(s3_domain or ()),
        allow_addresses=tuple(allow_address or ()),
    )
    if role is None:
        raise typer.Exit(_supervise(options))
    if supervisor_pid is not None:
        die_with(supervisor_pid)
    try:
        listeners = _listeners(options, listen_fds) if role is Role.API else None
        importlib.import_module(_ROLES[role.value]).run(options, listeners)
    except TelecineError as error:
        if not options.is_supervised or isinstance(error, NotYet):
            raise
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(NOT_WORTH_RESTARTING) from error


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.expanduser().absolute()


def _supervise(options: ServeOptions) -> int:
    """Run both processes until told to stop; the exit code."""
    lock = data_folder.FolderLock(options.data_dir, "serve")
    with _listeners(options, None) as listeners:
        ports = listeners.ports
        if not _LOOPBACK.fullmatch(options.host):
            typer.secho(
                f"Warning: {options.host} can be reached from other machines, and http carries session credentials "
                f"and media in the clear. Let them use https ({options.https_url(ports.https)}) and keep port "
                f"{ports.http} to this machine, or listen on 127.0.0.1.",
                err=True,
                fg=typer.colors.YELLOW,
            )
        for warning in options.remote.warnings() if options.remote else ():
            typer.secho(warning, err=True, fg=typer.colors.YELLOW)
        if options.database is not None:
            os.environ["TELECINE_DATABASE"] = options.database  # its password has no place in a process list
        shared = [*options.arguments(ports), "--supervisor-pid", str(os.getpid())]
        handed_down = [str(descriptor) for descriptor in listeners.descriptors]
        children = [
            Child(
                name="api",
                command=child_command("serve", "--role", "api", "--listen-fds", *handed_down, *shared),
                descriptors=listeners.descriptors,
                environment=LARGE_PAGES,
            ),
            Child(name="worker", command=child_command("serve", "--role", "worker", *shared)),
        ]
        supervisor = Supervisor(children, say=lambda text: typer.echo(text, err=True))
        code = supervisor.run(health=_health_address(options, ports), on_ready=lambda: announce(options, ports))
    lock.release()
    return 1 if code == NOT_WORTH_RESTARTING else code


def announce(options: ServeOptions, ports: Ports) -> None:
    """The ready line, and where `telecine env` finds us."""
    url, https_url = options.url(ports.http), options.https_url(ports.https)
    data_folder.write_endpoint(
        options.data_dir,
        url=url,
        account=options.account,
        region=options.region,
        https_url=https_url,
        has_own_ca=options.tls.certificate is None,
        root_key=options.root_key_file,
    )
    typer.echo(f"Telecine is ready at {url} and {https_url}")
    sys.stdout.flush()


def _health_address(options: ServeOptions, ports: Ports) -> tuple[str, int]:
    return (_WILDCARDS.get(options.host, options.host), ports.http)


def _listeners(options: ServeOptions, descriptors: tuple[int, int] | None) -> Listeners:
    """The listening sockets: the supervisor's, or our own. Raises `CannotListen`."""
    if descriptors is not None:
        return Listeners.adopt(descriptors)
    return Listeners.open(options.host, options.port, options.https_port)
