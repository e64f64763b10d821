"""Virtual MFA devices: made, given to a user or to root, and the codes that they show (RFC 6238)."""

import base64
import io
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.seal import RootKey
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas, throttle
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.directory.throttle import Subject, Throttle
from telecine.services.iam.model import (
    MfaDevice,
    NewMfaDevice,
    Page,
    PageRequest,
    StoredDevice,
    User,
    entity_arn,
)

_STEP_SECONDS = 30
_WINDOW = 1
"""Steps before and behind now whose codes count too: people type slowly."""
_RESYNC_WINDOW = 20
"""How many steps a device's clock may be wrong and still be found again: ten minutes."""
_SEED_BYTES = 40
"""64 letters in base32, as AWS has them."""
_DEVICES_PER_ACCOUNT = 5000
"""IAM user guide, "IAM and STS quotas": as many as the account may have users."""
_LONGEST_NAME = 226
"""Of path and name together: a serial number has at most 256 letters."""


class MfaDevices:
    """The MFA devices of accounts. Where a `user` is asked for, None stands for the root user."""

    def __init__(self, ledger: Ledger, root_key: RootKey, attempts: Throttle, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._root_key = root_key
        self._attempts = attempts
        self._clock = clock
        self._ids = ids
        self.tagging: Tagging[MfaDevice] = Tagging(ledger, "mfa", find=_existing_device, save=_save_tags)

    def create(
        self, account: AccountId, name: str, *, owner: str, path: str = "/", tags: Tags | None = None
    ) -> NewMfaDevice:
        """A new device of nobody yet; its seed cannot be read again. `owner` is what an authenticator app shows it for.

        Raises `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`.
        """
        name_key = f"{path}{name}"[1:].lower()
        if len(name_key) > _LONGEST_NAME:
            raise errors.device_name_too_long(_LONGEST_NAME)
        device = MfaDevice(
            serial_number=entity_arn(account, "mfa", path, name),
            account=account,
            tags=tags or {},
            user=None,
            is_root=False,
            enabled_at=None,
        )
        seed = base64.b32encode(self._ids.random(_SEED_BYTES)).decode()
        sealed = self._root_key.wrap(seed.encode(), about=_about(device.serial_number))

        def work(connection: Connection) -> None:
            if store.mfa.is_taken(connection, account, name_key):
                raise errors.device_exists()
            if store.mfa.count_in_account(connection, account, in_use=False) >= _DEVICES_PER_ACCOUNT:
                raise errors.beyond_quota("VirtualMfaDevicesPerAccount", _DEVICES_PER_ACCOUNT)
            store.mfa.create(connection, device, name_key, sealed)

        self._ledger.write(work)
        uri = pyotp.TOTP(seed).provisioning_uri(name=f"{name}@{owner}")
        return NewMfaDevice(device=device, seed=seed, uri=uri, qr_png=_picture(uri))

    def get(self, account: AccountId, serial_number: str) -> MfaDevice:
        """The account's device of that serial number. Raises `NoSuchEntity`."""
        with self._ledger.read() as connection:
            return _existing(connection, account, serial_number).device

    def find(self, account: AccountId, serial_number: str) -> MfaDevice | None:
        """The account's device of that serial number."""
        with self._ledger.read() as connection:
            stored = store.mfa.find(connection, account, serial_number)
        return None if stored is None else stored.device

    def devices(self, account: AccountId, user: User | None) -> list[MfaDevice]:
        """The devices of a user, by serial number."""
        with self._ledger.read() as connection:
            return [stored.device for stored in store.mfa.of_owner(connection, account, user)]

    def page_of_owner(self, account: AccountId, user: User | None, wanted: PageRequest) -> Page[MfaDevice]:
        """The devices of a user, by serial number."""
        return self._ledger.page(
            f"ListMFADevices|{account}|{'root' if user is None else user.unique_id}",
            wanted,
            lambda connection, after, limit: [
                stored.device for stored in store.mfa.of_owner(connection, account, user, after=after, limit=limit)
            ],
            lambda device: device.serial_number,
        )

    def page(self, account: AccountId, wanted: PageRequest, *, is_assigned: bool | None) -> Page[MfaDevice]:
        """The account's devices, by serial number: those of somebody, those of nobody, or (None) all."""
        return self._ledger.page(
            f"ListVirtualMFADevices|{account}|{is_assigned}",
            wanted,
            lambda connection, after, limit: store.mfa.page(
                connection, account, is_assigned=is_assigned, after=after, limit=limit
            ),
            lambda device: device.serial_number,
        )

    def enable(self, account: AccountId, user: User | None, serial_number: str, codes: tuple[str, str]) -> None:
        """Give a device to a user who shows two codes of it, one after the other.

        Raises `NoSuchEntity`, `EntityAlreadyExists`, `LimitExceeded`, `InvalidAuthenticationCode`, `Throttling`.
        """
        now = self._clock.now()

        def work(connection: Connection) -> None:
            stored = _existing(connection, account, serial_number)
            if user is not None and store.USERS.by_id(connection, user.unique_id) is None:
                raise errors.no_such(user.kind, user.name)
            if stored.device.enabled_at is not None:
                raise errors.device_in_use()
            if len(store.mfa.of_owner(connection, account, user)) >= quotas.MFA_DEVICES_PER_USER:
                raise errors.beyond_quota("MFADevicesPerUser", quotas.MFA_DEVICES_PER_USER)
            self._spend_two(connection, stored, codes, now, _WINDOW)
            store.mfa.assign(connection, serial_number, user, now.replace(microsecond=0))

        with self._attempts.attempt(_codes(account, user)):
            self._ledger.write(work)

    def resynchronize(self, account: AccountId, user: User | None, serial_number: str, codes: tuple[str, str]) -> None:
        """Learn from two codes, one after the other, how wrong a device's clock is.

        Raises `NoSuchEntity`, `InvalidAuthenticationCode`, `Throttling`.
        """
        now = self._clock.now()

        def work(connection: Connection) -> None:
            stored = _owned(connection, account, user, serial_number)
            step = self._spend_two(connection, stored, codes, now, _RESYNC_WINDOW)
            store.mfa.set_drift(connection, serial_number, step - _step(now))

        with self._attempts.attempt(_codes(account, user)):
            self._ledger.note(work)

    def deactivate(self, account: AccountId, user: User | None, serial_number: str) -> None:
        """Take a device away from its user; it can be given to another. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            _owned(connection, account, user, serial_number)
            store.mfa.unassign(connection, serial_number)

        self._ledger.write(work)

    def delete(self, account: AccountId, serial_number: str) -> None:
        """Remove a device of nobody for good. Raises `NoSuchEntity`, `DeleteConflict`."""

        def work(connection: Connection) -> None:
            if _existing(connection, account, serial_number).device.enabled_at is not None:
                raise errors.delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
            store.mfa.remove(connection, serial_number)

        self._ledger.write(work)

    def verify(self, account: AccountId, user: User | None, serial_number: str, code: str) -> datetime:
        """Now, if the user's device of that serial number shows `code`, which then counts no more.

        Raises `InvalidAuthenticationCode`, also for a device that is not the user's, and `Throttling` after several.
        """
        return self._verify(account, user, code, serial_number)

    def verify_any(self, account: AccountId, user: User | None, code: str) -> datetime:
        """As `verify`, with whichever of the user's devices shows `code`."""
        return self._verify(account, user, code, None)

    def _verify(self, account: AccountId, user: User | None, code: str, serial_number: str | None) -> datetime:
        now = self._clock.now()

        def work(connection: Connection) -> bool:
            devices = store.mfa.of_owner(connection, account, user)
            return any(
                self._spend(connection, stored, code, now)
                for stored in devices
                if serial_number in {None, stored.device.serial_number}
            )

        with self._attempts.attempt(_codes(account, user)):
            if not self._ledger.note(work):
                raise errors.invalid_authentication_code()
        return now

    def _spend(self, connection: Connection, stored: StoredDevice, code: str, now: datetime) -> bool:
        """Whether `code` is one that the device shows about now and that has not counted yet. Now it has."""
        seed = self._seed(stored)
        about = _step(now) + stored.drift_steps
        # Every step is looked at, whichever matches: the time tells nothing.
        steps = [step for step in range(about - _WINDOW, about + _WINDOW + 1) if _shows(seed, step, code)]
        return any(store.mfa.spend(connection, stored.device.serial_number, step) for step in steps)

    def _spend_two(
        self, connection: Connection, stored: StoredDevice, codes: tuple[str, str], now: datetime, window: int
    ) -> int:
        """The step of the second of two codes that follow each other. Raises `InvalidAuthenticationCode`."""
        seed, about = self._seed(stored), _step(now)
        for step in range(about - window, about + window + 1):
            is_pair = _shows(seed, step - 1, codes[0]) & _shows(seed, step, codes[1])
            if (
                is_pair
                and stored.last_step < step - 1
                and store.mfa.spend(connection, stored.device.serial_number, step)
            ):
                return step
        raise errors.invalid_authentication_code()

    def _seed(self, stored: StoredDevice) -> pyotp.TOTP:
        about = _about(stored.device.serial_number)
        return pyotp.TOTP(self._root_key.unwrap(stored.sealed_seed, about=about).decode(), interval=_STEP_SECONDS)


def _shows(seed: pyotp.TOTP, step: int, code: str) -> bool:
    return step >= 0 and strings_equal(seed.generate_otp(step), code)


def _step(now: datetime) -> int:
    return int(now.timestamp()) // _STEP_SECONDS


def _codes(account: AccountId, user: User | None) -> Subject:
    return throttle.codes(account if user is None else user.unique_id)


def _existing(connection: Connection, account: AccountId, serial_number: str) -> StoredDevice:
    stored = store.mfa.find(connection, account, serial_number)
    if stored is None:
        raise errors.no_such_device(serial_number)
    return stored


def _existing_device(connection: Connection, account: AccountId, serial_number: str) -> MfaDevice:
    return _existing(connection, account, serial_number).device


def _save_tags(connection: Connection, device: MfaDevice, tags: Tags) -> None:
    store.mfa.set_tags(connection, device.serial_number, tags)


def _owned(connection: Connection, account: AccountId, user: User | None, serial_number: str) -> StoredDevice:
    stored = _existing(connection, account, serial_number)
    device = stored.device
    is_mine = device.is_root if user is None else device.user is not None and device.user.unique_id == user.unique_id
    if not is_mine:
        raise errors.not_the_users_device()
    return stored


def _about(serial_number: str) -> str:
    return f"iam/mfa/{serial_number}"


def _picture(uri: str) -> bytes:
    # Both processes have this module, and hardly ever draw: 1.4 MB each.
    import segno  # noqa: PLC0415

    buffer = io.BytesIO()
    segno.make(uri).save(buffer, kind="png", scale=5)
    return buffer.getvalue()
