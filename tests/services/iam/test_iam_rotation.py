"""`telecine credentials rotate` against a server, killed at every step."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.cli import folder
from telecine.cli.credentials import NotAUser, renew_password
from telecine.cli.rotation import CannotRotate, Key, Rotation
from telecine.core.ids import Ids
from telecine.services.iam.model import PageRequest, SignInSource


class Killed(BaseException):
    """The process is gone."""


class Steps:
    """Kills the process before its `last`-th step; None lets it live."""

    def __init__(self, last: int | None = None) -> None:
        self._left = last

    def __call__(self) -> None:
        if self._left is not None:
            if self._left == 0:
                raise Killed
            self._left -= 1


def keys(aws: Any, key: Key) -> Any:
    """A key as the fixture's clients take it."""
    return type(aws.admin)(access_key_id=key[0], secret_access_key=key[1])


class Client:
    """A boto3 client whose process may be killed before and after each call."""

    def __init__(self, client: Any, step: Steps) -> None:
        self._client = client
        self._step = step

    @property
    def exceptions(self) -> Any:
        return self._client.exceptions

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            self._step()
            answer = operation(**parameters)
            self._step()
            return answer

        return call


@pytest.fixture
def data_dir(aws: Any) -> Path:
    """The server's folder with the credentials of the first start."""
    made: Path = aws.folder
    folder.write_credentials(
        made / "credentials",
        {"default": (aws.admin.access_key_id, aws.admin.secret_access_key), "other": ("AKIA", "x")},
    )
    return made


@pytest.fixture
def rotation(aws: Any, data_dir: Path) -> Callable[..., Rotation]:
    """A rotation on that folder."""

    def make(step: Steps | None = None) -> Rotation:
        return Rotation(data_dir, lambda key: Client(aws.client("iam", keys(aws, key)), step or Steps()), aws.clock)

    return make


def key_ids(aws: Any, user: str) -> list[str]:
    """A user's keys."""
    directory = aws.api.ground.directory
    wanted = PageRequest(marker=None, size=10)
    page = directory.keys.page(aws.account, directory.users.get(aws.account, user), wanted)
    return [key.access_key_id for key in page.items]


def test_a_new_key_takes_the_place_of_the_old_one(aws: Any, data_dir: Path, rotation: Callable[..., Rotation]) -> None:
    """In the file and on the server; other profiles stay, and nothing is left over."""
    new = rotation().rotate("default", "admin")
    file = folder.read_credentials(data_dir / "credentials")
    assert (file["default"][0], file["other"]) == (new, ("AKIA", "x"))
    assert key_ids(aws, "admin") == [new]
    assert aws.client("sts", keys(aws, file["default"])).get_caller_identity()["Arn"].endswith(":user/admin")
    with pytest.raises(ClientError):
        aws.client("sts").get_caller_identity()
    assert stat.S_IMODE((data_dir / "credentials").stat().st_mode) == 0o600
    assert not list(data_dir.glob("credentials.*"))


def test_killed_at_every_step_there_is_a_key_that_works(
    aws: Any, data_dir: Path, rotation: Callable[..., Rotation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next rotation tidies up: one key, the one in the file."""
    write_secret, unlink = folder.write_secret, Path.unlink
    for last in range(100):
        step = Steps(last)

        def write(path: Path, text: str, step: Steps = step) -> None:
            step()
            write_secret(path, text)
            step()

        def remove(path: Path, *, missing_ok: bool = False, step: Steps = step) -> None:
            if path.name == "credentials.rotation":
                step()
            unlink(path, missing_ok=missing_ok)

        with monkeypatch.context() as patched:
            patched.setattr(folder, "write_secret", write)
            patched.setattr(Path, "unlink", remove)
            try:
                rotation(step).rotate("default", "admin")
            except Killed:
                is_done = False
            else:
                is_done = True
        sts = aws.client("sts", keys(aws, folder.access_key(data_dir / "credentials")))
        assert sts.get_caller_identity()["Arn"].endswith(":user/admin"), last
        if is_done:
            break
        new = rotation().rotate("default", "admin")
        assert key_ids(aws, "admin") == [new], last
        assert folder.access_key(data_dir / "credentials")[0] == new
    assert last >= 15


def test_a_key_that_somebody_made_is_left_alone(aws: Any, data_dir: Path, rotation: Callable[..., Rotation]) -> None:
    """It is named instead; the file stays as it is, and works."""
    made = aws.client("iam").create_access_key(UserName="admin")["AccessKey"]["AccessKeyId"]
    with pytest.raises(CannotRotate, match=made):
        rotation().rotate("default", "admin")
    assert folder.access_key(data_dir / "credentials")[0] == aws.admin.access_key_id
    assert len(key_ids(aws, "admin")) == 2


def test_a_key_made_long_after_a_rotation_was_killed_is_left_alone(
    aws: Any, data_dir: Path, rotation: Callable[..., Rotation]
) -> None:
    """The journal tells when its own key would have been made."""
    journal = {"profile": "default", "user": "admin", "known": [aws.admin.access_key_id], "old": None}
    at = aws.clock.now().timestamp()
    (data_dir / "credentials.rotation").write_text(json.dumps({**journal, "at": at}))
    aws.clock.advance(3600)
    made = aws.client("iam").create_access_key(UserName="admin")["AccessKey"]["AccessKeyId"]
    with pytest.raises(CannotRotate, match=made):
        rotation().rotate("default", "admin")
    assert made in key_ids(aws, "admin")


def test_another_users_key_gets_a_profile_of_its_own(
    aws: Any, data_dir: Path, rotation: Callable[..., Rotation]
) -> None:
    """Made with the administrator's key, which stays."""
    aws.client("iam").create_user(UserName="editor")
    first = rotation().rotate("editor", "editor")
    second = rotation().rotate("editor", "editor")
    assert first != second
    assert key_ids(aws, "editor") == [second]
    assert folder.access_key(data_dir / "credentials", "editor")[0] == second
    assert folder.access_key(data_dir / "credentials")[0] == aws.admin.access_key_id


def test_a_rotation_of_somebody_who_is_gone_stops_nobody(
    aws: Any, data_dir: Path, rotation: Callable[..., Rotation]
) -> None:
    """Killed in the middle; then the user was deleted: there is nothing left to finish."""
    iam = aws.client("iam")
    iam.create_user(UserName="editor")
    with pytest.raises(Killed):
        rotation(Steps(3)).rotate("editor", "editor")
    assert (data_dir / "credentials.rotation").exists()
    for key_id in key_ids(aws, "editor"):
        iam.delete_access_key(UserName="editor", AccessKeyId=key_id)
    iam.delete_user(UserName="editor")

    assert rotation().rotate("default", "admin") == folder.access_key(data_dir / "credentials")[0]
    assert not (data_dir / "credentials.rotation").exists()


@pytest.mark.parametrize("policy", [{}, {"MinimumPasswordLength": 100, "RequireUppercaseCharacters": True}])
def test_a_new_console_password(aws: Any, data_dir: Path, policy: dict[str, Any]) -> None:
    """Strong enough for whatever the account asks; it signs in."""
    iam = aws.client("iam")
    if policy:
        iam.update_account_password_policy(RequireNumbers=True, RequireSymbols=True, **policy)
    iam.create_user(UserName="editor")
    for user in ("admin", "editor", "editor"):
        path = renew_password(iam, user, data_dir / f"password-{user}", Ids())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        sign_in = aws.api.ground.directory.sign_in.check
        source = SignInSource(address="127.0.0.1")
        assert not sign_in(aws.account, user, path.read_text().strip(), source=source).must_change_password
    assert not list(data_dir.glob("*.next"))
    with pytest.raises(NotAUser):
        renew_password(iam, None, data_dir / "password", Ids())
