"""Which certificate the https listener shows: asked at every handshake, so that none is ever stale.

`listening_context` gives the event loop one TLS context for good. It shows nothing of its own: at each handshake it
lets `Certificates` choose, by the name that the client asks for (RFC 6066, 3). So a renewed certificate counts from the
next connection on, without a restart, a signal or a thread that watches.
"""

import logging
import os
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.edge.certificates import LEAF_LIFE, LEAF_RENEWAL, Authority, Names

_log = logging.getLogger(__name__)

_MOST_CONTEXTS = 64
"""Of names below our own (a bucket's) so many have a certificate waiting; another one costs a millisecond."""

_RETRY = timedelta(minutes=1)
"""When a certificate could not be renewed, the next try comes no sooner."""


class BadCertificate(TelecineError):
    """The operator's certificate cannot be used; the message says why."""


class Certificates(Protocol):
    """Chooses what a handshake shows."""

    def context(self, server_name: str | None) -> ssl.SSLContext:
        """The context with the certificate for a client that asks for `server_name`; None: by address. Never raises."""
        ...


def listening_context(certificates: Certificates) -> ssl.SSLContext:
    """What the event loop needs to listen: TLS 1.2 and later, with the certificate that `certificates` chooses."""

    def choose(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = certificates.context(name)

    context = _bare_context()
    context.sni_callback = choose
    return context


class LocalCertificates:
    """Signed by the server's own authority, also for names below its own that no wildcard can cover.

    `*.localhost` and names of two labels below a domain are matched by no client; the name that is asked for always is.
    """

    def __init__(self, authority: Callable[[], Authority], names: Names, clock: Clock) -> None:
        """`authority` gives the authority of the moment; it raises what has to stop the start."""
        self._open_authority = authority
        self._names = names
        self._clock = clock
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._authority = authority()
        self._renew_at = clock.now()
        self._renew(authority=self._authority)

    def context(self, server_name: str | None) -> ssl.SSLContext:
        if self._clock.now() >= self._renew_at:
            self._try_to_renew()
        wanted = (server_name or "").lower().rstrip(".")
        if wanted in self._names.domains or not self._names.holds(wanted):
            return self._common
        if wanted not in self._contexts:
            if len(self._contexts) >= _MOST_CONTEXTS:
                del self._contexts[next(iter(self._contexts))]
            pem = self._authority.issue((wanted,), (), self._clock.now())
            self._contexts[wanted] = _context_with(pem)
        return self._contexts[wanted]

    def _try_to_renew(self) -> None:
        try:
            self._renew(authority=self._open_authority())
        except (TelecineError, OSError):
            self._renew_at = self._clock.now() + _RETRY
            _log.exception("The certificate of the https listener could not be renewed; the old one goes on.")

    def _renew(self, *, authority: Authority) -> None:
        now = self._clock.now()
        self._common = _context_with(authority.issue(self._names.domains, self._names.addresses, now))
        self._authority = authority
        self._contexts.clear()
        self._renew_at = now + LEAF_LIFE - LEAF_RENEWAL


class OperatorCertificates:
    """The operator's files, read anew when they have changed.

    While the new files do not fit together, the old certificate goes on: a renewal writes one after the other.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises `BadCertificate`."""
        self._paths = (certificate, key)
        self._seen = _versions(self._paths)
        self._current = self._load()

    def context(self, server_name: str | None) -> ssl.SSLContext:
        seen = _versions(self._paths)
        if seen != self._seen:
            self._seen = seen
            try:
                self._current = self._load()
                _log.info("The https listener shows the changed certificate of %s.", self._paths[0])
            except BadCertificate as problem:
                _log.error("%s The old one goes on until the files change again.", problem)
        return self._current

    def _load(self) -> ssl.SSLContext:
        certificate, key = self._paths
        context = _bare_context()
        try:
            context.load_cert_chain(certificate, key, password=_no_password)
        except _NeedsPassword as error:
            raise BadCertificate(f"The key {key} is encrypted. Give --tls-key a key without a passphrase.") from error
        except ssl.SSLError as error:
            reason = (error.reason or "no PEM data").replace("_", " ").lower()
            raise BadCertificate(
                f"The certificate {certificate} and the key {key} cannot be used: {reason}. --tls-cert needs the "
                "certificate with its chain, --tls-key its private key, both as PEM."
            ) from error
        except OSError as error:
            raise BadCertificate(
                f"The certificate {certificate} or its key {key} cannot be read: {error.strerror}."
            ) from error
        return context


class _NeedsPassword(Exception):
    """OpenSSL asked for a passphrase, which without this would stop at a terminal."""


def _no_password() -> bytes:
    raise _NeedsPassword


def _versions(paths: tuple[Path, ...]) -> tuple[tuple[int, ...], ...]:
    """What changes when one of the files does; to be away is a change, too."""
    return tuple(_version(path) for path in paths)


def _version(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could make us work for nothing
    return context


def _context_with(pem: bytes) -> ssl.SSLContext:
    """A context with a key and its certificate. OpenSSL reads them from files alone; this one is in memory."""
    context = _bare_context()
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
