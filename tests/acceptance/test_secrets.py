"""What a server leaves on the disk is its owner's alone, whatever its surroundings allow."""

import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Factory = Any  # the fixtures of conftest.py


@pytest.fixture
def careless() -> Iterator[None]:
    """A shell that lets everybody read new files, and processes leave core files."""
    mask, (soft, hard) = os.umask(0o022), resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    yield
    os.umask(mask)
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@pytest.mark.usefixtures("careless")
def test_nobody_else_reads_the_servers_files(server_factory: Factory, tmp_path: Path) -> None:
    """Also in a folder that is open to everybody: keys, passwords, database and log are not; nor is there a core."""
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o755)
    server = server_factory.start(data_dir)
    server.client("sts").get_caller_identity()
    server.telecine("credentials", "rotate", "--console-password", "--data-dir", str(data_dir))
    file = tmp_path / "studio"
    words = ["--email", "a@example.com", "--admin", "--credentials", str(file), "--data-dir", str(data_dir)]
    server.telecine("account", "create", "Studio", *words)

    for process in server.family()[1:]:
        assert process.rlimit(resource.RLIMIT_CORE) == (0, 0), process.cmdline()
    named = {"credentials", "console-password", "root.key", "telecine.db", "telecine.db-wal", "endpoint.json"}
    assert named <= {path.name for path in data_dir.iterdir()}
    assert [*data_dir.glob("audit/*.jsonl")] != []
    for path in (file, *(path for path in data_dir.rglob("*") if path.is_file() and path != server.log)):
        folders = {place for place in path.parents if place.is_relative_to(data_dir) and place != data_dir}
        is_shut = any(stat.S_IMODE(place.stat().st_mode) & 0o077 == 0 for place in folders)
        assert is_shut or stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
