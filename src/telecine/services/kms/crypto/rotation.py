"""New material for keys, on demand and by the calendar. Old material stays: it decrypts what it encrypted."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.crypto.vault import Vault
from telecine.services.kms.model import (
    MAX_ROTATIONS_ON_DEMAND,
    Key,
    Material,
    Page,
    PageRequest,
    Rotation,
    RotationType,
)
from telecine.services.kms.store import keys as store

_log = logging.getLogger(__name__)

_AT_ONCE = 50
"""How many keys one transaction rotates."""


class Rotations:
    """Rotates keys."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self._ledger = ledger
        self._vault = vault

    def enable(self, key: Key, days: int) -> None:
        """From now on new material every `days` days. With the same number the calendar stays as it is."""

        def work(connection: Connection, current: Key) -> None:
            if current.rotation is None or current.rotation.days != days:
                next_at = self._ledger.now() + timedelta(days=days)
                store.set_rotation(connection, current.id, Rotation(days=days, next_at=next_at))

        self._ledger.change("EnableKeyRotation", key, work)

    def disable(self, key: Key) -> None:
        def work(connection: Connection, current: Key) -> None:
            store.set_rotation(connection, current.id, None)

        self._ledger.change("DisableKeyRotation", key, work)

    def rotate(self, key: Key) -> None:
        """New material now; the calendar stays as it is. Raises LimitExceededException, and as every change."""

        def work(connection: Connection, current: Key) -> None:
            if store.rotations_on_demand(connection, current.id) >= MAX_ROTATIONS_ON_DEMAND:
                raise errors.beyond_quota(f"A key is rotated on demand at most {MAX_ROTATIONS_ON_DEMAND} times.")
            self._renew(connection, current, self._ledger.now(), RotationType.ON_DEMAND)

        self._ledger.change("RotateKeyOnDemand", key, work)

    def rotate_due(self) -> None:
        """Rotate the enabled keys whose day has come."""
        moment = self._ledger.now()

        def work(connection: Connection) -> list[str]:
            due = store.due_for_rotation(connection, moment, _AT_ONCE)
            for key in due:
                self._renew(connection, key, moment, RotationType.AUTOMATIC)
                store.set_rotation(connection, key.id, _following(key, moment))
            return [key.arn for key in due]

        while rotated := self._ledger.write(work):
            for arn in rotated:
                _log.info("%s has new material: its rotation was due.", arn)

    def page(self, key: Key, wanted: PageRequest, *, with_first: bool) -> Page[Material]:
        """The key's materials by age; without the first one, which no rotation made, unless it is asked for."""
        earliest = 0 if with_first else 1
        return self._ledger.page(
            f"ListKeyRotations|{key.id}|{earliest}",
            key.account,
            wanted,
            lambda connection, start, limit: store.materials(connection, key.id, int(start or earliest), limit),
            lambda material: str(material.version),
        )

    def _renew(self, connection: Connection, key: Key, moment: datetime, kind: RotationType) -> None:
        version = key.version + 1
        store.add_material(connection, self._vault.new(key.id, version, moment, kind))
        store.set_version(connection, key.id, version)


def _following(key: Key, moment: datetime) -> Rotation | None:
    """When it is due next: a period after it was, or after now where it had been switched off for longer."""
    rotation = key.rotation
    if rotation is None:
        return None
    period = timedelta(days=rotation.days)
    next_at = rotation.next_at + period
    return Rotation(days=rotation.days, next_at=next_at if next_at > moment else moment + period)
