"""The server's certificate authority in the data folder: `ca.pem`, which clients trust, and `ca.key`.

The key is a file of mode 0600 and not sealed under the root key. Sealed, it would be lost with the root key, and every
client would have to be given another authority; plain, it tells whoever may read the folder how to pose as this server
on loopback and under its own names, and nothing else: the authority's constraints see to that.
"""

import logging
import stat
from datetime import datetime
from pathlib import Path

from telecine.cli import folder as data_folder
from telecine.core.errors import TelecineError
from telecine.edge.certificates import Authority, AuthorityKey, BadAuthority, Names, load_key

_log = logging.getLogger(__name__)

KEY = "ca.key"
_WAYS_OUT = (
    f"Bring {KEY} and {data_folder.CA_CERTIFICATE} back from a backup, or remove them both: a new authority is made "
    "then, and clients have to be given its certificate."
)


class AuthorityUnusable(TelecineError):
    """The folder's authority cannot be used; the message says why and what to do."""


def open_authority(folder: Path, names: Names, now: datetime) -> Authority:
    """The authority of `folder`, made when there is none.

    Its certificate is made anew, with the same key, when the server's names are others now or its end comes near.
    Raises `AuthorityUnusable`.
    """
    certificate, key = folder / data_folder.CA_CERTIFICATE, folder / KEY
    if key.exists():
        private = _load_key(key)
        known = _load_certificate(certificate, private) if certificate.exists() else None
        if known is not None and known.serves(names, now):
            return known
        if known is not None:
            _log.warning("%s is made anew: give it again to clients that have a copy.", certificate)
        authority = Authority.make(names, now, private)
    elif certificate.exists():
        raise AuthorityUnusable(f"The key {key} of {certificate} is gone. {_WAYS_OUT}")
    else:
        authority = Authority.make(names, now)
        data_folder.write_secret(key, authority.key_pem.decode())
    data_folder.write_secret(certificate, authority.certificate_pem.decode())
    return authority


def _load_key(path: Path) -> AuthorityKey:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_bytes()
    except OSError as error:
        raise AuthorityUnusable(f"The key {path} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise AuthorityUnusable(f"The key {path} is open to others (mode {mode:04o}). Run: chmod 600 {path}")
    try:
        return load_key(text)
    except BadAuthority as error:
        raise AuthorityUnusable(f"The key {path} cannot be used: {error}. {_WAYS_OUT}") from error


def _load_certificate(path: Path, key: AuthorityKey) -> Authority:
    try:
        return Authority.load(path.read_bytes(), key)
    except OSError as error:
        raise AuthorityUnusable(f"The certificate {path} cannot be read: {error.strerror}.") from error
    except BadAuthority as error:
        raise AuthorityUnusable(f"The certificate {path} cannot be used: {error}. {_WAYS_OUT}") from error
