"""From the command line to `app.ground.Config`."""

from telecine.app.ground import Config
from telecine.cli.serve import ServeOptions
from telecine.core.names import AccountId, Region


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
