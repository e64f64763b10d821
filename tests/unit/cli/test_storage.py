"""`telecine storage check` and `gc`, beside a server that goes on running."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from telecine.app.api import Api, build_api
from telecine.app.ground import Config
from telecine.cli import folder
from telecine.cli.storage import app
from telecine.core.names import AccountId, Region
from telecine.services.s3.checksums import Expected
from telecine.services.s3.model import Description
from telecine.services.s3.objects import Plan

ACCOUNT = AccountId("111122223333")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Api]:
    """A server that goes on running."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    region = Region("us-east-1")
    api = build_api(Config(data_dir=tmp_path, account=ACCOUNT, region=region), passwords=cheap)
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account=ACCOUNT, region=region)
    yield api
    api.close()


@pytest.fixture
def orphan(server: Api, tmp_path: Path) -> Path:
    """A file that no row names, two days old."""
    path = tmp_path / "objects" / "objects" / "ab" / ("ab" * 16)
    path.write_bytes(b"left over")
    os.utime(path, (path.stat().st_mtime - 2 * 86400,) * 2)
    return path


def run(data_dir: Path, command: str, *words: str) -> Result:
    """What the command prints and ends in."""
    return CliRunner().invoke(app, [command, "--data-dir", str(data_dir), *words])


def test_a_store_in_order_ends_in_0(server: Api, tmp_path: Path) -> None:
    """For people and for machines."""
    result = run(tmp_path, "check")
    assert result.exit_code == 0, result.output
    assert "0 objects and 0 unfinished uploads" in result.stdout
    assert json.loads(run(tmp_path, "check", "--json").stdout)["findings"] == []
    assert run(tmp_path, "gc").stdout == "There is nothing that belongs to nothing.\n"


def test_orphans_end_in_3_and_are_removed_on_request_alone(orphan: Path, tmp_path: Path) -> None:
    """They take room, and nothing is lost."""
    result = run(tmp_path, "check")
    assert result.exit_code == 3
    assert f"orphan-file: file {orphan.name} (9 bytes)" in result.stdout
    assert json.loads(run(tmp_path, "check", "--json").stdout)["findings"][0]["kind"] == "orphan-file"

    assert "--delete removes them" in run(tmp_path, "gc").stdout
    assert orphan.exists()
    removed = json.loads(run(tmp_path, "gc", "--delete", "--json").stdout)
    assert (removed["deleted"], removed["size"]) == (True, 9)
    assert not orphan.exists()
    assert run(tmp_path, "check").exit_code == 0


def test_damage_ends_in_1_and_is_named(server: Api, tmp_path: Path) -> None:
    """Whatever a key holds, the terminal shows it and does nothing."""
    server.objects.buckets.create("films", ACCOUNT, Region("us-east-1"))
    data_key = server.objects.new_key(Plan())
    incoming = server.objects.receive(Expected(length=4), data_key)
    incoming.write(b"film")
    written = incoming.keep()
    server.objects.put("films", "\x1b[31mred", written, Description(), data_key)
    assert run(tmp_path, "check").exit_code == 0
    (tmp_path / "objects" / "objects" / written.file[:2] / written.file).unlink()

    result = run(tmp_path, "check")
    assert result.exit_code == 1
    assert f'missing: "s3://films/\\u001b[31mred", part 1, file {written.file} (4 bytes)' in result.stdout
    assert "1 damaged or missing, 0 orphans" in result.stdout
    found = json.loads(run(tmp_path, "check", "--json").stdout)
    assert [(one["kind"], one["key"]) for one in found["findings"]] == [("missing", "\x1b[31mred")]
    assert (found["objects"], found["files"], found["size"]) == (1, 1, 4)


def test_young_files_are_removed_only_while_no_server_runs(orphan: Path, tmp_path: Path) -> None:
    """They may be on their way to their row."""
    lock = folder.FolderLock(tmp_path, "api")
    refused = run(tmp_path, "gc", "--delete", "--older-than", "0")
    assert isinstance(refused.exception, folder.FolderInUse)
    assert "stop the server" in str(refused.exception)
    assert orphan.exists()
    lock.release()
    assert run(tmp_path, "gc", "--delete", "--older-than", "0").exit_code == 0
    assert not orphan.exists()
