"""Owners of leases: who is dead for certain."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from telecine.engine.owner import Owner, is_alive


def test_we_are_alive() -> None:
    """Our own name parses back, and names a living process."""
    owner = Owner.of_this_process()
    assert Owner.parse(str(owner)) == owner
    assert is_alive(str(owner))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"pid": 2**22 + 1}, id="no such process"),
        pytest.param({"start": 1}, id="the number was given to another process"),
        pytest.param({"boot": "00000000"}, id="before the machine's last start"),
    ],
)
def test_dead_for_certain(change: dict[str, object]) -> None:
    """A worker of this machine is dead when its process, or its boot, is another."""
    assert not is_alive(str(replace(Owner.of_this_process(), **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["elsewhere:12345678:1:1", "worker-1", ""])
def test_unknown_owners_may_live(name: str) -> None:
    """Of other machines and strange names nothing is known: their leases run out by themselves."""
    assert is_alive(name)


def test_a_zombie_is_dead() -> None:
    """A killed process that nobody has reaped runs no job."""
    child = subprocess.Popen([sys.executable, "-c", "print('up', flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        ours = Owner.of_this_process()
        start = int(Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19])
        owner = str(replace(ours, pid=child.pid, start=start))
        assert is_alive(owner)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and left as a zombie
        assert not is_alive(owner)
