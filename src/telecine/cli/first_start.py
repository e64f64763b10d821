"""The credentials of the first start: never in force and lost, wherever the server is killed.

They are written as drafts before the database has them, and get their names once it has. Whoever starts next finds out
from the database what has become of drafts that were left.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from telecine.cli import folder
from telecine.core.names import AccessKeyId
from telecine.services.contract import SigningKey
from telecine.services.iam.model import Bootstrap

_log = logging.getLogger(__name__)

_CREDENTIALS, _PASSWORD = "credentials", "console-password"
_DRAFT = ".first"


def draft(data_dir: Path, bootstrap: Bootstrap) -> None:
    """Write key and password of the first user, who is not in the database yet. The key comes last: with it both are
    there."""
    folder.write_secret(data_dir / (_PASSWORD + _DRAFT), f"{bootstrap.password}\n")
    key = (bootstrap.key.key.access_key_id, bootstrap.key.secret_access_key)
    folder.write_credentials(data_dir / (_CREDENTIALS + _DRAFT), {"default": key})


def settle(data_dir: Path, signing_key: Callable[[AccessKeyId], SigningKey | None]) -> None:
    """Give the drafts that are there their names if their key is in force, and remove them if it is not.

    The key comes last here too, so that a draft of it tells that something is left to do.
    """
    credentials, password = data_dir / (_CREDENTIALS + _DRAFT), data_dir / (_PASSWORD + _DRAFT)
    if credentials.exists() and _is_in_force(credentials, signing_key):
        if password.exists():
            folder.put_in_place(password, data_dir / _PASSWORD)
        folder.put_in_place(credentials, data_dir / _CREDENTIALS)
        _log.info("The account is new: its credentials are in %s.", data_dir / _CREDENTIALS)
        return
    credentials.unlink(missing_ok=True)
    password.unlink(missing_ok=True)


def _is_in_force(credentials: Path, signing_key: Callable[[AccessKeyId], SigningKey | None]) -> bool:
    key_id, secret = folder.read_credentials(credentials)["default"]
    key = signing_key(AccessKeyId(key_id))
    return key is not None and key.secret_access_key == secret
