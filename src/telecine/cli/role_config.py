"""From the command line to what the application takes, and back from its errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from telecine.app.ground import Config, DatabaseUnreachable, Remote
from telecine.cli.remote import Addressing, RemoteOptions
from telecine.cli.serve_options import ServeOptions
from telecine.cli.supervisor import NotYet
from telecine.core.names import AccountId, Region


@contextmanager
def patient_start() -> Iterator[None]:
    """Turns a database that is away into `NotYet`."""
    try:
        yield
    except DatabaseUnreachable as error:
        raise NotYet(str(error)) from error


def config_of(options: ServeOptions, port: int) -> Config:
    """What the wiring needs to know."""
    return Config(
        data_dir=options.data_dir,
        account=AccountId(options.account),
        region=Region(options.region),
        database_url=options.database,
        root_key_file=options.root_key_file,
        sandbox=options.sandbox,
        slots=options.slots,
        s3_domains=options.s3_domains,
        endpoint_url=options.endpoint_url or options.url(port),
        remote=_remote(options.remote) if options.remote else None,
        trust_ca=options.trust_ca,
        allow_addresses=options.allow_addresses,
        listeners=options.listeners(port),
        metrics_token=options.observation.metrics_token(),
    )


def _remote(options: RemoteOptions) -> Remote:
    return Remote(
        credentials_file=options.credentials,
        region=Region(options.region),
        s3_url=options.s3_url,
        kms_url=options.kms_url,
        has_virtual_hosts=options.addressing is Addressing.VIRTUAL,
    )
