"""Which tracks of the input a job uses, and everything that can be wrong with them."""

from dataclasses import dataclass
from fractions import Fraction

from telecine.media import errors, limits
from telecine.media.probe import AudioTrack, Probe, VideoTrack
from telecine.media.settings import AudioDescription, AudioSelector, Input, Rotation
from telecine.media.tracks import SourcePicture

_QUARTER_TURNS = {Rotation.NONE: 0, Rotation.RIGHT: 1, Rotation.HALF: 2, Rotation.LEFT: 3}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The tracks of one input that its program holds."""

    input: Input
    probe: Probe
    video: tuple[VideoTrack, ...]
    audio: tuple[AudioTrack, ...]


def open_source(given: Input, probe: Probe) -> Source:
    """The input's usable tracks. Raises 1010 for what is not media and 1076 for a file that ends early."""
    if not probe.format:
        raise errors.not_media(given.uri)
    if probe.is_truncated:
        raise errors.truncated(probe.size)
    streams = _program_streams(probe, given.program)
    return Source(
        input=given,
        probe=probe,
        video=tuple(track for track in probe.video if streams is None or track.index in streams),
        audio=tuple(track for track in probe.audio if streams is None or track.index in streams),
    )


def video_track(source: Source) -> VideoTrack:
    """The first video track. Raises 1020 when there is none and 1030 when we do not decode it."""
    if not source.video or not source.video[0].frames:
        raise errors.no_video(source.input.uri)
    track = source.video[0]
    if track.codec not in limits.VIDEO_DECODERS:
        raise errors.unsupported_video_codec(track.codec)
    return track


def picture(source: Source, track: VideoTrack) -> SourcePicture:
    """The decoded picture of `track` as the outputs will see it."""
    rotation = source.input.rotation
    turns = track.rotation // 90 if rotation is Rotation.AUTO else _QUARTER_TURNS[rotation]
    is_turned = turns % 2 == 1
    return SourcePicture(
        stream=track.index,
        width=track.height if is_turned else track.width,
        height=track.width if is_turned else track.height,
        pixel_aspect=1 / track.pixel_aspect if is_turned else track.pixel_aspect,
        quarter_turns=turns,
        delay=track.start - source.probe.start,
        is_interlaced=track.is_interlaced,
    )


def audio_track(source: Source, description: AudioDescription) -> tuple[AudioTrack | None, Fraction]:
    """The track of an audio description and by how many seconds it is to be heard later.

    None means silence: the input has neither the selector nor a default one. Raises 1040 when a selector names a
    track that is not there, 1021 when a selector without a track number finds no audio, 1030 for unknown codecs.
    """
    selector = _selector(source.input, description.selector)
    if selector is None:
        return None, Fraction(0)
    number = selector.tracks[0] if selector.tracks else 1
    if number > len(source.audio):
        if selector.tracks:
            raise errors.missing_track(selector.number, number)
        raise errors.no_audio(selector.name, number)
    track = source.audio[number - 1]
    if track.codec not in limits.AUDIO_DECODERS:
        raise errors.unsupported_audio_codec(track.codec, number)
    return track, Fraction(selector.offset_ms, 1000)


def _selector(given: Input, name: str) -> AudioSelector | None:
    """The selector of that name, else the input's default one (AudioDescription.AudioSourceName)."""
    by_name = {selector.name: selector for selector in given.audio_selectors}
    defaults = (selector for selector in given.audio_selectors if selector.is_default)
    return by_name.get(name) or next(defaults, None)


def _program_streams(probe: Probe, number: int | None) -> tuple[int, ...] | None:
    """The streams of a program; "if the program you specify doesn't exist", the first one's (Input.ProgramNumber)."""
    if not probe.programs:
        return None
    chosen = next((program for program in probe.programs if program.number == number), probe.programs[0])
    return chosen.streams
