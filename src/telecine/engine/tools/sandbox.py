"""What confines the media tools on this machine: found out once at start, tried with a canary, and said in one line."""

import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from telecine.core.errors import TelecineError
from telecine.engine.tools import launcher
from telecine.engine.tools.binaries import Binaries, Tool

log = logging.getLogger(__name__)

_LAUNCHER = Path(launcher.__file__)
_CHECK_SECONDS = 30
_NICENESS = 10  # requests are answered while a job encodes
_FORBIDDEN = {
    "read": "files outside the job's folder can be read",
    "write": "files outside the job's folder can be written",
    "tcp": "TCP sockets can be opened",
    "udp": "UDP sockets can be opened",
    "unix": "Unix sockets can be opened",
    "process": "further processes can be started",
}


class Mode(StrEnum):
    """How much confinement the operator asks for."""

    REQUIRE = "require"
    """Without all of it, jobs are refused."""
    AUTO = "auto"
    """The best this machine has, with a warning when that is not all."""
    OFF = "off"


class SandboxUnavailable(TelecineError):
    """The sandbox that is required does not work here; the text says why."""


class CheckFailed(TelecineError):
    """The self-check itself could not be run; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one run of a tool may use up. The kernel's limits apply in every mode, with a sandbox or without."""

    cpu_seconds: int = 3600
    wall_seconds: float = 3600.0
    stall_seconds: float = 120.0
    """Killed after this long with no progress and no CPU time used."""
    file_bytes: int = 256 * 1024**3
    address_bytes: int = 16 * 1024**3
    """Virtual memory: a generous multiple of what an 8K ladder touches (4.2 GB), for threads reserve far more."""
    open_files: int = 1024
    processes: int = 16384
    """Counts every thread of the user, so that it can only stop a flood; root is exempt by the kernel's rule."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """The confinement in force, as every tool gets it."""

    mode: Mode
    landlock: int = 0
    """The Landlock ABI in use, 0 without."""
    seccomp: bool = False
    gaps: tuple[str, ...] = ()
    """What a tool can do although it should not, in words; empty when the canary stayed untouched."""

    @property
    def refusal(self) -> str | None:
        """Why no job may run, None when jobs may."""
        if self.mode is Mode.REQUIRE and self.gaps:
            return "this server requires a sandbox for media tools and cannot build one: " + "; ".join(self.gaps)
        return None

    def describe(self) -> str:
        """One line for the start of the server: what is in force."""
        if self.mode is Mode.OFF:
            return "sandbox off: media tools run with this user's rights, under resource limits only"
        parts = []
        if self.landlock:
            parts.append(f"Landlock (ABI {self.landlock})")
        if self.seccomp:
            parts.append("seccomp (no sockets, no processes)")
        if parts:
            parts.append("no_new_privs, no capabilities")
        line = f"sandbox {self.mode.value}: " + ", ".join([*parts, "resource limits"])
        if not self.gaps:
            return line + "; canary untouched"
        return (
            line
            + ("; JOBS ARE REFUSED (--sandbox auto runs them with what there is): " if self.refusal else "; WARNING: ")
            + "; ".join(self.gaps)
        )

    def order(self, tool: Tool, argv: Iterable[str], folder: Path, limits: Limits) -> launcher.Order:
        """What the launcher is told for one run. Raises `SandboxUnavailable` when no tool may run at all."""
        if self.refusal is not None:
            raise SandboxUnavailable(self.refusal)
        return {
            "parent": os.getpid(),
            "binary": str(tool.path),
            "argv": [tool.name, *argv],
            "folder": str(folder),
            # Nothing of our own environment: it may hold credentials, and the tools read settings from theirs.
            "environment": {"LC_ALL": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)},
            "limits": {
                "cpu": limits.cpu_seconds,
                "file": limits.file_bytes,
                "address": limits.address_bytes,
                "open_files": limits.open_files,
                "processes": limits.processes,
                "core": 0,
            },
            "niceness": _NICENESS,
            "landlock": self.landlock,
            "seccomp": self.seccomp,
            "readable": [str(path) for path in tool.readable],
            "executable": [str(path) for path in tool.executable],
            "check": None,
        }


def command(descriptor: int) -> list[str]:
    """The argv that starts the launcher on the order behind a descriptor: an isolated Python without site packages."""
    return [sys.executable, "-I", "-S", str(_LAUNCHER), str(descriptor)]


def write_order(order: launcher.Order) -> int:
    """A descriptor from which the launcher reads its order. Memory only: an argv would show it to the whole machine."""
    descriptor = os.memfd_create("order")
    data = json.dumps(order).encode()
    while data:
        data = data[os.write(descriptor, data) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def establish(mode: Mode, binaries: Binaries, scratch: Path) -> Sandbox:
    """The sandbox of this machine, after trying it: all of it, or in `auto` the most with which the tools still run.

    It is tried in folders in `scratch`. Never raises for a sandbox that does not work: the answer's `gaps` say what is
    missing, `refusal` whether jobs run.
    """
    if mode is Mode.OFF:
        return Sandbox(mode=mode)
    landlock, seccomp = launcher.landlock_abi(), _has_seccomp()
    missing = () if landlock else ("this kernel offers no Landlock",)
    for offered in _offers(landlock, seccomp=seccomp):
        try:
            gaps = (*missing, *_gaps(offered, binaries, scratch))
        except (CheckFailed, OSError, subprocess.TimeoutExpired) as problem:
            missing = (*missing, f"the self-check failed: {problem}")
            continue
        return Sandbox(mode=mode, landlock=offered.landlock, seccomp=offered.seccomp, gaps=gaps)
    return Sandbox(mode=mode, gaps=missing)


def _offers(landlock: int, *, seccomp: bool) -> Iterable[Sandbox]:
    """What could be in force, the best first. `auto` lets the self-check run whatever it finds."""
    for abi, has_filter in ((landlock, seccomp), (0, seccomp), (landlock, False)):
        if abi or has_filter:
            yield Sandbox(mode=Mode.AUTO, landlock=abi, seccomp=has_filter)
    yield Sandbox(mode=Mode.AUTO)


def _gaps(sandbox: Sandbox, binaries: Binaries, scratch: Path) -> list[str]:
    """What a confined process can do although it should not, in words. Raises `CheckFailed` when it cannot work."""
    for tool in (binaries.ffmpeg, binaries.ffprobe):
        _must_start(sandbox, tool, scratch)
    done = _tried(sandbox, binaries.ffprobe, scratch)
    return [words for name, words in _FORBIDDEN.items() if name in done]


def _has_seccomp() -> bool:
    try:
        launcher.filter_program(platform.machine())
    except OSError:
        return False
    return Path("/proc/sys/kernel/seccomp").exists()


def _tried(sandbox: Sandbox, tool: Tool, scratch: Path) -> set[str]:
    """What a confined process managed to do, by the names of `_FORBIDDEN`."""
    with tempfile.TemporaryDirectory(prefix="canary-", dir=scratch) as outside:
        folder = Path(outside, "inside")
        folder.mkdir()
        canary = Path(outside, "canary")
        canary.write_text("not for media tools")
        order = sandbox.order(tool, (), folder, Limits(cpu_seconds=_CHECK_SECONDS))
        order["check"] = {"canary": str(canary), "folder": str(folder)}
        status, output, errors = _ask(order)
    if status != 0:
        raise CheckFailed(errors.strip() or f"exit code {status}")
    done = set(json.loads(output))
    if "folder" not in done:
        raise CheckFailed("a confined process cannot write in its own folder")
    return done


def _must_start(sandbox: Sandbox, tool: Tool, scratch: Path) -> None:
    """Raises `CheckFailed` for a tool that does not even tell its version when confined."""
    with tempfile.TemporaryDirectory(prefix="canary-", dir=scratch) as folder:
        order = sandbox.order(tool, ("-version",), Path(folder), Limits(cpu_seconds=_CHECK_SECONDS))
        status, _, errors = _ask(order)
    if status != 0:
        raise CheckFailed(f"{tool.name} does not start (exit code {status}): {errors.strip()[-200:]}")


def _ask(order: launcher.Order) -> tuple[int, str, str]:
    """Exit code, output and errors of a short run."""
    descriptor = write_order(order)
    try:
        done = subprocess.run(
            command(descriptor),
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CHECK_SECONDS,
            check=False,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return done.returncode, done.stdout, done.stderr
