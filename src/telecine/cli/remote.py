"""Options of `serve` for an S3 or a KMS that is not this server's."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from telecine.core.errors import TelecineError

_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


class Addressing(StrEnum):
    """Where a bucket's name stands in a URL."""

    PATH = "path"
    VIRTUAL = "virtual"


class UnusableRemote(TelecineError):
    """The options for another server do not go together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteOptions:
    """What the command line says of another server, checked."""

    s3_url: str | None
    kms_url: str | None
    addressing: Addressing
    region: str
    credentials: Path

    def warnings(self) -> list[str]:
        """What an operator should hear before the server runs."""
        return [
            f"Warning: {url} is not https: media, keys and requests go there in the clear."
            for url in (self.s3_url, self.kms_url)
            if url is not None
            and urlsplit(url).scheme == "http"
            and not _LOOPBACK.fullmatch(urlsplit(url).hostname or "")
        ]


def read(
    *,
    s3_url: str | None,
    kms_url: str | None,
    addressing: Addressing,
    region: str | None,
    credentials: Path | None,
    own_region: str,
) -> RemoteOptions | None:
    """The options together; None when no other server is named. Raises `UnusableRemote`."""
    if s3_url is None and kms_url is None:
        given = {
            "--s3-addressing": addressing is not Addressing.PATH,
            "--remote-region": region is not None,
            "--remote-credentials": credentials is not None,
        }
        for option in (name for name, is_given in given.items() if is_given):
            raise UnusableRemote(f"{option} is for another server: name it with --s3-endpoint or --kms-endpoint.")
        return None
    for option, url in (("--s3-endpoint", s3_url), ("--kms-endpoint", kms_url)):
        if url is not None and not _is_address(url):
            raise UnusableRemote(f"{option} {url}: write an address such as https://storage.example.com.")
    if credentials is None:
        raise UnusableRemote(
            "Another server does not know the sessions of this one: give its keys with --remote-credentials FILE."
        )
    return RemoteOptions(
        s3_url=s3_url,
        kms_url=kms_url,
        addressing=addressing,
        region=region or own_region,
        credentials=credentials.expanduser().absolute(),
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and is_port and not parts.query and "@" not in url
