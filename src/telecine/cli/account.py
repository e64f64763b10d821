"""`telecine account`: what only the owner of the machine does."""

import re
from pathlib import Path
from typing import Annotated

import typer

from telecine.cli import folder as data_folder
from telecine.cli.account_root import RootChanges, change_root
from telecine.cli.ground import open_ground
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId
from telecine.services.iam.model import Bootstrap

app = typer.Typer(add_completion=False, no_args_is_help=True)


class CannotWrite(TelecineError):
    """The file for the credentials cannot be written."""


_LONGEST_NAME = 50
_LONGEST_EMAIL = 320


def _account(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{12}", value):
        raise typer.BadParameter("an account id has twelve digits")
    return value


def _email(value: str | None) -> str | None:
    if value is not None and (len(value) > _LONGEST_EMAIL or not re.fullmatch(r"[^@\s]+@[^@\s]+", value)):
        raise typer.BadParameter("an e-mail address looks like owner@example.com")
    return value


def _name(value: str) -> str:
    if not 1 <= len(value) <= _LONGEST_NAME or not value.isprintable():
        raise typer.BadParameter(f"an account's name has 1 to {_LONGEST_NAME} printable characters")
    return value


@app.callback()
def _accounts() -> None:
    """Do locally what no API does: make accounts, and give their root users what they sign in with.

    All of it works while the server runs, which notices with its next request.
    """


@app.command()
def create(
    name: Annotated[str, typer.Argument(callback=_name, help="What people call the account.")],
    *,
    email: Annotated[str, typer.Option(metavar="ADDRESS", callback=_email, help="What its root user signs in with.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account_id: Annotated[
        str | None, typer.Option(metavar="ID", callback=_account, help="Twelve digits; random ones without it.")
    ] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="Make a user `admin` who may do everything in it, and show the credentials.")
    ] = False,
    credentials: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --admin: write the credentials to a new FILE (0600) instead of showing them."
        ),
    ] = None,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
) -> None:
    """Make one more account. Its root user has no credentials until `telecine account root` gives it some."""
    if credentials is not None and not admin:
        raise typer.BadParameter("there are credentials to write only with --admin", param_hint="--credentials")
    handed: list[Bootstrap] = []

    def hand_over(made: Bootstrap) -> None:
        if credentials is not None:
            _write(made, credentials)
        handed.append(made)

    with open_ground(data_folder.existing(data_dir), database, root_key_file, process="account") as ground:
        number = None if account_id is None else AccountId(account_id)
        made = ground.directory.accounts.create(name, email, number, hand_over=hand_over if admin else None)
    typer.echo(f"The account {made.account} ({made.name}) is there.", err=True)
    for bootstrap in handed:
        if credentials is None:
            typer.echo(_profile(bootstrap), nl=False)


@app.command("list")
def list_accounts(
    *, data_dir: DataDir = DEFAULT_DATA_DIR, database: DatabaseUrl = None, root_key_file: RootKeyFile = None
) -> None:
    """List the accounts, oldest first: id, name, root user's e-mail address, alias."""
    with open_ground(data_folder.existing(data_dir), database, root_key_file, process="account") as ground:
        for account in ground.directory.accounts.all():
            typer.echo("\t".join((account.account, account.name, account.root_email or "-", account.alias or "-")))


@app.command()
def root(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    account: Annotated[
        str | None, typer.Option(metavar="ID", callback=_account, help="Whose root user; without it the first one's.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a new password: what happens when nothing else is asked for.")
    ] = False,
    email: Annotated[
        str | None, typer.Option(metavar="ADDRESS", callback=_email, help="Set or change the e-mail address.")
    ] = None,
    create_access_key: Annotated[
        bool, typer.Option("--create-access-key", help="Make an access key and print it.")
    ] = False,
    enable_mfa: Annotated[
        bool, typer.Option("--enable-mfa", help="Show the QR code of a new MFA device and ask for two of its codes.")
    ] = False,
    disable_mfa: Annotated[
        bool, typer.Option("--disable-mfa", help="Remove the root user's MFA devices: the way back in without one.")
    ] = False,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
) -> None:
    """Set what an account's root user signs in with: password, e-mail address, access key, MFA device.

    Root may do everything in its account. Nothing but this command gives it a password or a first key.
    """
    others = email is not None or create_access_key or enable_mfa or disable_mfa
    changes = RootChanges(
        password=password or not others,
        email=email,
        create_access_key=create_access_key,
        enable_mfa=enable_mfa,
        disable_mfa=disable_mfa,
    )
    with open_ground(data_folder.existing(data_dir), database, root_key_file, process="account") as ground:
        first = data_folder.read_endpoint(data_folder.existing(data_dir))["account"]
        change_root(ground.directory, AccountId(account or first), changes)


def _write(made: Bootstrap, file: Path) -> None:
    path = file.expanduser().absolute()
    if path.exists():
        raise CannotWrite(f"{path} is there already, and may hold other credentials. No account was made.")
    try:
        data_folder.write_secret(path, _profile(made))
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}. No account was made.") from error


def _profile(made: Bootstrap) -> str:
    """An administrator's credentials as a shared-credentials file; the password is a comment to AWS clients."""
    key = made.key
    return (
        f"# account {made.account}, user {made.user_name}, console password: {made.password}\n"
        f"[default]\naws_access_key_id = {key.key.access_key_id}\naws_secret_access_key = {key.secret_access_key}\n"
    )
