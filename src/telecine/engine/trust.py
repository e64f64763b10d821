"""Whom outbound https trusts: the public authorities, and the one that the operator names with `--trust-ca`."""

import os
import ssl
from pathlib import Path

import boto3.session

from telecine.core.errors import TelecineError

_public_bundle = boto3.session.botocore.httpsession.get_cert_path


class UnusableAuthority(TelecineError):
    """What the operator names holds no certificate."""


def trusting(authority: Path) -> str:
    """The path of a bundle with the public authorities and those in the PEM file `authority`.

    It is in memory and lasts as long as this process: OpenSSL and boto3 take bundles by path alone. Raises
    `UnusableAuthority`.
    """
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
    descriptor = os.memfd_create("trusted", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb", closefd=False) as bundle:
        bundle.write(Path(_public_bundle(True)).read_bytes())  # noqa: FBT003 - botocore's word for "the default"
        bundle.write(b"\n" + named)
    return f"/proc/{os.getpid()}/fd/{descriptor}"
