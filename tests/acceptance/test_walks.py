"""The walks in docs/ do what they say: every command of them runs, in their order, as a newcomer would type it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.clients import AWSCLI

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh(?P<refused> refused)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_DONE = "~~ done ~~"

pytestmark = [pytest.mark.media, pytest.mark.slow]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, whose PATH has `telecine` and `aws`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "telecine").symlink_to(Path(sys.executable).parent / "telecine")
    (programs / "aws").symlink_to(AWSCLI)
    return tmp_path


class Shell:
    """One bash that is given block after block."""

    def __init__(self, home: Path, **variables: str) -> None:
        environment = {
            "HOME": str(home),
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "TERM": "dumb",
            "AWS_PAGER": "",
            **variables,
        }
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=home,
            env=environment,
            start_new_session=True,
        )

    def run(self, block: str) -> tuple[int, str]:
        """The exit code of the first command of `block` that fails, else 0; and all that the block printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # An ERR trap rather than `set -e`: the shell goes on, with its variables and functions, to the next block.
        self._process.stdin.write(f"code=0; trap 'code=$?' ERR; set -o pipefail\n{block}\necho '{_DONE}' $code\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            before, done, code = line.partition(_DONE)
            if done:
                return int(code), "".join([*printed, before])
            printed.append(line)
        raise AssertionError(f"the shell ended: {''.join(printed)}")

    def close(self) -> None:
        """End the shell and what it started."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate(timeout=30)


@pytest.fixture
def shell(home: Path, short_clip: Path) -> Iterator[Shell]:
    """A shell in `home`, with a film."""
    shell = Shell(home, FILM=str(short_clip))
    yield shell
    shell.close()


def test_the_walk_through_access_control(shell: Shell) -> None:
    """From root to a least-privilege role: what should work works, and what should be refused is."""
    text = (ROOT / "docs" / "access-control.md").read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    assert len(blocks) > 10

    for block in blocks:
        code, printed = shell.run(block["text"])
        is_refused = block["refused"] is not None
        assert (code != 0) is is_refused, f"{block['text']}\n{printed}"
        if is_refused:
            assert "AccessDenied" in printed, f"{block['text']}\n{printed}"
