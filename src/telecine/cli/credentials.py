"""`telecine credentials`: new keys and passwords in the data folder, in place of old ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer

from telecine.cli import folder as data_folder
from telecine.cli.demo_server import clean_environment
from telecine.cli.folder import FolderLock
from telecine.cli.options import DEFAULT_DATA_DIR, DataDir
from telecine.cli.rotation import Key, Rotation
from telecine.core.clock import SystemClock
from telecine.core.errors import TelecineError
from telecine.core.ids import Ids

app = typer.Typer(add_completion=False, no_args_is_help=True)

_botocore = boto3.session.botocore  # boto3's own: botocore itself is for the floor that speaks AWS
_DEFAULT_LENGTH = 8
"""What AWS's default password policy asks for."""


class ServerRefuses(TelecineError):
    """The server does not do it."""


class ServerAway(TelecineError):
    """Nothing answers where the server was started last."""


class NotAUser(TelecineError):
    """The root user's password is not set in this way."""


class NotAProfile(TelecineError):
    """The file has no room for a user of that name."""


@app.callback()
def _credentials() -> None:
    """Look after the credentials in the data folder, through the running server."""


@app.command()
def rotate(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Another user than the one of the profile `default`: its key goes into a profile NAME."
        ),
    ] = None,
    console_password: Annotated[
        bool, typer.Option("--console-password", help="Make a new password for the console too.")
    ] = False,
) -> None:
    """Make a new access key, write it to DIR/credentials, and delete the old one. Killed in the middle, run it again.

    The server must be running. At every moment the file holds a key that works.
    """
    folder = data_folder.existing(data_dir)
    endpoint = data_folder.read_endpoint(folder)
    lock = FolderLock(folder, "credentials", holder="rotation of its credentials")

    def connect(service: str, key: Key) -> Any:
        session = boto3.Session(*key, region_name=endpoint["region"])
        config = _botocore.config.Config(connect_timeout=5, retries={"total_max_attempts": 2})
        return session.client(service, endpoint_url=endpoint["url"], config=config)

    try:
        with clean_environment(), _refusals(endpoint["url"], folder):
            owner = _owner(connect("sts", data_folder.access_key(folder / "credentials")))
            name = owner if user is None else user
            profile = profile_of(name, owner)
            file = folder / "credentials"
            gone = "; the old one is gone" if profile in data_folder.read_credentials(file) else ""
            new = Rotation(folder, lambda key: connect("iam", key), SystemClock()).rotate(profile, name)
            typer.echo(f"The profile {profile} of {file} has the new key {new}{gone}.")
            if console_password:
                iam = connect("iam", data_folder.access_key(folder / "credentials"))
                suffix = "" if profile == "default" else f"-{name}"
                path = renew_password(iam, name, folder / f"console-password{suffix}", Ids())
                typer.echo(f"{path} holds the new password.")
    finally:
        lock.release()


def renew_password(iam: Any, user: str | None, path: Path, ids: Ids) -> Path:
    """Set a new random password for `user`, and write it to `path`: as a draft before the server has it, so that it is
    never in force and lost."""
    if user is None:
        command = f"telecine account root --password --data-dir {path.parent}"
        raise NotAUser(f"The root user's password is set with: {command}")
    password = _random_password(ids, _shortest(iam))
    draft = path.with_name(path.name + ".next")
    data_folder.write_secret(draft, f"{password}\n")
    try:
        iam.update_login_profile(UserName=user, Password=password, PasswordResetRequired=False)
    except iam.exceptions.NoSuchEntityException:
        iam.create_login_profile(UserName=user, Password=password)
    data_folder.put_in_place(draft, path)
    return path


def _shortest(iam: Any) -> int:
    try:
        length: int = iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"]
    except iam.exceptions.NoSuchEntityException:
        return _DEFAULT_LENGTH
    return length


def _random_password(ids: Ids, length: int) -> str:
    """At least 100 random bits, in every kind of characters that a policy can ask for."""
    while True:
        password = ids.password().title()
        shortest = max(length, len(password))
        while len(password) < shortest:
            password = f"{password}-{ids.password().title()}"
        password = password[:shortest]
        if all(any(map(kind, password)) for kind in (str.isupper, str.islower, str.isdigit)):
            return password


def profile_of(user: str | None, owner: str | None) -> str:
    """The profile of the file that holds the key of `user` (None: root), when `default` is that of `owner`.

    Names of users are the same in whatever case. Raises `NotAProfile`.
    """
    if user is None or (owner is not None and user.lower() == owner.lower()):
        return "default"
    if user.lower() == "default":
        raise NotAProfile(
            f"The profile default is that of {owner or 'the root user'}: the key of a user called {user} cannot stand "
            f"there. Make one with: aws iam create-access-key --user-name {user}"
        )
    return user


def _owner(sts: Any) -> str | None:
    """The name of the user whose key it is; None: the root user."""
    resource: str = sts.get_caller_identity()["Arn"].partition("::")[2].partition(":")[2]
    return None if resource == "root" else resource.rpartition("/")[2]


@contextmanager
def _refusals(url: str, folder: Path) -> Iterator[None]:
    """Turns what boto3 raises into one line."""
    try:
        yield
    except _botocore.exceptions.ClientError as error:
        answer = error.response["Error"]
        raise ServerRefuses(f"{error.operation_name}: {answer['Message']}") from error
    except (_botocore.exceptions.ConnectionError, _botocore.exceptions.HTTPClientError) as error:
        start = f"telecine serve --data-dir {folder}"
        raise ServerAway(f"Nothing answers at {url}. If the server is not running, start it: {start}") from error
