"""Keys for another server's S3 and KMS, which the operator keeps in a file.

The file has the format of AWS's shared credentials. A section named by a role's ARN is for the jobs of that role, the
section `default` for all others; without either, jobs of the role do not get there. It is read whenever it is needed,
so that keys can be changed while jobs run.
"""

import configparser
import logging
from datetime import UTC, datetime
from pathlib import Path

from telecine.core.errors import TelecineError
from telecine.core.names import AccessKeyId
from telecine.engine.errors import JobFailed
from telecine.services.sts.model import SessionCredentials

log = logging.getLogger(__name__)

_DEFAULT = "default"
_NEVER = datetime.max.replace(tzinfo=UTC)


class UnusableCredentials(TelecineError):
    """The file with another server's keys cannot be read."""


class RemoteCredentials:
    """The file at `path`."""

    def __init__(self, path: Path) -> None:
        """Raises `UnusableCredentials`."""
        self._path = path
        self._read()

    def of(self, role_arn: str) -> SessionCredentials:
        """As whom jobs of this role go to the other server. Raises `JobFailed` 1432 for a role without keys."""
        try:
            found = self._read()
        except UnusableCredentials as problem:
            log.warning("%s", problem)
            raise _no_keys(role_arn) from problem
        name = role_arn if found.has_section(role_arn) else _DEFAULT
        key_id, secret = (found.get(name, key, fallback="") for key in ("aws_access_key_id", "aws_secret_access_key"))
        if not key_id or not secret:
            log.warning("%s holds no keys for the role %s, and none as default", self._path, role_arn)
            raise _no_keys(role_arn)
        return SessionCredentials(
            access_key_id=AccessKeyId(key_id),
            secret_access_key=secret,
            session_token=found.get(name, "aws_session_token", fallback=""),
            expires_at=_NEVER,
        )

    def _read(self) -> configparser.ConfigParser:
        found = configparser.ConfigParser(interpolation=None, default_section="", delimiters=("=",))
        try:
            found.read_string(self._path.read_text())
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is no text"
            raise UnusableCredentials(
                f"{self._path}, the keys of another server, cannot be read: {reason}."
            ) from problem
        except configparser.Error as problem:  # whose message may hold a line of the file
            raise UnusableCredentials(
                f"{self._path} is no file of AWS shared credentials: it wants sections such as [default] with "
                "aws_access_key_id and aws_secret_access_key."
            ) from problem
        return found


def _no_keys(role_arn: str) -> JobFailed:
    """MediaConvert's 1432, for a role that exists and does not serve."""
    return JobFailed(
        1432, f"Invalid role provided in RESOURCE_ROLE_ARN: {role_arn} has no keys for the server of the media"
    )
