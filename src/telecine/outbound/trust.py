"""Whom outbound https trusts: the public authorities, and the one that the operator names with `--trust-ca`."""

import os
import ssl
from functools import cache
from importlib.resources import files
from pathlib import Path

from telecine.core.errors import TelecineError


class UnusableAuthority(TelecineError):
    """What the operator names holds no certificate."""


def context(authority: Path | None = None) -> ssl.SSLContext:
    """What an https client verifies servers with: the public authorities, and those in the PEM file `authority`.

    Raises `UnusableAuthority`.
    """
    if authority is None:
        return _public()
    found = ssl.create_default_context(cadata=_public_bundle().decode())
    found.load_verify_locations(cadata=_read(authority).decode())
    return found


def trusting(authority: Path) -> str:
    """The path of a bundle with the same authorities, for boto3.

    It is in memory and lasts as long as this process: boto3 takes bundles by path alone. Raises `UnusableAuthority`.
    """
    named = _read(authority)
    descriptor = os.memfd_create("trusted", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb", closefd=False) as bundle:
        bundle.write(_public_bundle())
        bundle.write(b"\n" + named)
    return f"/proc/{os.getpid()}/fd/{descriptor}"


@cache
def _public() -> ssl.SSLContext:
    # One for everybody: nobody changes it, and to read so many certificates takes 25 ms.
    return ssl.create_default_context(cadata=_public_bundle().decode())


def _public_bundle() -> bytes:
    # Those that boto3 brings along: not every machine has a bundle of its own, and S3 goes by the same ones.
    return files("botocore").joinpath("cacert.pem").read_bytes()


def _read(authority: Path) -> bytes:
    try:
        named = authority.read_bytes()
        ssl.create_default_context(cadata=named.decode())
    except OSError as error:  # an SSLError is one, too
        reason = error.strerror if not isinstance(error, ssl.SSLError) else "it holds no certificate in PEM form"
        raise UnusableAuthority(
            f"{authority} cannot be trusted: {reason}. Name another file with --trust-ca."
        ) from error
    except UnicodeDecodeError as error:
        raise UnusableAuthority(f"{authority} is no PEM file. Name another file with --trust-ca.") from error
    return named
