"""`telecine serve`: the server, as a supervisor of two processes or as one of them."""

import errno
import importlib
import os
import re
import socket
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from telecine.cli import folder as data_folder
from telecine.cli import remote
from telecine.cli.kernel import die_with
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile, SandboxMode
from telecine.cli.remote import RemoteOptions
from telecine.cli.supervisor import NOT_WORTH_RESTARTING, Child, NotYet, Supervisor, child_command
from telecine.core.errors import TelecineError

app = typer.Typer(add_completion=False)

_BACKLOG = 2048
_TAKEOVER_SECONDS = 1.0
"""How long the children of a server that was killed may take to let go of its port."""
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - recognised, not bound to
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
_ROLES = {"api": "telecine.cli.role_api", "worker": "telecine.cli.role_worker"}
"""Imported by name, and only the one that runs: the supervisor stays small, and boto3 does not slow the api's start."""


class Role(StrEnum):
    """The processes that make up a server."""

    API = "api"
    WORKER = "worker"


class CannotListen(TelecineError):
    """The address cannot be listened on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """What the command line of `serve` says, checked."""

    data_dir: Path
    host: str
    port: int
    """0 lets the system choose."""
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
    is_supervised: bool
    s3_domains: tuple[str, ...] = ()
    """Beside localhost: `films.s3.example.com` is the bucket `films` where one of them is `s3.example.com`."""

    def arguments(self, *, port: int) -> list[str]:
        """The options of a child that is to serve `port`."""
        given = {
            "--data-dir": str(self.data_dir),
            "--host": self.host,
            "--port": str(port),
            "--account-id": self.account,
            "--region": self.region,
            "--sandbox": self.sandbox,
            "--slots": str(self.slots),
            "--root-key-file": str(self.root_key_file) if self.root_key_file else None,
            "--endpoint-url": self.endpoint_url,
            **(self.remote.arguments() if self.remote else {}),
        }
        words = [word for name, value in given.items() if value is not None for word in (name, value)]
        return words + [word for domain in self.s3_domains for word in ("--s3-domain", domain)]

    def url(self, port: int) -> str:
        """Where clients on this machine find the server."""
        host = _WILDCARDS.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{port}"


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
    listen_fd: Annotated[int | None, typer.Option(hidden=True, help="The socket that the supervisor holds.")] = None,
    supervisor_pid: Annotated[int | None, typer.Option(hidden=True, help="Whom to die with.")] = None,
) -> None:
    """Run the server: the AWS APIs on http, and a worker that runs the jobs.

    The first start makes the account, an IAM user `admin` and their credentials in DIR/credentials.
    """
    options = ServeOptions(
        data_dir=data_folder.prepare(data_dir),
        host=host,
        port=port,
        account=account_id,
        region=region,
        database=database,
        root_key_file=root_key_file.expanduser().absolute() if root_key_file else None,
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
        is_supervised=supervisor_pid is not None,
        s3_domains=tuple(s3_domain or ()),
    )
    if role is None:
        raise typer.Exit(_supervise(options))
    if supervisor_pid is not None:
        die_with(supervisor_pid)
    try:
        listener = _listener(options, listen_fd) if role is Role.API else None
        importlib.import_module(_ROLES[role.value]).run(options, listener)
    except TelecineError as error:
        if not options.is_supervised or isinstance(error, NotYet):
            raise
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(NOT_WORTH_RESTARTING) from error


def _supervise(options: ServeOptions) -> int:
    """Run both processes until told to stop; the exit code."""
    lock = data_folder.FolderLock(options.data_dir, "serve")
    with _listener(options, None) as listener:
        port = listener.getsockname()[1]
        if not _LOOPBACK.fullmatch(options.host):
            typer.secho(
                f"Warning: {options.host} can be reached from other machines, and http carries session credentials "
                "and media in the clear. Put a TLS proxy in front, or listen on 127.0.0.1.",
                err=True,
                fg=typer.colors.YELLOW,
            )
        for warning in options.remote.warnings() if options.remote else ():
            typer.secho(warning, err=True, fg=typer.colors.YELLOW)
        if options.database is not None:
            os.environ["TELECINE_DATABASE"] = options.database  # its password has no place in a process list
        shared = [*options.arguments(port=port), "--supervisor-pid", str(os.getpid())]
        fd = listener.fileno()
        children = [
            Child(
                name="api",
                command=child_command("serve", "--role", "api", "--listen-fd", str(fd), *shared),
                descriptors=(fd,),
            ),
            Child(name="worker", command=child_command("serve", "--role", "worker", *shared)),
        ]
        supervisor = Supervisor(children, say=lambda text: typer.echo(text, err=True))
        code = supervisor.run(health=_health_address(options, port), on_ready=lambda: announce(options, port))
    lock.release()
    return 1 if code == NOT_WORTH_RESTARTING else code


def announce(options: ServeOptions, port: int) -> None:
    """The ready line, and where `telecine env` finds us."""
    url = options.url(port)
    data_folder.write_endpoint(options.data_dir, url=url, account=options.account, region=options.region)
    typer.echo(f"Telecine is ready at {url}")
    sys.stdout.flush()


def _health_address(options: ServeOptions, port: int) -> tuple[str, int]:
    return (_WILDCARDS.get(options.host, options.host).strip("[]"), port)


def _listener(options: ServeOptions, descriptor: int | None) -> socket.socket:
    """The listening socket: the supervisor's, or one of our own. Raises `CannotListen`."""
    if descriptor is not None:
        return socket.socket(fileno=descriptor)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    deadline = time.monotonic() + _TAKEOVER_SECONDS
    while True:
        try:
            return socket.create_server((options.host, options.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                reason, _while, _address = str(error.strerror or error).partition(" (while")
                raise CannotListen(
                    f"{options.host}:{options.port} cannot be listened on: {reason}. Choose another address with "
                    "--host or another port with --port."
                ) from error
            if time.monotonic() >= deadline:
                raise CannotListen(f"Port {options.port} is taken. Choose another one with --port.") from error
        time.sleep(0.05)
