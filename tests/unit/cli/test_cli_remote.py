"""Options for another server's S3 and KMS: together, or refused with what to do."""

from pathlib import Path
from typing import Any

import pytest

from telecine.cli import remote
from telecine.cli.remote import Addressing, RemoteOptions, UnusableRemote


def read(**given: Any) -> RemoteOptions | None:
    """The options of a command line that says `given`."""
    said = {"s3_url": None, "kms_url": None, "addressing": Addressing.PATH, "region": None, "credentials": None}
    return remote.read(**{**said, **given}, own_region="us-east-1")


def test_nothing_said_is_this_server() -> None:
    """Without an endpoint there is no other server."""
    assert read() is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"region": "eu-west-1"}, "--remote-region is for another server"),
        ({"addressing": Addressing.VIRTUAL}, "--s3-addressing is for another server"),
        ({"credentials": Path("keys")}, "--remote-credentials is for another server"),
        ({"s3_url": "https://s3.example.com"}, "give its keys with --remote-credentials"),
        ({"s3_url": "s3.example.com", "credentials": Path("keys")}, "--s3-endpoint s3.example.com: write an address"),
        ({"kms_url": "https://u:p@kms.example.com", "credentials": Path("keys")}, "--kms-endpoint"),
    ],
)
def test_half_of_it_is_refused(given: dict[str, Any], message: str) -> None:
    """The message names the option that is missing or wrong."""
    with pytest.raises(UnusableRemote, match=message):
        read(**given)


def test_what_goes_in_the_clear_is_said() -> None:
    """http to another machine is warned of; https and loopback are not."""
    for url, count in [("http://s3.example.com", 1), ("https://s3.example.com", 0), ("http://127.0.0.1:9000", 0)]:
        options = read(s3_url=url, credentials=Path("keys"))
        assert options is not None
        assert len(options.warnings()) == count
