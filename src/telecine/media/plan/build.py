"""The plan of a job: which tracks are encoded, what is packaged from them, where it goes and what must be true."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil

from telecine.media import errors, settings
from telecine.media.ffmpeg import encode, h264, packaging
from telecine.media.packager.manifest import HlsManifest, Rendition
from telecine.media.plan import geometry, levels, names, sources, timeline
from telecine.media.plan.capabilities import Capabilities
from telecine.media.plan.model import Artifact, Expectation, GroupPlan, OutputPlan, Plan, Step
from telecine.media.probe import Probe
from telecine.media.settings import (
    AudioDescription,
    CodingMode,
    GroupType,
    Hls,
    Output,
    OutputGroup,
    QualityTuning,
    RateControl,
    VideoDescription,
)
from telecine.media.tracks import AAC_FRAME, AudioEncode, SourcePicture, VideoEncode

VERSION = 1
"""Of the plan's form and of the recipes in it: a stored plan of another version is made anew."""

_INPUT = "input-0"
_CHANNELS = {CodingMode.MONO: 1, CodingMode.STEREO: 2, CodingMode.SURROUND: 6}
_BITRATES = {1: 64_000, 2: 96_000, 6: 256_000}
_EFFORT = {QualityTuning.SINGLE_PASS: 0.5, QualityTuning.SINGLE_PASS_HQ: 1.0, QualityTuning.MULTI_PASS_HQ: 1.4}
_MP4_TYPES = {True: "video/mp4", False: "audio/mp4"}
_PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_SEGMENT_TYPE = "video/mp2t"


@dataclass(kw_only=True)
class _Draft:
    """What is collected while the outputs are gone through."""

    source: sources.Source
    facts: names.JobFacts
    timeline: timeline.Timeline
    picture: SourcePicture | None
    start: Fraction
    """Seconds from ffmpeg's time zero to the timeline's."""
    threads: int
    videos: dict[VideoEncode, str] = field(default_factory=dict)
    audios: dict[AudioEncode, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    warnings: dict[int, str] = field(default_factory=dict)
    descriptions: int = 0
    """Video descriptions met so far."""


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
    draft = _draft(job, source, names.JobFacts(input_uri=inputs[0], started=now), capabilities)
    groups = tuple(_group(draft, number, group) for number, group in enumerate(job.groups))
    _check_paths(draft, inputs)
    return Plan(
        version=VERSION,
        inputs=(_INPUT,),
        steps=(*_encode_steps(draft), *draft.steps),
        expectations=_expectations(draft),
        artifacts=tuple(draft.artifacts),
        groups=groups,
        warnings=tuple(sorted(draft.warnings.items())),
    )


def _draft(job: settings.Job, source: sources.Source, facts: names.JobFacts, capabilities: Capabilities) -> _Draft:
    if any(output.video for group in job.groups for output in group.outputs):
        track = sources.video_track(source)
        picture = sources.picture(source, track)
        time, start = timeline.of_video(source.probe, track), picture.delay
    else:
        picture, first = None, source.audio[0] if source.audio else None
        time = timeline.of_audio(source.probe, first)
        start = first.start - source.probe.start if first else Fraction(0)
    return _Draft(source=source, facts=facts, timeline=time, picture=picture, start=start, threads=capabilities.threads)


# ── tracks ──


def _video(draft: _Draft, description: VideoDescription, hls: Hls | None) -> VideoEncode:
    assert draft.picture is not None
    draft.descriptions += 1
    own = description.h264
    picture = geometry.picture(draft.picture, description, draft.descriptions)
    rate = own.frame_rate or draft.timeline.frame_rate
    frames, tolerance = draft.timeline.frames_at(rate)
    level, references = levels.choose(own, picture, rate, draft.descriptions)
    if own.wants_saliency:
        draft.warnings[250003] = "Saliency aware encoding is not available, so it was not applied."
    video = VideoEncode(
        source=draft.picture,
        picture=picture,
        frame_rate=rate,
        frames=frames,
        frame_tolerance=tolerance,
        grid=timeline.grid(own, rate, hls),
        level=level,
        reference_frames=references,
        deinterlaces=description.is_deinterlacer_set or draft.picture.is_interlaced,
        is_deinterlacing_forced=description.is_deinterlacing_forced,
        sharpness=description.sharpness,
        keeps_color_metadata=description.keeps_color_metadata,
        has_room_for_pyramid=levels.is_pyramid_possible(level, picture),
        fills_bitrate=hls is not None and own.rate_control is RateControl.CBR,
        h264=own,
    )
    draft.videos.setdefault(video, f"video-{len(draft.videos)}.mp4")
    return video


def _audio(draft: _Draft, description: AudioDescription) -> packaging.AudioPart:
    track, offset = sources.audio_track(draft.source, description)
    available = track.channels if track else 2
    channels = _CHANNELS.get(description.coding_mode) or (6 if available >= 6 else min(available, 2))
    audio = AudioEncode(
        stream=track.index if track else None,
        source_channels=available,
        has_known_layout=available <= 8,  # for more ffmpeg has no layout to assume
        delay=draft.start - offset,
        channels=channels,
        sample_rate=description.sample_rate,
        bitrate=description.bitrate or _BITRATES[channels],
        samples=ceil(draft.timeline.duration * description.sample_rate),
    )
    if track and track.duration:
        end = track.start - draft.source.probe.start - draft.start + offset + track.duration
        if end - draft.timeline.duration <= Fraction(-1, 10):
            draft.warnings[240000] = "Your input audio is shorter than your video: silence was added at its end."
        elif end - draft.timeline.duration >= Fraction(1, 10):
            draft.warnings[240001] = "Your input audio is longer than your video: its end was dropped."
    followed = track.language if track else None
    language = description.language if description.is_language_configured else followed or description.language
    name = draft.audios.setdefault(audio, f"audio-{len(draft.audios)}.m4a")
    return packaging.AudioPart(name=name, encode=audio, language=language)


def _encode_steps(draft: _Draft) -> tuple[Step, ...]:
    videos = [(name, video) for video, name in draft.videos.items()]
    audios = [(name, audio) for audio, name in draft.audios.items()]
    two_pass = [(name, video) for name, video in videos if h264.is_two_pass(video.h264)]
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


def _expectations(draft: _Draft) -> tuple[Expectation, ...]:
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


# ── outputs ──


def _group(draft: _Draft, number: int, group: OutputGroup) -> GroupPlan:
    folder, base = names.base(group.destination, draft.facts)
    if group.type is GroupType.HLS:
        return _hls_group(draft, number, group, folder, base)
    outputs = tuple(_file_output(draft, number, n, output, folder + base) for n, output in enumerate(group.outputs))
    return GroupPlan(type="FILE_GROUP", outputs=outputs)


def _file_output(draft: _Draft, group: int, number: int, output: Output, base: str) -> OutputPlan:
    video = _video(draft, output.video, None) if output.video else None
    audios = tuple(_audio(draft, description) for description in output.audio)
    extension = output.extension or "mp4"
    modifier = names.modifier(output.name_modifier, draft.facts, _facts(video, audios, extension))
    destination = f"{base}{modifier}.{extension}"
    name = f"file-{group}-{number}.mp4"
    video_file = draft.videos[video] if video else None
    _add_step(
        draft,
        Step(
            id=f"mux-{group}-{number}",
            kind="mux",
            tool="ffmpeg",
            argv=packaging.mp4(video_file, audios, output.mp4, name),
            inputs=_parts(video_file, audios),
            outputs=(name,),
            needs=("encode",),
            frames=video.frames if video else 0,
        ),
    )
    draft.artifacts.append(Artifact(source=name, destination=destination, content_type=_MP4_TYPES[video is not None]))
    return _output_plan(draft, group, number, video, destination)


def _hls_group(draft: _Draft, number: int, group: OutputGroup, folder: str, base: str) -> GroupPlan:
    main = f"hls-{number}.m3u8"
    made = [_hls_output(draft, number, n, group.hls, output, (folder, base)) for n, output in enumerate(group.outputs)]
    if group.hls.has_playlists:
        for rendition, _ in made:
            destination = folder + rendition.playlist_name
            draft.artifacts.append(_playlist(rendition.playlist, destination, 1))
        draft.artifacts.append(_playlist(main, f"{folder}{base}.m3u8", 2))
    manifest = HlsManifest(
        playlist=main,
        renditions=tuple(rendition for rendition, _ in made),
        is_single_file=group.hls.is_single_file,
        has_float_durations=group.hls.has_float_durations,
        has_resolution=group.hls.has_resolution,
        is_target_duration_legacy=group.hls.is_target_duration_legacy,
        is_cache_allowed=group.hls.is_cache_allowed,
        says_no_captions=group.hls.says_no_captions,
        base_url=group.hls.base_url,
    )
    return GroupPlan(
        type="HLS_GROUP",
        outputs=tuple(output for _, output in made),
        playlist_paths=(f"{folder}{base}.m3u8",) if group.hls.has_playlists else (),
        manifest=manifest,
    )


def _hls_output(
    draft: _Draft, group: int, number: int, hls: Hls, output: Output, place: tuple[str, str]
) -> tuple[Rendition, OutputPlan]:
    assert output.video is not None  # validation refuses renditions without video
    folder, base = place
    video = _video(draft, output.video, hls)
    audios = tuple(_audio(draft, description) for description in output.audio)
    facts = _facts(video, audios, "m3u8")
    name = base + names.modifier(output.name_modifier, draft.facts, facts)
    prefix = name + names.modifier(output.segment_modifier, draft.facts, facts)
    workspace = f"hls-{group}-{number}/"
    video_file = draft.videos[video]
    assert video.grid.segment is not None
    cut = packaging.single_file if hls.is_single_file else packaging.segments
    _add_step(
        draft,
        Step(
            id=f"segment-{group}-{number}",
            kind="segment",
            tool="ffmpeg",
            argv=cut(video_file, audios, output.transport_stream, video.grid.segment / video.frame_rate, workspace),
            inputs=_parts(video_file, audios),
            outputs=(workspace,),
            needs=("encode",),
            frames=video.frames,
        ),
    )
    draft.artifacts.append(
        Artifact(source=f"{workspace}all.ts", destination=f"{folder}{prefix}.ts", content_type=_SEGMENT_TYPE)
        if hls.is_single_file
        else Artifact(
            source=f"{workspace}*.ts",
            destination=f"{folder}{prefix}_*.ts",
            content_type=_SEGMENT_TYPE,
            is_pattern=True,
        )
    )
    rendition = Rendition(
        playlist=f"hls-{group}-{number}.m3u8",
        playlist_name=f"{name}.m3u8",
        list=f"{workspace}list.{'m3u8' if hls.is_single_file else 'csv'}",
        folder=workspace,
        segment_prefix=prefix if hls.is_single_file else f"{prefix}_",
        segments=None if video.frame_tolerance else video.grid.segments(video.frames),
        codecs=(h264.codec_string(video), *(["mp4a.40.2"] if audios else [])),
        width=video.picture.width,
        height=video.picture.height,
        frame_rate=video.frame_rate,
    )
    path = folder + rendition.playlist_name if hls.has_playlists else f"{folder}{prefix}_00001.ts"
    return rendition, _output_plan(draft, group, number, video, path)


def _output_plan(draft: _Draft, group: int, number: int, video: VideoEncode | None, path: str) -> OutputPlan:
    return OutputPlan(
        group=group,
        output=number,
        duration_seconds=float(video.duration if video else draft.timeline.duration),
        width=video.picture.width if video else None,
        height=video.picture.height if video else None,
        video_file=draft.videos[video] if video else None,
        file_paths=(path,),
    )


def _playlist(source: str, destination: str, order: int) -> Artifact:
    return Artifact(source=source, destination=destination, content_type=_PLAYLIST_TYPE, is_playlist=True, order=order)


def _add_step(draft: _Draft, step: Step) -> None:
    draft.steps.append(step)


def _parts(video_file: str | None, audios: Sequence[packaging.AudioPart]) -> tuple[str, ...]:
    return (*([video_file] if video_file else []), *(audio.name for audio in audios))


def _facts(video: VideoEncode | None, audios: Sequence[packaging.AudioPart], extension: str) -> names.OutputFacts:
    own = video.h264 if video else None
    is_quality = own is not None and own.rate_control is RateControl.QVBR
    rate = (own.max_bitrate if is_quality else own.bitrate) if own else 0
    return names.OutputFacts(
        video_bitrate=rate or 0,
        audio_bitrate=sum(audio.encode.bitrate for audio in audios),
        width=video.picture.width if video else 0,
        height=video.picture.height if video else 0,
        frame_rate=video.frame_rate if video else Fraction(0),
        extension=extension,
    )


def _check_paths(draft: _Draft, inputs: Sequence[str]) -> None:
    """Raises 1040 when an output would replace the input or another output."""
    seen: Mapping[str, None] = {}
    for artifact in draft.artifacts:
        if artifact.destination in inputs:
            raise errors.duplicate_path(artifact.destination)
        if artifact.destination in seen:
            raise errors.duplicate_output(artifact.destination)
        seen = {**seen, artifact.destination: None}
