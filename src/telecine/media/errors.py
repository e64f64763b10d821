"""What can be wrong with a job's media, in MediaConvert's codes and words.

Source: MediaConvert user guide, `mediaconvert_error_codes`. Each function returns one error, ready to be raised.
"""

from telecine.core.errors import TelecineError

_INPUT_CODECS = "https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers-input.html"


class MediaError(TelecineError):
    """Why a job ends in ERROR: `code` and `message` as the job record shows them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def not_media(uri: str) -> MediaError:
    """1010: no allowed demuxer recognises the input."""
    reason = "Failed probe/open: [No parser found for container]]"
    return MediaError(1010, f"Unable to open input file [{uri}]: {reason}")


def no_video(uri: str) -> MediaError:
    """1020: an output wants video and the input has none (a cover picture is none)."""
    return MediaError(
        1020,
        f"Your input file [{uri}] doesn't have video that the transcoder can consume. "
        f"Check your input video codec against this list: {_INPUT_CODECS}",
    )


def no_audio(selector: str, track: int) -> MediaError:
    """1021: the selector for which audio is wanted by default finds none."""
    return MediaError(1021, f"No audio frames decoded on [selector-({selector})-track-{track}-drc]")


def unsupported_video_codec(codec: str) -> MediaError:
    """1030: the input's video codec is not on our list."""
    return MediaError(1030, f"Video codec [{codec}] is not a supported input video codec")


def unsupported_audio_codec(codec: str, track: int) -> MediaError:
    """1030: the codec of the chosen audio track (counted from 1) is not on our list."""
    return MediaError(1030, f"Audio codec [{codec}] for track [{track}] is not a supported input audio codec")


def missing_track(selector: int, track: int) -> MediaError:
    """1040: a selector (counted from 1) names an audio track that the input does not have."""
    return MediaError(
        1040,
        f"Invalid audio track specified for audio_selector [{selector}]. "
        f"Audio track [{track}] not found in input container.",
    )


def odd_resolution(width: int, height: int, description: int) -> MediaError:
    """1040: an output size that is not even. `description` counts the job's video descriptions from 1."""
    return MediaError(
        1040,
        f"Invalid resolution [{width} x {height}], only even values are supported. video_description [{description}].",
    )


def resolution_too_large(width: int, height: int, description: int) -> MediaError:
    """1040: an output larger than H.264 outputs may be (4096x2160 either way round)."""
    return MediaError(
        1040, f"Invalid resolution [{width} x {height}], the maximum is exceeded. video_description [{description}]."
    )


def invalid_level(description: int) -> MediaError:
    """1040: the chosen codec level is too low for the output's size and frame rate."""
    return MediaError(
        1040,
        f"Error initializing encoder for video target [{description}] "
        "[initialization failed: Invalid level specified for the selected framerate or resolution.]",
    )


def duplicate_path(uri: str) -> MediaError:
    """1040: an output would overwrite the input."""
    return MediaError(1040, f"Duplicate input and output path [{uri}] found in job.")


def duplicate_output(uri: str) -> MediaError:
    """1040: two outputs of the job would be written to one place."""
    return MediaError(1040, f"Duplicate output path [{uri}] found in job.")


def truncated(length: int) -> MediaError:
    """1076: the input ends before its own index says. `length` is the file's size in bytes."""
    return MediaError(
        1076,
        f"Demuxer: [ReadPacketData File read failed - end of file hit at length [{length}]. Is file truncated?]",
    )
