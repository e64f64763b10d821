"""Files that would make a careless tool read other files or addresses, or eat the machine's memory."""

import resource
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from telecine.media import limits, probe

pytestmark = pytest.mark.media

Tools = Lavfi = Any
"""The fixtures of conftest.py."""


@pytest.fixture
def listener() -> Any:
    """An address on loopback, and whether somebody has called it."""
    called = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        try:
            server.accept()[0].close()
            called.set()
        except OSError:
            return

    thread = threading.Thread(target=wait)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", called
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def playlist(target: str) -> str:
    """An HLS playlist of one segment."""
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n"


def dash(target: str) -> str:
    """A DASH manifest of one representation."""
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" width="16" height="16">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


HOSTILE = {
    "playlist": playlist,
    "dash": dash,
    "concat": "ffconcat version 1.0\nfile '{}'\n".format,
    "svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
        '<image xlink:href="{}" width="9" height="9"/></svg>'
    ).format,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("tool", ["ffprobe", "ffmpeg"])
@pytest.mark.parametrize("where", ["file", "address"])
def test_no_document_leads_anywhere(
    kind: str, tool: str, where: str, listener: Any, tools: Tools, lavfi: Lavfi, tmp_path: Path
) -> None:
    """A document that names a real video or an address is not opened, under whatever name it comes."""
    url, called = listener
    secret = lavfi("secret.mp4", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p")
    (tmp_path / "input-0").write_text(HOSTILE[kind](secret.as_uri() if where == "file" else f"{url}/a.mp4"))
    argv = (
        probe.argv("input-0")
        if tool == "ffprobe"
        else ("-nostdin", *limits.decoding_flags(), "-i", "input-0", "-f", "null", "-")
    )
    done = subprocess.run([tools.path(tool), *argv], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "not on whitelist" in done.stderr or "Invalid data" in done.stderr
    assert not called.is_set()


@pytest.mark.parametrize("name", ["bomb.png", "bomb.mov"])
def test_a_huge_picture_is_not_decoded(name: str, tools: Tools, lavfi: Lavfi) -> None:
    """A small file that holds a picture of 16000x16000 ends before memory is taken for it."""
    bomb = lavfi(name, "-f", "lavfi", "-i", "color=red:s=16000x16000:d=0.04", "-frames:v", "1", "-c:v", "png")
    assert bomb.stat().st_size < 4_000_000
    argv = ("-nostdin", *limits.decoding_flags(), "-i", bomb.name, "-f", "null", "-")
    done = subprocess.run(
        [tools.path("ffmpeg"), *argv],
        cwd=bomb.parent,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000)),
    )
    assert done.returncode != 0
    assert "Cannot allocate memory" not in done.stderr


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"not media at all\n" * 100, bytes(range(256)) * 64])
def test_what_is_not_media_fails_to_probe(content: bytes, tools: Tools, tmp_path: Path) -> None:
    """ffprobe ends with an error, or finds no stream: both are 1010."""
    (tmp_path / "input-0").write_bytes(content)
    done = subprocess.run(
        [tools.path("ffprobe"), *probe.argv("input-0")], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0


def test_every_allowed_decoder_and_demuxer_exists(tools: Tools) -> None:
    """The allow-lists hold no name that ffmpeg does not know: a typing error would refuse honest files."""
    decoders = {
        line.split()[1] for line in tools.ffmpeg("-hide_banner", "-decoders").splitlines() if len(line.split()) > 1
    }
    assert set(limits.decoding_flags()[-1].split(",")) <= decoders
    lines = tools.ffmpeg("-hide_banner", "-demuxers").splitlines()
    demuxers = {name for line in lines if len(line.split()) > 1 for name in line.split()[1].split(",")}
    assert set(limits.FORMATS) <= demuxers


def test_subtitles_do_not_hinder_a_file(tools: Tools, lavfi: Lavfi, tmp_path: Path) -> None:
    """A subtitle track, whose decoder is on no list, leaves a file as good as it was."""
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    codecs = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:s", "srt")
    given = lavfi("texts.mkv", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-i", str(text), *codecs)
    assert len(tools.probe(given).video) == 1
    tools.ffmpeg("-nostdin", *limits.decoding_flags(), "-i", str(given), "-map", "0:v", "-f", "null", "-")
