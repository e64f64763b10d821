"""`telecine account`: what only the owner of the machine does."""

from typing import Annotated

import typer

from telecine.app.ground import Config, build_ground, root_key_path
from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.core.clock import SystemClock
from telecine.core.errors import ApiError, TelecineError
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.seal import RootKey
from telecine.services.iam.directory.accounts import Accounts
from telecine.services.iam.model import NewAccessKey

app = typer.Typer(add_completion=False, no_args_is_help=True)

_SHORTEST_PASSWORD = 12


class TooManyKeys(TelecineError):
    """The root user has as many access keys as a user may have."""


class BadPassword(TelecineError):
    """The password is no good."""


@app.callback()
def _account() -> None:
    """Do locally what no API does: give the root user a password or a key."""


@app.command()
def root(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    create_access_key: Annotated[
        bool, typer.Option("--create-access-key", help="Make an access key and print it, instead of a password.")
    ] = False,
) -> None:
    """Set the root user's password, asked for without echo; or make an access key of the root user.

    Root may do everything. Nothing but this command gives it credentials.
    """
    folder = data_folder.existing(data_dir)
    endpoint = data_folder.read_endpoint(folder)
    account = AccountId(endpoint["account"])
    config = Config(
        data_dir=folder,
        account=account,
        region=Region(endpoint["region"]),
        database_url=database,
        root_key_file=root_key_file,
    )
    ground = build_ground(
        config, process="account", root_key=RootKey.load(root_key_path(config)), clock=SystemClock(), ids=Ids()
    )
    try:
        if create_access_key:
            new = _new_key(ground.directory.accounts, account)
            typer.echo(
                f"[root]\naws_access_key_id = {new.key.access_key_id}\naws_secret_access_key = {new.secret_access_key}"
            )
            return
        password = typer.prompt("New password of the root user", hide_input=True, confirmation_prompt=True)
        if len(password) < _SHORTEST_PASSWORD:
            raise BadPassword(f"A password of the root user has at least {_SHORTEST_PASSWORD} characters.")
        ground.directory.accounts.set_root_password(account, password)
        typer.echo(f"The root user of {account} has a new password.")
    finally:
        ground.close()


def _new_key(accounts: Accounts, account: AccountId) -> NewAccessKey:
    try:
        return accounts.create_root_key(account)
    except ApiError as error:
        if error.code != "LimitExceeded":
            raise
        raise TooManyKeys(
            "The root user has two access keys already, and may have no more. With one of them, list and delete: "
            "aws iam list-access-keys; aws iam delete-access-key --access-key-id ID"
        ) from error
