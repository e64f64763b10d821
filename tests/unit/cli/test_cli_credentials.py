"""`telecine credentials rotate`: what it says when it cannot do its work."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telecine.cli import folder
from telecine.cli.credentials import NotAProfile, ServerAway, app, profile_of
from telecine.cli.folder import FolderInUse, FolderLock, NoCredentials, NoServerYet


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The folder of a server that was started once and runs no more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    folder.write_endpoint(tmp_path, url=f"http://127.0.0.1:{port}", account="000000000000", region="eu-west-1")
    folder.write_credentials(tmp_path / "credentials", {"default": ("AKIAEXAMPLE", "secret")})
    return tmp_path


def failure(data_dir: Path) -> BaseException | None:
    """What the command ends in."""
    return CliRunner().invoke(app, ["rotate", "--data-dir", str(data_dir)]).exception


def test_the_server_must_run(data_dir: Path) -> None:
    """The address is named, and the file stays."""
    before = (data_dir / "credentials").read_text()
    assert isinstance(failure(data_dir), ServerAway)
    assert (data_dir / "credentials").read_text() == before
    assert not (data_dir / "credentials.rotation").exists()


def test_what_is_in_the_environment_does_not_matter(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is not there would stop any AWS client."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert isinstance(failure(data_dir), ServerAway)


def test_one_rotation_at_a_time(data_dir: Path) -> None:
    """The second is refused, not mixed with the first."""
    lock = FolderLock(data_dir, "credentials")
    assert isinstance(failure(data_dir), FolderInUse)
    lock.release()
    assert isinstance(failure(data_dir), ServerAway)


def test_without_credentials_nothing_can_be_rotated(data_dir: Path) -> None:
    """The message names the way out."""
    (data_dir / "credentials").unlink()
    error = failure(data_dir)
    assert isinstance(error, NoCredentials)
    assert "telecine account root --create-access-key" in str(error)


@pytest.mark.parametrize(
    ("user", "owner", "profile"),
    [
        ("admin", "admin", "default"),
        ("Admin", "admin", "default"),
        (None, None, "default"),
        ("editor", "admin", "editor"),
        ("editor", None, "editor"),
        ("Default", "default", "default"),
    ],
)
def test_each_user_has_a_profile(user: str | None, owner: str | None, profile: str) -> None:
    """That of the first one is called default; names are the same in whatever case."""
    assert profile_of(user, owner) == profile


@pytest.mark.parametrize("owner", ["admin", None])
def test_a_user_called_default_does_not_take_the_place_of_another(owner: str | None) -> None:
    """Or else the secret of the administrator's key was lost."""
    for name in ("default", "Default"):
        with pytest.raises(NotAProfile, match=name):
            profile_of(name, owner)


def test_without_a_server_there_is_nothing(tmp_path: Path) -> None:
    """As every command says."""
    assert isinstance(failure(tmp_path), NoServerYet)
