"""Accounts and credentials as the owner of a machine looks after them, while the server runs."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from telecine.cli import folder

Factory = Any  # the fixtures of conftest.py


def _client(service: str, url: str, key: tuple[str, str]) -> Any:
    return boto3.Session(*key, region_name="us-east-1").client(service, endpoint_url=url)


def test_credentials_are_rotated_through_the_running_server(server_factory: Factory, tmp_path: Path) -> None:
    """The file has a new key and password, `env` exports it, the old key is worth nothing."""
    server = server_factory.start(tmp_path / "data")
    path = server.data_dir / "credentials"
    before, password = folder.access_key(path), (server.data_dir / "console-password").read_text()

    shown = server.telecine("credentials", "rotate", "--console-password", "--data-dir", str(server.data_dir))

    after = folder.access_key(path)
    assert after[0] in shown
    assert after[1] not in shown
    assert server.environment()["AWS_ACCESS_KEY_ID"] == after[0]
    assert _client("sts", server.url, after).get_caller_identity()["Arn"].endswith(":user/admin")
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        _client("sts", server.url, before).get_caller_identity()
    assert (server.data_dir / "console-password").read_text() != password


def test_an_account_made_beside_the_server_is_there_at_once(server_factory: Factory, tmp_path: Path) -> None:
    """Its administrator calls the server that was never told, and survives its restart."""
    server = server_factory.start(tmp_path / "data")
    file, data_dir = tmp_path / "studio", str(server.data_dir)
    words = ["--email", "studio@example.com", "--account-id", "444455556666", "--admin", "--credentials", str(file)]
    server.telecine("account", "create", "Studio", *words, "--data-dir", data_dir)

    key = folder.access_key(file)
    identity = _client("sts", server.url, key).get_caller_identity()
    assert identity["Arn"] == "arn:aws:iam::444455556666:user/admin"
    assert _client("mediaconvert", server.url, key).list_queues()["Queues"][0]["Name"] == "Default"
    listed = server.telecine("account", "list", "--data-dir", data_dir).splitlines()
    assert [line.split("\t")[0] for line in listed] == ["000000000000", "444455556666"]

    server.stop()
    server = server_factory.start(tmp_path / "data")
    assert _client("sts", server.url, key).get_caller_identity()["Account"] == "444455556666"
