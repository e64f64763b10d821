"""A new root key, while the server runs.

1. The key file gets the new key in front of the old one. From then on every process seals under the new key, and opens
   what either has sealed: each looks at the file before it seals.
2. What the old key has sealed is sealed anew, until a walk over everything finds no more of it.
3. What a process had sealed just before, and not yet committed, is given time to arrive; then comes another walk.
4. The old key leaves the file.

Whenever this is broken off, the file holds every key that is needed, and running it again goes on with step 2.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from telecine.core.errors import TelecineError
from telecine.core.names import AccountId, Region
from telecine.db import Database, may_pass, metadata
from telecine.seal import RootKey, RootKeyProblem, bind, key_file, reseal

GRACE_SECONDS = 30.0
"""How long a write that was sealed under the old key may be on its way: three times what a busy database may take."""


class RotationBrokenOff(TelecineError):
    """The database could not be written. Nothing is lost: the key file holds every key that is needed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotated:
    """What a rotation has come to."""

    key: str
    """The id of the key that seals now."""
    old: tuple[str, ...]
    """The ids of the keys that sealed before."""
    resealed: int
    broken: tuple[str, ...]
    """Values that open with no key: by table, column and primary key."""
    problem: str | None
    """Why the old keys are still in the file; None: they are not."""


class Rotation:
    """Of one key file and one database."""

    def __init__(self, database: Database, path: Path, *, pause: Callable[[float], None]) -> None:
        """`pause` waits for so many seconds."""
        self._database = database
        self._path = path
        self._pause = pause

    def begin(self) -> RootKey:
        """The keys, with a new one in front; those of a rotation that was broken off as they are.

        Raises `RootKeyProblem`: another database's key, or a file that cannot be written.
        """
        keys = key_file.read(self._path)
        bind(self._database, RootKey(*keys), metadata, os.urandom(key_file.KEY_BYTES))
        if len(keys) == 1:
            try:
                key_file.replace(self._path, [os.urandom(key_file.KEY_BYTES), *keys])
            except RootKeyProblem as error:
                raise RootKeyProblem(
                    f"{error} Write a new key in front of the old one by hand, on a line of its own "
                    "(openssl rand -hex 32 makes one), and run this command again."
                ) from error
        return RootKey.load(self._path)

    def finish(self, root_key: RootKey, *, grace: float = GRACE_SECONDS) -> Rotated:
        """Seal everything under the first key of `begin`, and take the others out of the file.

        Raises `RotationBrokenOff`.
        """
        try:
            return self._finish(root_key, grace)
        except SQLAlchemyError as error:
            if not may_pass(error):
                raise
            raise RotationBrokenOff(
                "The database is full, busy or away. Nothing is lost: run this command again, and it goes on."
            ) from error

    def _finish(self, root_key: RootKey, grace: float) -> Rotated:
        resealed = self._walk(root_key)
        self._pause(grace)
        resealed += self._walk(root_key)
        last = reseal(self._database, root_key, metadata)
        old = root_key.ids[1:]
        problem = f"{len(last.broken)} sealed values open with none of the keys" if last.broken else self._settle()
        return Rotated(key=root_key.id, old=old, resealed=resealed + last.resealed, broken=last.broken, problem=problem)

    def _walk(self, root_key: RootKey) -> int:
        """Seal anew until there is nothing left; how many values there were."""
        count = 0
        while True:
            done = reseal(self._database, root_key, metadata)
            count += done.resealed
            if done.is_clean:
                return count

    def _settle(self) -> str | None:
        """Take the old keys out of the file; why that cannot be done."""
        try:
            key_file.replace(self._path, key_file.read(self._path)[:1])
        except RootKeyProblem as error:
            return f"{error} Take every line but the first out of it by hand"
        return None


def record_of(
    name: str,
    details: Mapping[str, Any],
    *,
    now: datetime,
    event_id: str,
    account: AccountId,
    region: Region,
    user: str,
) -> dict[str, Any]:
    """The audit record of a step of a rotation; `user` is who runs the command on this machine."""
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "Operator", "userName": user},
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "telecine.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "telecine keys rotate-root",
        "requestParameters": None,
        "responseElements": None,
        "additionalEventData": dict(details),
        "eventID": event_id,
        "readOnly": False,
        "eventType": "TelecineServiceEvent",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def keep(path: Path, keys: Sequence[bytes]) -> None:
    """Write `keys` to a new file, for backups that they have sealed. One that holds them already is as good.

    Raises `RootKeyProblem`.
    """
    try:
        key_file.create(path, keys)
    except FileExistsError as error:
        if key_file.read(path) != tuple(keys):
            raise RootKeyProblem(f"{path} is there already, and holds other keys. Nothing was changed.") from error
    except OSError as error:
        raise RootKeyProblem(f"{path} cannot be written: {error.strerror}. Nothing was changed.") from error
