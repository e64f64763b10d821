"""What a server tells those who wait for it."""

from telecine.cli import folder as data_folder
from telecine.cli.listeners import Ports
from telecine.cli.serve_options import ServeOptions


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
    print(f"Telecine is ready at {url} and {https_url}", flush=True)
