"""From the command line to what the application takes, and back from its errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from telecine.app.ground import Config, DatabaseUnreachable
from telecine.cli.serve import ServeOptions
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
        endpoint_url=options.endpoint_url or options.url(port),
    )
