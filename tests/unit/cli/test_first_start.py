"""The first start's credentials, with the server killed between any two steps."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from telecine.app.api import Api, build_api
from telecine.app.ground import Config
from telecine.cli import first_start, folder
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.services.iam.model import Bootstrap

ACCOUNT = AccountId("111122223333")


class Killed(BaseException):
    """The process is gone."""


def start(data_dir: Path, hand_over: Callable[[Bootstrap], None] | None = None) -> Api:
    """What the api process does before it answers, up to `first_start.settle`."""
    return build_api(
        Config(data_dir=data_dir, account=ACCOUNT, region=Region("us-east-1")),
        passwords=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        hand_over=hand_over or (lambda made: first_start.draft(data_dir, made)),
    )


def start_whole(data_dir: Path) -> Api:
    """All that the api process does before it answers."""
    api = start(data_dir)
    first_start.settle(data_dir, api.ground.directory.signing_key)
    return api


def assert_usable(data_dir: Path, api: Api) -> None:
    """The files hold the key and the password of the one administrator there is, and nothing else is left."""
    directory = api.ground.directory
    key_id, secret = folder.read_credentials(data_dir / "credentials")["default"]
    key = directory.signing_key(AccessKeyId(key_id))
    assert key is not None
    assert key.secret_access_key == secret
    admin = directory.users.get(ACCOUNT, "admin")
    profile = directory.passwords.profile(admin)
    password = (data_dir / "console-password").read_text().strip()
    assert PasswordHasher().verify(profile.password_hash, password)
    for name in ("credentials", "console-password"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600
    assert not list(data_dir.glob("*.first"))
    assert not list(data_dir.glob("*.new"))


def test_a_first_start(tmp_path: Path) -> None:
    """Key and password are there when the server answers, and stay as they are on the next start."""
    api = start_whole(tmp_path)
    assert_usable(tmp_path, api)
    api.close()
    before = (tmp_path / "credentials").read_text()
    api = start_whole(tmp_path)
    assert (tmp_path / "credentials").read_text() == before
    assert_usable(tmp_path, api)
    api.close()


def test_killed_before_the_account_is_there(tmp_path: Path) -> None:
    """With drafts written, whole or in part: the next start makes new ones."""

    def die_early(made: Bootstrap) -> None:
        folder.write_secret(tmp_path / "console-password.first", made.password)
        raise Killed

    def die_late(made: Bootstrap) -> None:
        first_start.draft(tmp_path, made)
        raise Killed

    for die in (die_early, die_late):
        with pytest.raises(Killed):
            start(tmp_path, die)
    assert not (tmp_path / "credentials").exists()
    api = start_whole(tmp_path)
    assert_usable(tmp_path, api)
    api.close()


def test_killed_when_the_account_was_just_there(tmp_path: Path) -> None:
    """The drafts are what is in force: they get their names on the next start."""
    start(tmp_path).close()
    assert not (tmp_path / "credentials").exists()
    api = start_whole(tmp_path)
    assert_usable(tmp_path, api)
    api.close()


def test_killed_between_the_two_files(tmp_path: Path) -> None:
    """The password has its name, the key follows."""
    start(tmp_path).close()
    folder.put_in_place(tmp_path / "console-password.first", tmp_path / "console-password")
    api = start_whole(tmp_path)
    assert_usable(tmp_path, api)
    api.close()


def test_drafts_that_never_came_into_force_replace_nothing(tmp_path: Path) -> None:
    """Somebody else made the account first: what this process drew is nobody's."""
    api = start_whole(tmp_path)
    before = (tmp_path / "credentials").read_text()
    folder.write_credentials(tmp_path / "credentials.first", {"default": ("AKIAUNKNOWN", "secret")})
    folder.write_secret(tmp_path / "console-password.first", "nobody's\n")
    first_start.settle(tmp_path, api.ground.directory.signing_key)
    assert (tmp_path / "credentials").read_text() == before
    assert_usable(tmp_path, api)
    api.close()
