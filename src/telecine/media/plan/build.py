"""The plan of a job: which tracks are encoded, what is packaged from them, where it goes and what must be true."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from telecine.media import errors, settings
from telecine.media.ffmpeg import encode, h264
from telecine.media.plan import drafts, names, outputs, sources
from telecine.media.plan.capabilities import Capabilities
from telecine.media.plan.drafts import Draft
from telecine.media.plan.model import Artifact, Expectation, Plan, Step
from telecine.media.probe import Probe
from telecine.media.settings import QualityTuning
from telecine.media.tracks import AAC_FRAME, VideoEncode

VERSION = 1
"""Of the plan's form and of the recipes in it: a stored plan of another version is made anew."""

_INPUT = "input-0"
_EFFORT = {QualityTuning.SINGLE_PASS: 0.5, QualityTuning.SINGLE_PASS_HQ: 1.0, QualityTuning.MULTI_PASS_HQ: 1.4}


def plan(
    job_settings: settings.Structure,
    probes: Sequence[Probe],
    capabilities: Capabilities,
    *,
    inputs: Sequence[str],
    now: datetime,
) -> Plan:
    """The plan of a job whose settings `media.validation.check` has found nothing wrong with.

    `probes` and `inputs` (URIs) stand in job order; `now` is the job's start, for `$dt$` and its like.
    Raises MediaError (1010, 1020, 1021, 1030, 1040, 1076) for what the input, or the settings with it, cannot do.
    """
    job = settings.read(job_settings)
    source = sources.open_source(job.inputs[0], probes[0])
    draft = drafts.begin(job, source, names.JobFacts(input_uri=inputs[0], started=now), capabilities)
    groups = tuple(outputs.group(draft, number, group) for number, group in enumerate(job.groups))
    _check_paths(draft.artifacts, inputs)
    return Plan(
        version=VERSION,
        inputs=(_INPUT,),
        steps=(*_encode_steps(draft), *draft.steps),
        expectations=_expectations(draft),
        artifacts=tuple(draft.artifacts),
        groups=groups,
        warnings=tuple(sorted(draft.warnings.items())),
    )


def _encode_steps(draft: Draft) -> tuple[Step, ...]:
    two_pass = [(name, video) for video, name in draft.videos.items() if h264.is_two_pass(video.h264)]
    one_pass = [(name, video) for video, name in draft.videos.items() if not h264.is_two_pass(video.h264)]
    videos = [*two_pass, *one_pass]  # ffmpeg numbers the statistics by output: the same number in both passes
    audios = [(name, audio) for audio, name in draft.audios.items()]
    statistics = tuple(f"{name}-{n}.log" for n, (name, _) in enumerate(two_pass))
    analysis = Step(
        id="analyze",
        kind="analyze",
        tool="ffmpeg",
        argv=encode.analysis(_INPUT, two_pass, threads=draft.threads),
        inputs=(_INPUT,),
        outputs=statistics,
        work=0.5 * _work(two_pass),
        frames=two_pass[0][1].frames if two_pass else 0,
        threads=draft.threads,
    )
    main = Step(
        id="encode",
        kind="encode",
        tool="ffmpeg",
        argv=encode.arguments(_INPUT, videos, audios, threads=draft.threads),
        inputs=(_INPUT, *statistics),
        outputs=(*(name for name, _ in videos), *(name for name, _ in audios)),
        needs=("analyze",) if two_pass else (),
        work=_work(videos) + 0.5 * len(audios),
        frames=videos[0][1].frames if videos else 0,
        threads=draft.threads,
    )
    return (analysis, main) if two_pass else (main,)


def _work(videos: Sequence[tuple[str, VideoEncode]]) -> float:
    """Megapixels to be encoded, by the preset's effort."""
    return sum(v.frames * v.picture.width * v.picture.height * _EFFORT[v.h264.tuning] / 1e6 for _, v in videos)


def _expectations(draft: Draft) -> tuple[Expectation, ...]:
    return (
        *(
            Expectation(
                file=name,
                track="video",
                frames=video.frames,
                frame_tolerance=video.frame_tolerance,
                duration_seconds=float(video.duration),
                tolerance_seconds=float((video.frame_tolerance + Fraction(1, 2)) / video.frame_rate),
                start_seconds=0.0,
                grid=video.grid,
                width=video.picture.width,
                height=video.picture.height,
            )
            for video, name in draft.videos.items()
        ),
        *(
            Expectation(
                file=name,
                track="audio",
                frames=None,
                frame_tolerance=0,
                duration_seconds=audio.samples / audio.sample_rate,
                tolerance_seconds=AAC_FRAME / audio.sample_rate,
                start_seconds=0.0,
                grid=None,
            )
            for audio, name in draft.audios.items()
        ),
    )


def _check_paths(artifacts: Sequence[Artifact], inputs: Sequence[str]) -> None:
    """Raises 1040 when an output would replace the input or another output."""
    seen: set[str] = set()
    for artifact in artifacts:
        if artifact.destination in inputs:
            raise errors.duplicate_path(artifact.destination)
        if artifact.destination in seen:
            raise errors.duplicate_output(artifact.destination)
        seen.add(artifact.destination)
