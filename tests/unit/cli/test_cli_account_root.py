"""`telecine account root`: credentials of the root user, made on the machine."""

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from telecine.app.api import build_api
from telecine.app.ground import Config
from telecine.cli import folder
from telecine.cli.account import app
from telecine.cli.account_root import BadPassword
from telecine.core.names import AccountId, Region

ACCOUNT = "111122223333"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The folder of a server that was started once."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    config = Config(data_dir=tmp_path, account=AccountId(ACCOUNT), region=Region("us-east-1"))
    build_api(config, passwords=cheap).close()
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account=ACCOUNT, region="us-east-1")
    return tmp_path


def test_a_password_is_asked_for_twice_and_never_shown(data_dir: Path) -> None:
    """The answer names the account, the screen shows no letter of the password."""
    result = CliRunner().invoke(app, ["root", "--data-dir", str(data_dir)], input="correct horse\ncorrect horse\n")
    assert result.exit_code == 0
    assert f"The root user of {ACCOUNT} has a new password." in result.output
    assert "correct" not in result.output


def test_a_short_password_is_refused(data_dir: Path) -> None:
    """Root may do everything: twelve characters at least."""
    result = CliRunner().invoke(app, ["root", "--data-dir", str(data_dir)], input="short\nshort\n")
    assert isinstance(result.exception, BadPassword)


def test_a_key_is_printed_as_a_profile(data_dir: Path) -> None:
    """Ready for a shared-credentials file; a third one is refused, for root as for everybody."""
    arguments = ["root", "--data-dir", str(data_dir), "--create-access-key"]
    results = [CliRunner().invoke(app, arguments) for _ in range(3)]
    assert [result.exit_code for result in results] == [0, 0, 1]
    profile, key, secret = results[0].stdout.splitlines()
    assert profile == "[root]"
    assert key.startswith("aws_access_key_id = AKIA")
    assert secret.startswith("aws_secret_access_key = ")
    assert "has two access keys already" in str(results[2].exception)
