"""`telecine env`: the lines a shell evaluates."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telecine.cli import folder
from telecine.cli.env import app
from telecine.cli.folder import NoCredentials

_SECRET = "a/secret+with$odd'characters"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The folder of a server that was started once."""
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:7711", account="000000000000", region="eu-west-1")
    folder.write_secret(
        tmp_path / "credentials",
        f"[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = {_SECRET}\n",
    )
    return tmp_path


def test_the_lines_set_what_a_client_needs(data_dir: Path) -> None:
    """Endpoint, region and keys, each as an export that any shell reads back whole."""
    lines = CliRunner().invoke(app, ["--data-dir", str(data_dir)], env={"AWS_PROFILE": None}).stdout.splitlines()
    words = [shlex.split(line) for line in lines]
    assert all(word[0] == "export" and len(word) == 2 for word in words if word[0] != "unset")
    values = dict(word[1].split("=", 1) for word in words if word[0] == "export")
    assert values == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:7711",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_https_is_for_the_asking(data_dir: Path) -> None:
    """`--https` names the other listener and whom to trust; of an operator's certificate there is nothing to say."""
    where = {"url": "http://127.0.0.1:7711", "account": "000000000000", "region": "eu-west-1"}
    folder.write_endpoint(data_dir, **where, https_url="https://127.0.0.1:7712")
    assert "https" not in CliRunner().invoke(app, ["--data-dir", str(data_dir)]).stdout
    lines = CliRunner().invoke(app, ["--data-dir", str(data_dir), "--https"]).stdout.splitlines()
    assert lines[:3] == [
        "export AWS_ENDPOINT_URL=https://127.0.0.1:7712",
        f"export AWS_CA_BUNDLE={data_dir / 'ca.pem'}",
        f"export NODE_EXTRA_CA_CERTS={data_dir / 'ca.pem'}",
    ]
    folder.write_endpoint(data_dir, **where, https_url="https://studio.example:7712", has_own_ca=False)
    shown = CliRunner().invoke(app, ["--data-dir", str(data_dir), "--https"]).stdout
    assert "export AWS_ENDPOINT_URL=https://studio.example:7712\n" in shown
    assert "CA" not in shown.replace("AKIA", "")


def test_a_server_that_never_spoke_https_is_an_error_in_words(data_dir: Path) -> None:
    """The folder of an older release says so until its next start."""
    error = CliRunner().invoke(app, ["--data-dir", str(data_dir), "--https"]).exception
    assert "has not listened on https yet" in str(error)


def test_what_would_lead_elsewhere_is_unset(data_dir: Path) -> None:
    """A session token left in the shell would spoil every call."""
    result = CliRunner().invoke(app, ["--data-dir", str(data_dir)], env={"AWS_SESSION_TOKEN": "stale"})
    assert "unset AWS_SESSION_TOKEN" in result.stdout.splitlines()


def test_missing_credentials_name_the_way_out(data_dir: Path) -> None:
    """When the file was deleted, root can still make a key."""
    (data_dir / "credentials").unlink()
    error = CliRunner().invoke(app, ["--data-dir", str(data_dir)]).exception
    assert isinstance(error, NoCredentials)
    assert "telecine account root --create-access-key" in str(error)


def test_another_profile_can_be_used(data_dir: Path) -> None:
    """Of the keys in the file the one that is named; one that is not there is an error in words."""
    keys = {"default": ("AKIAEXAMPLE", _SECRET), "editor": ("AKIAEDITOR", "secret")}
    folder.write_credentials(data_dir / "credentials", keys)
    shown = CliRunner().invoke(app, ["--data-dir", str(data_dir), "--profile", "editor"]).stdout
    assert "export AWS_ACCESS_KEY_ID=AKIAEDITOR" in shown.splitlines()
    error = CliRunner().invoke(app, ["--data-dir", str(data_dir), "--profile", "nobody"]).exception
    assert isinstance(error, NoCredentials)
    assert "only: default, editor" in str(error)
