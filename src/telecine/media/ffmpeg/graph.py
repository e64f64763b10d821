"""The filtergraph of an encode: the source is decoded once, split, and brought to each rendition's size and rate.

A graph is built from filters with named options; only numbers and words of our own become option values, and they
are escaped nevertheless.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from telecine.media.tracks import AudioEncode, Picture, SourcePicture, VideoEncode

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter and its options."""

    name: str
    options: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        options = ":".join(f"{key}={_escaped(str(value))}" for key, value in self.options)
        return f"{self.name}={options}" if options else self.name


@dataclass(frozen=True, slots=True)
class Chain:
    """Filters in a row, from labelled pads to labelled pads."""

    inputs: tuple[str, ...]
    filters: tuple[Filter, ...]
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        begin = "".join(f"[{label}]" for label in self.inputs)
        end = "".join(f"[{label}]" for label in self.outputs)
        return begin + ",".join(str(part) for part in self.filters) + end


def graph(videos: Sequence[VideoEncode], audios: Sequence[AudioEncode]) -> str:
    """The whole graph: pads `v0`, `v1`, … for the video encodes and `a0`, `a1`, … for the audio encodes."""
    chains = [*_video_chains(videos), *(_audio_chain(audio, f"a{n}") for n, audio in enumerate(audios))]
    return ";".join(str(chain) for chain in chains)


def _video_chains(videos: Sequence[VideoEncode]) -> list[Chain]:
    if not videos:
        return []
    source = videos[0].source
    is_deinterlacing_common = len({(v.deinterlaces, v.is_deinterlacing_forced) for v in videos}) == 1
    # frames are made of fields before they are repeated or dropped
    is_rate_common = is_deinterlacing_common and len({video.frame_rate for video in videos}) == 1
    common = [
        *(_deinterlaced(videos[0]) if is_deinterlacing_common else ()),
        *(_rate(videos[0].frame_rate, source.delay) if is_rate_common else ()),
        *_turned(source.quarter_turns),
    ]
    own = [
        (
            *(() if is_deinterlacing_common else _deinterlaced(video)),
            *(() if is_rate_common else _rate(video.frame_rate, source.delay)),
            *_sized(video, source),
        )
        for video in videos
    ]
    begin = f"0:{source.stream}"
    if len(videos) == 1:
        return [Chain((begin,), (*common, *own[0]), ("v0",))]
    pads = tuple(f"s{n}" for n in range(len(videos)))
    split = Filter("split", (("outputs", len(videos)),))  # decoded once, whatever the number of renditions
    return [
        Chain((begin,), (*common, split), pads),
        *(Chain((pad,), filters, (f"v{n}",)) for n, (pad, filters) in enumerate(zip(pads, own, strict=True))),
    ]


def _deinterlaced(video: VideoEncode) -> tuple[Filter, ...]:
    """Motion-adaptive, one frame for each frame; frames tagged progressive pass unless they are forced."""
    if not video.deinterlaces:
        return ()
    which = "all" if video.is_deinterlacing_forced else "interlaced"
    return (Filter("bwdif", (("mode", "send_frame"), ("deint", which))),)


def _rate(rate: Fraction, delay: Fraction) -> tuple[Filter, ...]:
    """A constant rate from time zero by repeating and dropping frames: keyframe numbers are then times."""
    shift = (Filter("setpts", (("expr", f"PTS-{_number(delay)}/TB"),)),) if delay else ()
    return (*shift, Filter("fps", (("fps", _ratio(rate)), ("start_time", 0))))


def _turned(quarter_turns: int) -> tuple[Filter, ...]:
    if quarter_turns == 2:
        return (Filter("hflip"), Filter("vflip"))
    return {1: (Filter("transpose", (("dir", "clock"),)),), 3: (Filter("transpose", (("dir", "cclock"),)),)}.get(
        quarter_turns, ()
    )


def _sized(video: VideoEncode, source: SourcePicture) -> tuple[Filter, ...]:
    picture = video.picture
    return (
        *_scaled(picture, source, video.sharpness),
        *_framed(picture),
        Filter("setsar", (("sar", _ratio(picture.pixel_aspect)),)),
        *(() if video.keeps_color_metadata else (_COLORLESS,)),
        # players turn the picture once more when the display matrix survives
        Filter("sidedata", (("mode", "delete"), ("type", "DISPLAYMATRIX"))),
        Filter("format", (("pix_fmts", "yuv420p"),)),  # 8 bit 4:2:0, what the profiles we offer can hold
    )


_COLORLESS = Filter("setparams", (("colorspace", "unknown"), ("color_primaries", "unknown"), ("color_trc", "unknown")))


def _scaled(picture: Picture, source: SourcePicture, sharpness: int) -> tuple[Filter, ...]:
    if (picture.scaled_width, picture.scaled_height) == (source.width, source.height):
        return ()
    # Sharpness is the kernel's width: 0 is a B-spline, 50 ffmpeg's own bicubic, 100 the sharpest cubic
    blur = max(0, 50 - sharpness) / 50
    detail = 0.6 * (1 - blur) + max(0, sharpness - 50) / 50 * 0.4
    return (
        Filter(
            "scale",
            (
                ("w", picture.scaled_width),
                ("h", picture.scaled_height),
                ("flags", "bicubic+accurate_rnd+bitexact"),  # the same pixels on every processor
                ("param0", f"{blur:g}"),
                ("param1", f"{detail:g}"),
            ),
        ),
    )


def _framed(picture: Picture) -> tuple[Filter, ...]:
    if (picture.scaled_width, picture.scaled_height) == (picture.width, picture.height):
        return ()
    x, y = picture.offset
    size: tuple[tuple[str, str | int], ...] = (("w", picture.width), ("h", picture.height))
    if x < 0 or y < 0:
        return (Filter("crop", (*size, ("x", max(0, -x)), ("y", max(0, -y)))),)
    return (Filter("pad", (*size, ("x", x), ("y", y), ("color", "black"))),)


def _audio_chain(audio: AudioEncode, pad: str) -> Chain:
    layout = _LAYOUTS[audio.channels]
    end = Filter("atrim", (("end_sample", audio.samples),))  # as long as the picture, to the sample
    if audio.stream is None:
        silence = Filter("anullsrc", (("r", audio.sample_rate), ("cl", layout)))
        return Chain((), (silence, end), (pad,))
    filters = (
        *((Filter("asetpts", (("expr", f"PTS-{_number(audio.delay)}/TB"),)),) if audio.delay else ()),
        *(() if audio.has_known_layout else (_by_number(audio),)),
        Filter(
            "aresample",
            (
                ("osr", audio.sample_rate),
                ("ochl", layout),
                ("async", 1),                # gaps in the timestamps become silence: audio and video stay together
                ("first_pts", 0),            # begin with the picture: silence before a late start, early sound cut
                ("rematrix_maxval", "1.0"),  # a downmix is scaled, not clipped
            ),
        ),
        Filter("apad"),  # silence after an early end
        end,
    )  # fmt: skip
    return Chain((f"0:{audio.stream}",), filters, (pad,))


def _by_number(audio: AudioEncode) -> Filter:
    """Channels by number where no layout says what they are: the first ones are taken."""
    available = min(audio.channels, audio.source_channels)
    count = next(known for known in sorted(_LAYOUTS, reverse=True) if known <= available)
    taken = "|".join(f"c{n}=c{n}" for n in range(count))
    return Filter("pan", (("args", f"{_LAYOUTS[count]}|{taken}"),))


def _number(value: Fraction) -> str:
    """Decimal seconds to the nanosecond, written so that a minus sign keeps its meaning in an expression."""
    return f"({float(value):.9f})"


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _escaped(value: str) -> str:
    """`value` for the inside of a filtergraph: once for the filter's option list, once for the graph."""
    for special in ("\\':", "\\'[],;"):
        value = "".join(f"\\{sign}" if sign in special else sign for sign in value)
    return value
