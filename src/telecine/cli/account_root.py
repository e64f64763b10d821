"""What `telecine account root` changes: the ways in which an account's root user proves who it is."""

import itertools
from dataclasses import dataclass

import segno
import typer

from telecine.core.errors import ApiError, TelecineError
from telecine.core.names import AccountId
from telecine.services.iam.directory import Directory, NoSuchAccount
from telecine.services.iam.model import NewAccessKey, NewMfaDevice

_SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 128
_MFA_NAME = "root-account-mfa-device"
"""As AWS calls the root user's virtual device."""
_TRIES = 3


class TooManyKeys(TelecineError):
    """The root user has as many access keys as a user may have."""


class BadPassword(TelecineError):
    """The password is no good."""


class MfaProblem(TelecineError):
    """The MFA device cannot be enabled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RootChanges:
    """What is asked for; everything else stays."""

    password: bool
    """Ask for a new one."""
    email: str | None
    create_access_key: bool
    enable_mfa: bool
    disable_mfa: bool


def change_root(directory: Directory, account: AccountId, changes: RootChanges) -> None:
    """Carry out `changes`, in an order in which each can be seen to have worked. Raises what the first one raises."""
    if not directory.accounts.exists(account):
        raise NoSuchAccount(f"There is no account {account} on this server: telecine account list")
    if changes.email is not None:
        directory.accounts.set_root_email(account, changes.email)
        typer.echo(f"The root user of {account} signs in as {changes.email}.", err=True)
    if changes.disable_mfa:
        _disable_mfa(directory, account)
    if changes.enable_mfa:
        _enable_mfa(directory, account)
    if changes.create_access_key:
        new = _new_key(directory, account)
        typer.echo(
            f"[root]\naws_access_key_id = {new.key.access_key_id}\naws_secret_access_key = {new.secret_access_key}"
        )
    if changes.password:
        _set_password(directory, account)


def _set_password(directory: Directory, account: AccountId) -> None:
    password = typer.prompt("New password of the root user", hide_input=True, confirmation_prompt=True)
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise BadPassword(
            f"A password of the root user has at least {_SHORTEST_PASSWORD} characters and at most {_LONGEST_PASSWORD}."
        )
    directory.accounts.set_root_password(account, password)
    typer.echo(f"The root user of {account} has a new password.")


def _new_key(directory: Directory, account: AccountId) -> NewAccessKey:
    try:
        return directory.accounts.create_root_key(account)
    except ApiError as error:
        if error.code != "LimitExceeded":
            raise
        raise TooManyKeys(
            "The root user has two access keys already, and may have no more. With one of them, list and delete: "
            "aws iam list-access-keys; aws iam delete-access-key --access-key-id ID"
        ) from error


def _enable_mfa(directory: Directory, account: AccountId) -> None:
    """Ask for codes until two are right; a device that was not enabled in the end is not left behind."""
    if directory.mfa.devices(account, None):
        raise MfaProblem("The root user has a device already. Remove it first: telecine account root --disable-mfa")
    new = _new_device(directory, account)
    is_enabled = False
    try:
        typer.echo(new.uri)
        segno.make(new.uri).terminal(compact=True)
        typer.echo("Scan the code or enter the address above in an authenticator app, then type two codes in a row.")
        is_enabled = any(_is_shown(directory, account, new.device.serial_number) for _ in range(_TRIES))
    finally:
        if not is_enabled:
            directory.mfa.delete(account, new.device.serial_number)
    if not is_enabled:
        raise MfaProblem("The codes were wrong. Is the clock of this machine, and of the device, right?")
    typer.echo(f"The root user of {account} signs in with {new.device.serial_number} from now on.")


def _new_device(directory: Directory, account: AccountId) -> NewMfaDevice:
    """A device of the name that AWS gives it, or of the next that is free: whoever may make devices could have taken
    the name, and must not keep root without one."""
    for number in itertools.count(1):
        name = _MFA_NAME if number == 1 else f"{_MFA_NAME}-{number}"
        try:
            return directory.mfa.create(account, name, owner=account)
        except ApiError as error:
            if error.code != "EntityAlreadyExists":
                raise
    raise AssertionError("numbers do not end")


def _is_shown(directory: Directory, account: AccountId, serial_number: str) -> bool:
    """Whether two codes that are typed now are the device's."""
    codes = (str(typer.prompt("First code")).strip(), str(typer.prompt("Next code")).strip())
    try:
        directory.mfa.enable(account, None, serial_number, codes)
    except ApiError as error:
        if error.code != "InvalidAuthenticationCode":
            raise
        typer.echo(error.message, err=True)
        return False
    return True


def _disable_mfa(directory: Directory, account: AccountId) -> None:
    devices = directory.mfa.devices(account, None)
    for device in devices:
        directory.mfa.deactivate(account, None, device.serial_number)
        directory.mfa.delete(account, device.serial_number)
    unused = directory.mfa.find(account, f"arn:aws:iam::{account}:mfa/{_MFA_NAME}")
    if unused is not None and unused.enabled_at is None:
        directory.mfa.delete(account, unused.serial_number)
    typer.echo(f"The root user of {account} has no MFA device: {len(devices)} removed.", err=True)
