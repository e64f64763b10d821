"""Rules between the settings of one output, in MediaConvert's words where those are public."""

from collections.abc import Iterator

from telecine.media.settings import Structure, fields
from telecine.media.validation.issue import Issue
from telecine.media.validation.rates import BITRATES, RANGES, SAMPLE_RATES

_ONE_OF = 'Should be equal to one of the allowed values in ["HIGH","HIGH_10BIT","HIGH_422","HIGH_422_10BIT","MAIN"]'


def video(description: Structure, path: str) -> Iterator[Issue]:
    """What is wrong between the settings of a video description."""
    codec = fields.child(description, "CodecSettings")
    at = f"{path}/codecSettings"
    if "Codec" not in codec:
        yield Issue(path=at, message="codec is a required property")
        return
    yield from _one_block(codec, "H_264", "H264Settings", at)
    if codec["Codec"] == "H_264":
        h264 = fields.child(codec, "H264Settings")
        own = f"{at}/h264Settings"
        yield from _rate_control(h264, own)
        yield from _profile(h264, own)
        yield from _gop(h264, own)
        yield from _specified(h264, own, "FramerateControl", ("FramerateNumerator", "FramerateDenominator"))
        yield from _specified(h264, own, "ParControl", ("ParNumerator", "ParDenominator"))


def audio(description: Structure, path: str) -> Iterator[Issue]:
    """What is wrong between the settings of an audio description."""
    codec = fields.child(description, "CodecSettings")
    at = f"{path}/codecSettings"
    if "Codec" not in codec:
        yield Issue(path=at, message="codec is a required property")
        return
    yield from _one_block(codec, "AAC", "AacSettings", at)
    if codec["Codec"] == "AAC":
        yield from _aac(fields.child(codec, "AacSettings"), f"{at}/aacSettings")


def _one_block(codec: Structure, name: str, block: str, at: str) -> Iterator[Issue]:
    """Beside `Codec` stands the one structure that belongs to it."""
    present = [member for member in codec if member != "Codec" and codec[member] is not None]
    if len(present) > 1:
        yield Issue(path=at, message="Should have at most 2 properties")
    elif present == [block] and codec["Codec"] != name:
        own = block[:1].lower() + block[1:]
        yield Issue(path=f"{at}/{own}", message="Should match all dependencies: See other errors for more details")
        yield Issue(path=f"{at}/codec", message=f"Must be {name}")


def _rate_control(h264: Structure, at: str) -> Iterator[Issue]:
    mode = fields.text(h264, "RateControlMode", "VBR")
    bitrate, peak = fields.maybe_integer(h264, "Bitrate"), fields.maybe_integer(h264, "MaxBitrate")
    is_wrong = {
        "QVBR": bitrate is not None or peak is None,
        "CBR": bitrate is None or peak is not None,
        "VBR": bitrate is None,
    }
    if is_wrong[mode]:
        yield Issue(
            path=at,
            message=(
                "Your job contains values for the following settings that are incompatible: Rate control mode, "
                "Bitrate, and Max bitrate. Adjust your settings and resubmit your job. Some valid combinations of "
                "settings are these: Set Rate control mode to QVBR, specify a value for Max bitrate, and don't "
                "specify a value for Bitrate. Or, set Rate control mode to CBR, specify a value for Bitrate, and "
                "don't specify a value for Max bitrate."
            ),
        )
    elif mode == "VBR" and peak is not None and bitrate is not None and peak < bitrate:
        yield Issue(path=f"{at}/maxBitrate", message=f"Should be greater than or equal to {bitrate}")
    if mode != "QVBR" and h264.get("QvbrSettings"):
        yield Issue(path=f"{at}/rateControlMode", message="Must be QVBR")


def _profile(h264: Structure, at: str) -> Iterator[Issue]:
    """BASELINE knows neither CABAC nor B-frames."""
    if fields.text(h264, "CodecProfile", "MAIN") != "BASELINE":
        return
    entropy = fields.text(h264, "EntropyEncoding", "")
    if entropy != "CAVLC":
        missing = Issue(path=at, message="entropyEncoding is a required property")
        wrong = Issue(path=f"{at}/entropyEncoding", message="Must be CAVLC")
        yield Issue(
            path=f"{at}/codecProfile", message="Should match all dependencies: See other errors for more details"
        )
        yield Issue(path=at, message='Should match exactly one schema defined in "oneOf"')
        yield wrong if entropy else missing
        yield Issue(path=f"{at}/codecProfile", message=_ONE_OF)
    if fields.maybe_integer(h264, "NumberBFramesBetweenReferenceFrames"):
        yield Issue(path=f"{at}/numberBFramesBetweenReferenceFrames", message="Should be less than or equal to 0")


def _gop(h264: Structure, at: str) -> Iterator[Issue]:
    units, size = fields.text(h264, "GopSizeUnits", ""), fields.maybe_number(h264, "GopSize")
    if units in ("FRAMES", "SECONDS") and size is None:
        yield Issue(path=at, message="gopSize is a required property")
    elif units == "FRAMES" and size is not None and not size.is_integer():
        yield Issue(path=f"{at}/gopSize", message="Should be a whole number of frames")
    elif units != "AUTO" and size == 0:
        yield Issue(path=f"{at}/gopSize", message="Should be greater than 0")


def _specified(h264: Structure, at: str, control: str, ratio: tuple[str, str]) -> Iterator[Issue]:
    if fields.text(h264, control, "") == "SPECIFIED":
        for member in ratio:
            if h264.get(member) is None:
                yield Issue(path=at, message=f"{member[:1].lower() + member[1:]} is a required property")


def _aac(aac: Structure, at: str) -> Iterator[Issue]:
    missing = [member for member in ("SampleRate", "CodingMode") if aac.get(member) is None]
    for member in missing:
        yield Issue(path=at, message=f"{member[:1].lower() + member[1:]} is a required property")
    if missing:
        return
    rate, mode = fields.integer(aac, "SampleRate", 0), fields.text(aac, "CodingMode", "")
    if rate not in SAMPLE_RATES:
        allowed = ",".join(str(value) for value in SAMPLE_RATES)
        yield Issue(path=f"{at}/sampleRate", message=f"Should be equal to one of the allowed values in [{allowed}]")
        return
    bitrate = fields.maybe_integer(aac, "Bitrate")
    low, high = RANGES.get((mode, rate), (BITRATES[0], BITRATES[-1]))
    if bitrate is not None and (bitrate not in BITRATES or not low <= bitrate <= high):
        yield Issue(
            path=f"{at}/bitrate",
            message=(
                "You specified a value for Bitrate that is not valid with the combination of Profile LC, Coding mode "
                f"{mode}, and Sample rate {rate} you selected. Specify a bitrate in the range of {low}-{high}, and "
                "resubmit your job For a list of supported bitrates, see: "
                "https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html"
            ),
        )
