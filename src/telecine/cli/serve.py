"""`telecine serve`: the server, as a supervisor of two processes or as one of them."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from telecine.cli import child, observation, outbound, remote, serve_flags, tls
from telecine.cli import folder as data_folder
from telecine.cli.announcement import announce
from telecine.cli.child import Order, Role
from telecine.cli.kernel import LARGE_PAGES
from telecine.cli.listeners import Listeners
from telecine.cli.observation import LogFormat, ObservationOptions, UnusableToken
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile, SandboxMode
from telecine.cli.serve_options import ServeOptions
from telecine.cli.supervisor import NOT_WORTH_RESTARTING, Child, Supervisor

app = typer.Typer(add_completion=False)

_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


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
    https_port: serve_flags.HttpsPort = None,
    tls_cert: serve_flags.Certificate = None,
    tls_key: serve_flags.Key = None,
    tls_name: serve_flags.Name = None,
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
    s3_endpoint: serve_flags.S3Endpoint = None,
    kms_endpoint: serve_flags.KmsEndpoint = None,
    s3_addressing: serve_flags.S3Addressing = remote.Addressing.PATH,
    remote_region: serve_flags.RemoteRegion = None,
    remote_credentials: serve_flags.RemoteCredentialsFile = None,
    trust_ca: serve_flags.TrustedAuthorities = None,
    allow_address: outbound.AllowAddress = None,
    log_format: serve_flags.LogFormatOption = observation.LogFormat.TEXT,
    metrics_token_file: serve_flags.MetricsTokenFile = None,
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
        observation=_observation(log_format, metrics_token_file),
        is_supervised=False,
        s3_domains=tuple(s3_domain or ()),
        allow_addresses=tuple(allow_address or ()),
    )
    if role is None:
        raise typer.Exit(_supervise(options))
    child.run(role, options, _listeners(options) if role is Role.API else None)


def _observation(log_format: LogFormat, metrics_token_file: Path | None) -> ObservationOptions:
    try:
        return observation.read(log_format=log_format, metrics_token_file=metrics_token_file)
    except UnusableToken as error:
        raise typer.BadParameter(str(error)) from error


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.expanduser().absolute()


def _supervise(options: ServeOptions) -> int:
    """Run both processes until told to stop; the exit code."""
    lock = data_folder.FolderLock(options.data_dir, "serve")
    with _listeners(options) as listeners:
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
        ordered = replace(options, port=ports.http, https_port=ports.https, is_supervised=True)
        order = Order(options=ordered, supervisor=os.getpid())
        if options.database is not None:
            os.environ[child.DATABASE] = options.database
        children = [
            Child(
                name="api",
                command=child.command(Role.API, replace(order, descriptors=listeners.descriptors)),
                descriptors=listeners.descriptors,
                environment=LARGE_PAGES,
            ),
            Child(name="worker", command=child.command(Role.WORKER, order)),
        ]
        supervisor = Supervisor(children, say=lambda text: typer.echo(text, err=True))
        code = supervisor.run(health=(options.near_host, ports.http), on_ready=lambda: announce(options, ports))
    lock.release()
    return 1 if code == NOT_WORTH_RESTARTING else code


def _listeners(options: ServeOptions) -> Listeners:
    """Listening sockets of our own. Raises `CannotListen`."""
    return Listeners.open(options.host, options.port, options.https_port)
