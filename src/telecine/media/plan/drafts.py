"""A plan in the making: the job's timeline, and the tracks that its outputs share."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from telecine.media import settings
from telecine.media.ffmpeg import packaging
from telecine.media.plan import geometry, levels, names, sources, timeline
from telecine.media.plan.capabilities import Capabilities
from telecine.media.plan.model import Artifact, Step
from telecine.media.settings import AudioDescription, CodingMode, Hls, RateControl, VideoDescription
from telecine.media.tracks import AudioEncode, SourcePicture, VideoEncode

_CHANNELS = {CodingMode.MONO: 1, CodingMode.STEREO: 2, CodingMode.SURROUND: 6}
_BITRATES = {1: 64_000, 2: 96_000, 6: 256_000}


@dataclass(kw_only=True)
class Draft:
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


def begin(job: settings.Job, source: sources.Source, facts: names.JobFacts, capabilities: Capabilities) -> Draft:
    if any(output.video for group in job.groups for output in group.outputs):
        track = sources.video_track(source)
        picture = sources.picture(source, track)
        time, start = timeline.of_video(source.probe, track), picture.delay
    else:
        picture, first = None, source.audio[0] if source.audio else None
        time = timeline.of_audio(source.probe, first)
        start = first.start - source.probe.start if first else Fraction(0)
    return Draft(source=source, facts=facts, timeline=time, picture=picture, start=start, threads=capabilities.threads)


def video(draft: Draft, description: VideoDescription, hls: Hls | None) -> VideoEncode:
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


def audio(draft: Draft, description: AudioDescription, video: VideoEncode | None) -> packaging.AudioPart:
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
        samples=ceil((video.duration if video else draft.timeline.duration) * description.sample_rate),
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
