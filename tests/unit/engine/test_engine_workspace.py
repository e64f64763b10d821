"""Scratch folders: one an attempt, gone afterwards, and gone with their worker."""

import errno
import os
from pathlib import Path

import pytest

from telecine.engine.errors import EngineFault, JobFailed
from telecine.engine.workspace import Workspaces, disk_full_is_an_error, reserve


def test_an_attempts_folder_is_there_and_then_gone(tmp_path: Path) -> None:
    """Private while the attempt runs, removed with all that is in it, and its worker's folder too."""
    workspaces = Workspaces(tmp_path / "scratch", "host:boot:1:1")
    workspaces.prepare(lambda owner: True)
    with workspaces.open("job-a", 1) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep/file").write_text("x")
        with workspaces.open("job-b", 1) as other:
            assert other != folder
        assert (folder / "deep/file").exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_removed_also_after_an_error(tmp_path: Path) -> None:
    """A failed attempt leaves nothing either."""
    workspaces = Workspaces(tmp_path, "me")
    with pytest.raises(ValueError, match="boom"), workspaces.open("job", 1):
        raise ValueError("boom")
    assert list(tmp_path.iterdir()) == []


def test_start_removes_the_scratch_of_dead_workers(tmp_path: Path) -> None:
    """What a killed worker left is removed; what a living one uses is not."""
    for owner in ("dead", "living", "me"):
        (tmp_path / owner / "job-1").mkdir(parents=True)
        (tmp_path / owner / "job-1/input-0").write_text("data")
    Workspaces(tmp_path, "me").prepare(lambda owner: owner == "living")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["living", "me"]


def test_default_root_honours_tmpdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a configured folder, scratch goes where TMPDIR says."""
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    workspaces = Workspaces(None, "me")
    workspaces.prepare(lambda owner: True)
    with workspaces.open("job", 1) as folder:
        assert folder.is_relative_to(tmp_path)


def test_a_root_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """In a folder of all users somebody could have put a link where our scratch shall be."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineFault, match="somebody else"):
        Workspaces(tmp_path / "root", "me").prepare(lambda owner: True)


def test_too_little_space_is_said_before_the_download(tmp_path: Path) -> None:
    """An input larger than the disk ends the job with 1507 and not half way through."""
    reserve(tmp_path, 1)
    with pytest.raises(JobFailed) as caught:
        reserve(tmp_path, 2**62)
    assert caught.value.code == 1507


def test_a_disk_that_fills_while_an_attempt_works_ends_the_job(tmp_path: Path) -> None:
    """Whatever could not be written, an input or a playlist: the job ends with 1507, and the folder is gone."""
    with pytest.raises(JobFailed) as caught, Workspaces(tmp_path, "me").open("job", 1):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.code == 1507
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "expected"), [(errno.ENOSPC, JobFailed), (errno.EACCES, PermissionError)])
def test_only_a_full_disk_is_disk_full(number: int, expected: type[Exception]) -> None:
    """Other errors of the file system stay what they are."""
    with pytest.raises(expected), disk_full_is_an_error():
        raise OSError(number, os.strerror(number))
