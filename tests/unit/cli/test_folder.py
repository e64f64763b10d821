"""The data folder: one server at a time, secrets for their owner alone."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from telecine.cli import folder
from telecine.cli.folder import FolderInUse, FolderLock, FolderUnusable, NoServerYet


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """A new data folder, parents too, has mode 0700."""
    made = folder.prepare(tmp_path / "a" / "data")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_file_in_its_place_is_an_error_in_words(tmp_path: Path) -> None:
    """What cannot be a folder is refused with its name."""
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderUnusable, match="data is a file"):
        folder.prepare(tmp_path / "data")


def test_a_second_holder_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    """The lock names the process that holds it."""
    program = (
        "import sys, pathlib; from telecine.cli.folder import FolderLock; "
        "lock = FolderLock(pathlib.Path(sys.argv[1]), 'serve'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(FolderInUse, match=rf"process {holder.pid}\)"):
            FolderLock(tmp_path, "serve")
        holder.kill()
        holder.wait()
        FolderLock(tmp_path, "serve", patience_seconds=5).release()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """Release means released."""
    FolderLock(tmp_path, "serve").release()
    FolderLock(tmp_path, "serve").release()


def test_locks_of_different_names_do_not_meet(tmp_path: Path) -> None:
    """An api and a worker may share a folder."""
    first, second = FolderLock(tmp_path, "api"), FolderLock(tmp_path, "worker")
    first.release()
    second.release()


def test_secrets_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    """Mode 0600 from the first byte on, also over an older file of another mode."""
    path = tmp_path / "credentials"
    path.write_text("old")
    path.chmod(0o644)
    folder.write_secret(path, "new\n")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new\n", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["credentials"]


def test_a_folder_without_a_server_says_what_to_run(tmp_path: Path) -> None:
    """Commands that need a server's folder name the command that makes one."""
    with pytest.raises(NoServerYet, match="telecine serve --data-dir"):
        folder.read_endpoint(tmp_path)


def test_the_endpoint_is_read_back(tmp_path: Path) -> None:
    """`env` finds what `serve` noted."""
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account="000000000000", region="us-east-1")
    assert folder.read_endpoint(tmp_path) == {
        "url": "http://127.0.0.1:1",
        "account": "000000000000",
        "region": "us-east-1",
    }


def test_a_lock_follows_no_link(tmp_path: Path) -> None:
    """What it leads to would be emptied, by root perhaps."""
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    (tmp_path / "keys.lock").symlink_to(treasure)
    with pytest.raises(FolderUnusable, match=r"keys\.lock cannot be opened"):
        FolderLock(tmp_path, "keys")
    assert treasure.read_text() == "gold"
