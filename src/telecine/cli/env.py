"""`telecine env`: point any AWS client of this shell at a server."""

import os
import shlex
from collections.abc import Mapping
from typing import Annotated

import typer

from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR, DataDir

app = typer.Typer(add_completion=False)

_IN_THE_WAY = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that, left over from other work, would send a client somewhere else or with a foreign token."""


@app.command()
def env(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    profile: Annotated[str, typer.Option(metavar="NAME", help="Whose key of DIR/credentials to use.")] = "default",
    https: Annotated[
        bool, typer.Option("--https", help="Use the https listener, and trust the server's own certificate authority.")
    ] = False,
) -> None:
    """Print the `export AWS_…` lines that make any AWS client use this server.

    Use it as: eval "$(telecine env --data-dir DIR)"
    """
    folder = data_folder.existing(data_dir)
    endpoint = data_folder.read_endpoint(folder)
    where = _over_https(endpoint) if https else {"AWS_ENDPOINT_URL": endpoint["url"]}
    key_id, secret = data_folder.access_key(folder / "credentials", profile)
    for name in _IN_THE_WAY:
        if name in os.environ:
            typer.echo(f"unset {name}")
    for name, value in {
        **where,
        "AWS_DEFAULT_REGION": endpoint["region"],
        "AWS_REGION": endpoint["region"],
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _over_https(endpoint: Mapping[str, str]) -> dict[str, str]:
    """What leads a client to https. Raises `NoServerYet` when the server has never listened there."""
    if "https_url" not in endpoint:
        raise data_folder.NoServerYet("The server has not listened on https yet: start it anew with telecine serve.")
    where = {"AWS_ENDPOINT_URL": endpoint["https_url"]}
    if "ca" in endpoint:
        where["AWS_CA_BUNDLE"] = endpoint["ca"]
        where["NODE_EXTRA_CA_CERTS"] = endpoint["ca"]  # what Node.js, and so the SDK for JavaScript, looks at
    return where
