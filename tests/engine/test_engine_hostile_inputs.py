"""Hostile inputs: they reach no file and no address, and end in a clear error.

Two walls are tested apart: what a job does with them (allow-lists first), and what ffmpeg could still do inside the
sandbox if the allow-lists were gone.
"""

import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from telecine.engine.steps.probe import probe
from telecine.engine.tools.binaries import Binaries
from telecine.engine.tools.process import Capture, Command, run
from telecine.engine.tools.sandbox import Limits, Mode, Sandbox
from telecine.engine.tools.toolbox import Toolbox
from telecine.media.errors import MediaError

pytestmark = pytest.mark.media

URI = "s3://in/film.mp4"


class Listener:
    """A live server on loopback that counts who comes."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.port = server.getsockname()[1]
        self.visitors = 0

    def count(self) -> int:
        while True:
            try:
                self._server.accept()[0].close()
            except BlockingIOError:
                return self.visitors
            self.visitors += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield Listener(server)


@pytest.fixture
def secret(tmp_path: Path, ffmpeg: Callable[..., None]) -> Path:
    """A real video outside the workspace, that a hostile input would like to have transcoded for it."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-c:v", "mpeg2video", "secret.ts")
    return tmp_path / "secret.ts"


def hls(target: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n".encode()


def dash(target: str) -> bytes:
    return f"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"
     profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">
<Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1">
<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>""".encode()


def svg(target: str) -> bytes:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64"
height="64"><image width="64" height="64" xlink:href="{target}"/></svg>""".encode()


def ffconcat(target: str) -> bytes:
    return f"ffconcat version 1.0\nfile {target}\n".encode()


def playlist_in_disguise(target: str) -> bytes:
    """A playlist behind the first bytes of an MP4 file."""
    return b"\0\0\0\x10ftypisom\0\0\0\0" + hls(target)


def png_bomb() -> bytes:
    """A 16000 x 16000 picture in under a megabyte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    squeeze = zlib.compressobj(9)
    row = bytes(1 + 16000 * 3)
    pixels = b"".join(squeeze.compress(row) for _ in range(16000)) + squeeze.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16000, 16000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


FORMS = [hls, dash, svg, ffconcat, playlist_in_disguise]


def open_as_input(data: bytes, binaries: Binaries, sandbox: Sandbox, folder: Path, watched: Any) -> None:
    """What a job does first with an input."""
    (folder / "input-0").write_bytes(data)
    probe(Toolbox(binaries=binaries, sandbox=sandbox), ["input-0"], [URI], folder, watched.watch)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("scheme", ["file", "http", "tcp", "udp"])
@pytest.mark.parametrize("mode", ["require", "off"])
def test_inputs_that_name_others_are_refused(
    form: Callable[[str], bytes], scheme: str, mode: str, binaries: Binaries, sandbox: Sandbox,
    secret: Path, listener: Listener, tmp_path: Path, watched: Any,
) -> None:  # fmt: skip
    """With and without the sandbox: 1010, which names our input and nothing else, and no connection."""
    target = f"file://{secret}" if scheme == "file" else f"{scheme}://127.0.0.1:{listener.port}/x.ts"
    folder = tmp_path / "work"
    folder.mkdir()
    used = sandbox if mode == "require" else Sandbox(mode=Mode.OFF)
    with pytest.raises(MediaError) as caught:
        open_as_input(form(target), binaries, used, folder, watched)
    assert caught.value.code == 1010
    assert URI in caught.value.message
    assert str(secret) not in caught.value.message
    assert listener.count() == 0


def test_png_bomb_is_refused_before_it_is_unpacked(
    binaries: Binaries, sandbox: Sandbox, tmp_path: Path, watched: Any
) -> None:
    """No picture format is read at all, so that nothing is allocated for it."""
    data = png_bomb()
    assert len(data) < 1_000_000
    with pytest.raises(MediaError, match="1010"):
        open_as_input(data, binaries, sandbox, tmp_path, watched)


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"not a film\n" * 100], ids=["empty", "zeros", "text"])
def test_what_is_no_media_is_1010(
    data: bytes, binaries: Binaries, sandbox: Sandbox, tmp_path: Path, watched: Any
) -> None:
    """Empty and meaningless files are told apart from nothing: no parser was found."""
    with pytest.raises(MediaError) as caught:
        open_as_input(data, binaries, sandbox, tmp_path, watched)
    assert (caught.value.code, caught.value.message) == (
        1010, f"Unable to open input file [{URI}]: Failed probe/open: [No parser found for container]]"
    )  # fmt: skip


@pytest.mark.parametrize(("form", "options"), [
    pytest.param(hls, ("-f", "hls", "-allowed_extensions", "ALL", "-extension_picky", "0"), id="hls"),
    pytest.param(ffconcat, ("-f", "concat", "-safe", "0"), id="ffconcat"),
])  # fmt: skip
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_the_sandbox_holds_where_the_allow_lists_do_not(
    form: Callable[[str], bytes], options: tuple[str, ...], scheme: str, binaries: Binaries, sandbox: Sandbox,
    secret: Path, listener: Listener, tmp_path: Path,
) -> None:  # fmt: skip
    """ffprobe, told to follow references, reads the secret and calls the address outside, and neither inside."""
    folder = tmp_path / "work"
    folder.mkdir()
    target = f"file://{secret}" if scheme == "file" else f"http://127.0.0.1:{listener.port}/x.ts"
    (folder / "input-0").write_bytes(form(target))
    argv = ("-v", "error", "-protocol_whitelist", "file,http,tcp", *options, "-rw_timeout", "1000000",
            "-show_packets", "input-0")  # fmt: skip

    def probe_in(used: Sandbox) -> bool:
        """Whether packets came out or somebody called."""
        output = Capture()
        command = Command(
            tool=binaries.ffprobe,
            argv=argv if scheme == "http" else tuple(word for word in argv if word not in ("-rw_timeout", "1000000")),
            folder=folder,
            limits=Limits(wall_seconds=5),
        )
        run(command, used, output, should_stop=lambda: listener.count() > 0)
        return "[PACKET]" in output.text() or listener.count() > 0

    assert not probe_in(sandbox)
    assert probe_in(Sandbox(mode=Mode.OFF)), "the test's own attack does not work"
