"""How many frames come out, and where keyframes and segments fall."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from telecine.media.probe import AudioTrack, Probe, VideoTrack
from telecine.media.settings import H264, GopUnits, Hls, SegmentLengthControl
from telecine.media.tracks import KeyframeGrid

_AUTO_GOP_SECONDS = 2
"""What MediaConvert's automatic GOP comes to for streaming outputs, as far as it can be seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """The job's time, which every output shares."""

    duration: Fraction
    """In seconds: the video's, or the audio's where no output has video."""
    frame_rate: Fraction
    frames: int
    is_exact: bool
    """False when timestamps vary or do not agree with the frame count."""

    def frames_at(self, rate: Fraction) -> tuple[int, int]:
        """(frames, tolerance) of the timeline at another rate."""
        if rate == self.frame_rate and self.is_exact:
            return self.frames, 0
        if self.is_exact:
            return max(1, round(self.duration * rate)), 1
        # the picture may end anywhere between what its packets and what the container's duration say
        lowest, highest = sorted((self.frames * rate / self.frame_rate, self.duration * rate))
        return max(1, round(highest)), ceil(highest - lowest) + max(2, round(rate / 2))


def of_video(probe: Probe, track: VideoTrack) -> Timeline:
    """The timeline of a video track."""
    counted = track.frames / track.frame_rate
    duration = track.duration or _shared_duration(probe, counted)
    is_exact = (
        not track.is_variable
        and not track.is_interlaced  # two packets may make one frame
        and abs(duration - counted) * 2 < 1 / track.frame_rate
    )
    return Timeline(
        duration=counted if is_exact else duration,
        frame_rate=track.frame_rate,
        frames=track.frames,
        is_exact=is_exact,
    )


def _shared_duration(probe: Probe, counted: Fraction) -> Fraction:
    """The container's duration where tracks have none of their own; sound that ends a little later is common."""
    shared = probe.duration or counted
    return counted if 0 <= shared - counted < Fraction(1, 10) else shared


def of_audio(probe: Probe, track: AudioTrack | None) -> Timeline:
    """The timeline of a job without video: as long as its first audio track."""
    duration = (track.duration if track else None) or probe.duration or Fraction(0)
    return Timeline(duration=duration, frame_rate=Fraction(25), frames=0, is_exact=True)


def grid(h264: H264, rate: Fraction, hls: Hls | None) -> KeyframeGrid:
    """Where keyframes must stand, for a FILE output (`hls` None) or a rendition of an HLS group."""
    if hls is None:
        return KeyframeGrid(gop=_gop(h264, rate, _AUTO_GOP_SECONDS))
    exact = hls.segment_seconds * rate
    gops = ceil(Fraction(hls.segment_seconds, _AUTO_GOP_SECONDS))
    gop = _gop(h264, rate, Fraction(hls.segment_seconds, gops))
    if hls.segment_length_control is SegmentLengthControl.GOP_MULTIPLE:
        return KeyframeGrid(gop=gop, segment=Fraction(ceil(exact / gop) * gop))
    return KeyframeGrid(gop=gop, segment=exact)


def _gop(h264: H264, rate: Fraction, automatic_seconds: Fraction | int) -> int:
    size = Fraction(h264.gop_size or 0)
    if h264.gop_units is GopUnits.AUTO or not size:
        return max(1, ceil(automatic_seconds * rate))
    if h264.gop_units is GopUnits.SECONDS:
        return max(1, round(size * rate))
    return max(1, round(size))
