"""A new access key in place of an old one, so that a working key stands in the file at every moment.

What is under way stands in a journal beside the file: whoever is killed in the middle leaves something that the next
rotation can tell apart from keys that people have made.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from telecine.cli import folder
from telecine.core.clock import Clock
from telecine.core.errors import TelecineError

Key = tuple[str, str]
"""An access key with its secret."""
Connect = Callable[[Key], Any]
"""A boto3 client of IAM that signs with a key."""

_FILE = "credentials"
_JOURNAL = "credentials.rotation"
_OURS_WITHIN_SECONDS = 300
"""A key that was made later than so long after the journal was written was made by somebody else."""


class CannotRotate(TelecineError):
    """There is no room for a new key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Journal:
    profile: str
    user: str | None
    """None: the root user."""
    known: list[str]
    """The ids of the keys that there were."""
    old: str | None
    """The id of the key that gives way."""
    at: float
    """Seconds since 1970."""


class Rotation:
    """The keys of one data folder."""

    def __init__(self, data_dir: Path, connect: Connect, clock: Clock) -> None:
        self._file = data_dir / _FILE
        self._journal = data_dir / _JOURNAL
        self._connect = connect
        self._clock = clock

    def rotate(self, profile: str, user: str | None) -> str:
        """Make a new key for `user` (None: root), put it into `profile` of the file, and delete the one that stood
        there; the new key's id. Raises `CannotRotate`."""
        self.settle()
        keys = self._keys_of(user)
        file = folder.read_credentials(self._file)
        old = file[profile][0] if profile in file and file[profile][0] in keys else None
        strangers = [key_id for key_id in keys if key_id != old]
        if len(keys) > 1:
            raise CannotRotate(
                f"The user has two access keys, and may have no more. Delete the one that is not in use: "
                f"aws iam delete-access-key --access-key-id {strangers[0]}" + (f" --user-name {user}" if user else "")
            )
        journal = _Journal(profile=profile, user=user, known=list(keys), old=old, at=self._clock.now().timestamp())
        folder.write_secret(self._journal, json.dumps(asdict(journal)) + "\n")
        made = self._admin().create_access_key(**_named(user))["AccessKey"]
        new: Key = (made["AccessKeyId"], made["SecretAccessKey"])
        folder.write_credentials(self._file, {**file, profile: new})
        self._retire(journal)
        return new[0]

    def settle(self) -> None:
        """Finish what a rotation that was killed has left: an old key, or a new one whose secret nobody has."""
        if not self._journal.exists():
            return
        journal = _Journal(**json.loads(self._journal.read_text()))
        refusal = self._admin().exceptions.ClientError
        try:
            self._finish(journal)
        except refusal as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            self._journal.unlink()  # the user has been deleted since, with every key

    def _finish(self, journal: _Journal) -> None:
        current = folder.read_credentials(self._file).get(journal.profile, ("", ""))[0]
        if current not in {*journal.known, ""}:
            self._retire(journal)
            return
        for key_id, created_at in self._keys_of(journal.user).items():
            is_recent = journal.at - 1 <= created_at <= journal.at + _OURS_WITHIN_SECONDS
            if key_id not in journal.known and key_id != current and is_recent:
                self._admin().delete_access_key(AccessKeyId=key_id, **_named(journal.user))
        self._journal.unlink()

    def _retire(self, journal: _Journal) -> None:
        """Delete the old key: inactive first, so that whoever still uses it can be seen before it is gone for good."""
        if journal.old is not None and journal.old in self._keys_of(journal.user):
            admin, named = self._admin(), _named(journal.user)
            admin.update_access_key(AccessKeyId=journal.old, Status="Inactive", **named)
            admin.delete_access_key(AccessKeyId=journal.old, **named)
        self._journal.unlink(missing_ok=True)

    def _keys_of(self, user: str | None) -> dict[str, float]:
        """The ids of a user's keys with the times when they were made."""
        listed = self._admin().list_access_keys(**_named(user))["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["CreateDate"].timestamp() for key in listed}

    def _admin(self) -> Any:
        """IAM as whoever `default` in the file is, at this moment."""
        return self._connect(folder.access_key(self._file))


def _named(user: str | None) -> dict[str, str]:
    return {} if user is None else {"UserName": user}
