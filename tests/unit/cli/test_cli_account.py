"""`telecine account`: several accounts on one server, and what their root users sign in with."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
import typer
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from telecine.app.api import Api, build_api
from telecine.app.ground import Config
from telecine.cli import folder
from telecine.cli.account import CannotWrite, app
from telecine.cli.account_root import MfaProblem
from telecine.core.clock import SystemClock
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.services.iam.directory import NoSuchAccount
from telecine.services.iam.directory.accounts import AccountExists
from telecine.services.iam.model import SignInSource

FIRST = AccountId("111122223333")
SECOND = AccountId("444455556666")
HERE = SignInSource(address="127.0.0.1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Api]:
    """A server that goes on running while the commands do their work."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    api = build_api(Config(data_dir=tmp_path, account=FIRST, region=Region("us-east-1")), passwords=cheap)
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account=FIRST, region="us-east-1")
    yield api
    api.close()


def run(data_dir: Path, *words: str, typed: str | None = None) -> Result:
    """What a command prints and ends in."""
    return CliRunner().invoke(app, [*words, "--data-dir", str(data_dir)], input=typed)


def test_an_account_is_made_and_listed(server: Api, tmp_path: Path) -> None:
    """With the number that is asked for, or a random one; the running server knows it at once."""
    before = server.ground.directory.generation()
    assert run(tmp_path, "create", "Studio", "--email", "a@example.com", "--account-id", SECOND).exit_code == 0
    assert run(tmp_path, "create", "Archive", "--email", "b@example.com").exit_code == 0

    assert server.ground.directory.generation() > before
    assert server.ground.directory.accounts.exists(SECOND)
    lines = [line.split("\t") for line in run(tmp_path, "list").stdout.splitlines()]
    assert lines[:2] == [[FIRST, "Telecine", "-", "-"], [SECOND, "Studio", "a@example.com", "-"]]
    assert re.fullmatch(r"\d{12}", lines[2][0])
    assert lines[2][1:] == ["Archive", "b@example.com", "-"]
    assert server.ground.directory.accounts.first() == FIRST


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Studio", "--email", "a@example.com", "--account-id", FIRST], f"There is an account {FIRST}"),
        (["Studio", "--email", "TAKEN@example.com"], "has the e-mail address TAKEN@example.com already"),
    ],
)
def test_numbers_and_addresses_are_not_given_twice(server: Api, tmp_path: Path, words: list[str], message: str) -> None:
    """Nothing is made then."""
    server.ground.directory.accounts.set_root_email(FIRST, "taken@example.com")
    result = run(tmp_path, "create", *words)
    assert isinstance(result.exception, AccountExists)
    assert message in str(result.exception)
    assert len(server.ground.directory.accounts.all()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["Studio", "--email", "no address"],
        ["Studio", "--email", "a@example.com", "--account-id", "123"],
        ["x" * 51, "--email", "a@example.com"],
        ["Studio", "--email", "a@example.com", "--credentials", "file"],
        ["Studio"],
    ],
)
def test_what_is_no_account_is_refused_in_words(server: Api, tmp_path: Path, words: list[str]) -> None:
    """A usage error, and nothing is made."""
    assert run(tmp_path, "create", *words).exit_code == 2
    assert len(server.ground.directory.accounts.all()) == 1


def test_an_administrator_is_printed(server: Api, tmp_path: Path) -> None:
    """A profile that any AWS client reads, and a password that signs in."""
    shown = run(tmp_path, "create", "Studio", "--email", "a@example.com", "--account-id", SECOND, "--admin").stdout
    (tmp_path / "shown").write_text(shown)
    key_id, secret = folder.read_credentials(tmp_path / "shown")["default"]
    key = server.ground.directory.signing_key(AccessKeyId(key_id))
    assert key is not None
    assert key.secret_access_key == secret
    assert key.caller.principal.arn == f"arn:aws:iam::{SECOND}:user/admin"
    password = re.search(r"console password: (\S+)", shown)
    assert password is not None
    assert server.ground.directory.sign_in.check(SECOND, "admin", password[1], source=HERE).account == SECOND


def test_an_administrator_is_written_to_a_file(server: Api, tmp_path: Path) -> None:
    """For its owner alone, and not to the screen."""
    file = tmp_path / "studio"
    words = ["create", "Studio", "--email", "a@example.com", "--admin", "--credentials", str(file)]
    result = run(tmp_path, *words)
    key_id, secret = folder.read_credentials(file)["default"]
    assert secret not in result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert server.ground.directory.signing_key(AccessKeyId(key_id)) is not None


def test_without_a_place_for_the_credentials_there_is_no_account(server: Api, tmp_path: Path) -> None:
    """They are written before they are in force."""
    words = ["create", "Studio", "--email", "a@example.com", "--admin", "--credentials", str(tmp_path / "no/file")]
    assert isinstance(run(tmp_path, *words).exception, CannotWrite)
    assert len(server.ground.directory.accounts.all()) == 1


def test_no_file_is_written_over(server: Api, tmp_path: Path) -> None:
    """It may hold somebody's only credentials."""
    file = tmp_path / "mine"
    file.write_text("precious")
    result = run(tmp_path, "create", "Studio", "--email", "a@example.com", "--admin", "--credentials", str(file))
    assert isinstance(result.exception, CannotWrite)
    assert file.read_text() == "precious"
    assert len(server.ground.directory.accounts.all()) == 1


def test_roots_email_and_password_of_a_second_account(server: Api, tmp_path: Path) -> None:
    """Each account's root user is its own."""
    run(tmp_path, "create", "Studio", "--email", "a@example.com", "--account-id", SECOND)
    typed = "correct horse\ncorrect horse\n"
    result = run(tmp_path, "root", "--account", SECOND, "--email", "new@example.com", "--password", typed=typed)
    assert result.exit_code == 0
    assert "correct" not in result.output
    sign_in = server.ground.directory.sign_in
    assert sign_in.check_root("new@example.com", "correct horse", source=HERE).account == SECOND


def test_an_account_that_is_not_there(server: Api, tmp_path: Path) -> None:
    """Is said before anything is asked."""
    result = run(tmp_path, "root", "--account", "999999999999")
    assert isinstance(result.exception, NoSuchAccount)


def test_roots_address_cannot_be_another_roots(server: Api, tmp_path: Path) -> None:
    """Or else nobody knew who signs in."""
    run(tmp_path, "create", "Studio", "--email", "a@example.com", "--account-id", SECOND)
    result = run(tmp_path, "root", "--email", "A@example.com")
    assert isinstance(result.exception, AccountExists)


class Typist:
    """Types what an authenticator app shows, once it has read the seed from the screen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tries: list[tuple[int, int]]) -> None:
        self._screen: list[str] = []
        self._steps = [step for pair in tries for step in pair]
        monkeypatch.setattr(typer, "echo", lambda text, **_more: self._screen.append(text))
        monkeypatch.setattr(typer, "prompt", self._type)

    def _type(self, _question: str) -> str:
        uri = next(line for line in self._screen if line.startswith("otpauth://"))
        now = int(SystemClock().now().timestamp())
        code = pyotp.parse_uri(uri)
        assert isinstance(code, pyotp.TOTP)
        return code.at(now + 30 * self._steps.pop(0))


def test_root_gets_an_mfa_device(server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address and the QR code are shown; wrong codes may be tried again; a second one is not made by the way."""
    typist = Typist(monkeypatch, [(3, 4), (-1, 0)])
    result = run(tmp_path, "root", "--enable-mfa")
    assert result.exit_code == 0, result.exception
    assert typist is not None
    assert "█" in result.stdout or "▄" in result.stdout
    devices = server.ground.directory.mfa.devices(FIRST, None)
    assert [device.serial_number for device in devices] == [f"arn:aws:iam::{FIRST}:mfa/root-account-mfa-device"]
    assert isinstance(run(tmp_path, "root", "--enable-mfa").exception, MfaProblem)

    assert run(tmp_path, "root", "--disable-mfa").exit_code == 0
    assert server.ground.directory.mfa.devices(FIRST, None) == []


def test_nobody_keeps_root_from_a_device(server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By taking the name that AWS gives it."""
    mfa = server.ground.directory.mfa
    mfa.create(FIRST, "Root-Account-MFA-Device", owner="eve")
    mfa.create(FIRST, "root-account-mfa-device-2", owner="eve")
    Typist(monkeypatch, [(-1, 0)])
    assert run(tmp_path, "root", "--enable-mfa").exit_code == 0
    serials = [device.serial_number for device in mfa.devices(FIRST, None)]
    assert serials == [f"arn:aws:iam::{FIRST}:mfa/root-account-mfa-device-3"]


def test_a_device_whose_codes_were_wrong_is_not_left_behind(
    server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three tries, and the name is free again."""
    Typist(monkeypatch, [(3, 4)] * 3)
    assert isinstance(run(tmp_path, "root", "--enable-mfa").exception, MfaProblem)
    assert server.ground.directory.mfa.find(FIRST, f"arn:aws:iam::{FIRST}:mfa/root-account-mfa-device") is None
