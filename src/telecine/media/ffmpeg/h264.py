"""libx264's options for one video encode."""

from fractions import Fraction

from telecine.media.settings import H264, Profile, QualityTuning, Quantization, RateControl, SceneChange
from telecine.media.tracks import KeyframeGrid, VideoEncode

_PRESETS = {
    QualityTuning.SINGLE_PASS: "veryfast",
    QualityTuning.SINGLE_PASS_HQ: "medium",
    QualityTuning.MULTI_PASS_HQ: "slow",
}

_PROFILES = {Profile.BASELINE: "baseline", Profile.MAIN: "main", Profile.HIGH: "high"}

_QUANTIZATION_STRENGTH = {
    Quantization.LOW: "0.6",
    Quantization.MEDIUM: "0.8",
    Quantization.HIGH: "1.0",
    Quantization.HIGHER: "1.2",
    Quantization.MAX: "1.5",
}


def arguments(video: VideoEncode) -> tuple[str, ...]:
    """Options for the encoder of one output file, without the pass of a two-pass encode."""
    h264 = video.h264
    is_baseline = h264.profile is Profile.BASELINE
    return (
        "-c:v", "libx264",
        "-preset", _PRESETS[h264.tuning],
        "-profile:v", _PROFILES[h264.profile],
        "-level:v", video.level,                      # fixed, so that playlists can name it
        "-refs", str(video.reference_frames),
        *_rate_control(video),
        *_gop(video),
        *(("-bf", str(h264.b_frames)) if h264.b_frames is not None and not is_baseline else ()),
        *(() if h264.is_sub_gop_dynamic else ("-b_strategy", "0")),     # always as many B-frames
        "-b-pyramid", "normal" if _has_pyramid(video) else "none",
        *(() if h264.is_cabac or is_baseline else ("-coder", "cavlc")),
        *_weights(h264),
        *_quantization(h264),
        "-a53cc", "0",                                # captions of the input pass only when an output asks for them
        *(("-slices", str(h264.slices)) if h264.slices > 1 else ()),
        # with more threads, rate control depends on how far the others have come: other bytes every time. A ladder
        # still fills a machine, since every rendition is encoded beside the others
        "-threads", "1",
    )  # fmt: skip


def is_two_pass(h264: H264) -> bool:
    """True where a first pass changes something: bits are to be distributed. A quality level needs no first pass."""
    return h264.tuning is QualityTuning.MULTI_PASS_HQ and h264.rate_control is not RateControl.QVBR


def codec_string(video: VideoEncode) -> str:
    """The RFC 6381 name of what x264 will write (`avc1.64001f`).

    x264 writes the lowest profile that holds the tools in use: the 8x8 transform makes it High; CABAC, B-frames or
    weighted prediction make it Main.
    """
    h264 = video.h264
    has_main_tools = h264.is_cabac or h264.b_frames != 0 or h264.weighted_prediction is not False
    if h264.profile is Profile.HIGH:
        profile = "6400"
    elif h264.profile is Profile.MAIN and has_main_tools:
        profile = "4d40"
    else:
        profile = "42c0"
    return f"avc1.{profile}{round(float(video.level) * 10):02x}"


def crf(h264: H264, height: int) -> float:
    """x264's constant rate factor for a QVBR level, calibrated by VMAF: 9 is about 97, 7 about 94.6."""
    level = h264.quality_level or (7 if height >= 720 else 6)
    return round(40 - 2.45 * level, 2)


def force_key_frames(grid: KeyframeGrid) -> str:
    """ffmpeg's expression that is true on the frames of `grid`; exact, since it divides integers."""
    if grid.segment is None:
        return f"expr:not(mod(n,{grid.gop}))"
    over, under = grid.segment.numerator, grid.segment.denominator
    return f"expr:not(mod(n-ceil(floor(n*{under}/{over})*{over}/{under}),{grid.gop}))"


def _has_pyramid(video: VideoEncode) -> bool:
    return (
        video.h264.has_reference_b_frames and video.has_room_for_pyramid and video.h264.profile is not Profile.BASELINE
    )


def _rate_control(video: VideoEncode) -> tuple[str, ...]:
    h264 = video.h264
    target: tuple[str, ...]
    if h264.rate_control is RateControl.QVBR:
        peak = h264.max_bitrate or 0
        target = ("-crf", f"{crf(h264, video.picture.height):g}")
    elif h264.rate_control is RateControl.VBR:
        peak = h264.max_bitrate or 2 * (h264.bitrate or 0)
        target = ("-b:v", str(h264.bitrate))
    else:
        peak = h264.bitrate or 0
        target = ("-b:v", str(peak), "-minrate", str(peak))
    buffer = h264.buffer_bits or 2 * peak  # the decoder's buffer: without a size two seconds' worth
    fill = h264.buffer_fill_percent
    return (
        *target,
        "-maxrate", str(peak),
        "-bufsize", str(buffer),
        *(("-rc_init_occupancy", str(buffer * fill // 100)) if fill is not None else ()),
        *(("-nal-hrd", "cbr") if video.fills_bitrate else ()),  # padding, and buffer times in the stream
    )  # fmt: skip


def _gop(video: VideoEncode) -> tuple[str, ...]:
    h264, grid = video.h264, video.grid
    if h264.scene_change is SceneChange.DISABLED or h264.min_i_interval == 0:
        scenes: tuple[str, ...] = ("-sc_threshold", "0")  # keyframes on the grid and nowhere else
    elif h264.min_i_interval:
        scenes = ("-keyint_min", str(h264.min_i_interval))
    else:
        scenes = ()
    return (
        "-g", str(grid.gop),
        "-force_key_frames", force_key_frames(grid),      # the grid holds whatever the scenes do
        "-forced-idr", "1",                               # a segment must begin with an IDR picture
        "-flags:v", "+bitexact+cgop",                     # no version in the stream; closed GOPs
        *scenes,
    )  # fmt: skip


def _weights(h264: H264) -> tuple[str, ...]:
    if h264.weighted_prediction is None or h264.profile is Profile.BASELINE:
        return ()
    return ("-weightp", "2" if h264.weighted_prediction else "0")


def _quantization(h264: H264) -> tuple[str, ...]:
    """AUTO leaves the preset's; x264's macroblock tree is its temporal adaptive quantization."""
    if h264.quantization is Quantization.AUTO:
        return ()
    if h264.quantization is Quantization.OFF:
        return ("-aq-mode", "0", "-mbtree", "0")
    spatial = ("-aq-mode", "1", "-aq-strength", _QUANTIZATION_STRENGTH[h264.quantization])
    return (
        *(spatial if h264.is_quantization_spatial else ("-aq-mode", "0")),
        "-mbtree", "1" if h264.is_quantization_temporal else "0",
    )  # fmt: skip


def seconds(value: Fraction) -> str:
    """Decimal seconds, cut (never rounded up) to the microsecond that ffmpeg counts in."""
    microseconds = value.numerator * 1_000_000 // value.denominator
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"
