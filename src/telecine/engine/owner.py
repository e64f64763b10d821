"""Who holds a lease: a name that tells a dead worker of this machine from a living one."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Owner:
    """One worker process. As text `host:boot:pid:start`, which no other process ever has."""

    host: str
    boot: str
    """The first characters of the machine's boot id: after a restart every number begins anew."""
    pid: int
    start: int
    """When the process started, in clock ticks since the boot: a number that is reused has another."""

    @classmethod
    def of_this_process(cls) -> Self:
        """Ourselves."""
        pid = os.getpid()
        start = _running_since(pid)
        assert start is not None, "a process that asks is running"
        return cls(platform.node(), _boot(), pid, start)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The owner that `text` names, None when it is not of our form."""
        match text.rsplit(":", 3):
            case [host, boot, pid, start] if pid.isdigit() and start.isdigit():
                return cls(host, boot, int(pid), int(start))
            case _:
                return None

    def __str__(self) -> str:
        return f"{self.host}:{self.boot}:{self.pid}:{self.start}"


def is_alive(text: str) -> bool:
    """Whether the worker that calls itself `text` may still be running.

    False only when it certainly is not: of other machines nothing is known, and their leases run out by themselves.
    """
    owner = Owner.parse(text)
    if owner is None or owner.host != platform.node():
        return True
    return owner.boot == _boot() and _running_since(owner.pid) == owner.start


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]


def _running_since(pid: int) -> int | None:
    """Start time in ticks (proc_pid_stat(5), field 22); None for no process, and for one that is only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else int(fields[19])
