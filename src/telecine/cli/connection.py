"""boto3 clients of a server, for commands that do nothing but what any caller could do through its API."""

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import boto3.session
import typer

from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR
from telecine.wire import models

# boto3 is the one window on AWS here; these it carries without a name of its own.
_botocore = boto3.session.botocore
REFUSALS: tuple[type[Exception], ...] = (
    _botocore.exceptions.ClientError,
    _botocore.exceptions.BotoCoreError,
    boto3.exceptions.S3UploadFailedError,
)
"""What a client raises when the server refuses, or does not answer."""
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

ServerDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        show_default="the server that AWS_ENDPOINT_URL names, else ~/.local/share/telecine",
        help="The data folder of the server.",
    ),
]
Profile = Annotated[str | None, typer.Option(metavar="NAME", help="Whose key of DIR/credentials to use.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A server, and as whom it is called."""

    session: Any
    """boto3's."""
    url: str

    def client(self, service: str) -> Any:
        """A client of one of AWS's services, or of our own operations (`telecine`)."""
        # The environment's proxies must not catch loopback.
        is_local = urlsplit(self.url).hostname in _LOOPBACK
        config = _botocore.config.Config(proxies={} if is_local else None)
        return self.session.client(service, endpoint_url=self.url, config=config)


def connect(data_dir: Path | None, profile: str | None) -> Connection:
    """The server of a data folder.

    Without a folder or a profile the environment counts that `telecine env` sets; never a server that it does not name.
    Raises `NoServerYet`, `NoCredentials`.
    """
    if data_dir is None and profile is None and "AWS_ENDPOINT_URL" in os.environ:
        return Connection(session=_session(), url=os.environ["AWS_ENDPOINT_URL"])
    folder = data_folder.existing(data_dir or DEFAULT_DATA_DIR)
    endpoint = data_folder.read_endpoint(folder)
    key_id, secret = data_folder.access_key(folder / "credentials", profile or "default")
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret, "region_name": endpoint["region"]}
    return Connection(session=_session(**keys), url=endpoint["url"])


def _session(**keys: str) -> Any:
    core = _botocore.session.Session()
    # Our own operations have a model of their own, in botocore's form.
    core.get_component("data_loader").search_paths.append(str(files(models.__package__).joinpath("own")))
    return boto3.Session(botocore_session=core, **keys)


def said(refusal: Exception) -> str:
    """What the server said, without what botocore puts around it; what botocore said where the server said nothing."""
    if isinstance(refusal, _botocore.exceptions.ConnectionError):
        return f"{refusal}. Is the server running?"
    answer = getattr(refusal, "response", {}).get("Error", {})
    return f"{answer['Message'].removesuffix('.')}." if answer.get("Message") else str(refusal)


def code(refusal: Exception) -> str:
    """The error code of a refusal; empty where there is none."""
    found: str = getattr(refusal, "response", {}).get("Error", {}).get("Code", "")
    return found
