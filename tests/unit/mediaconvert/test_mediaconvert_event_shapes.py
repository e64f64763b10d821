"""The shapes of events, held against the samples and tables of MediaConvert's guide: names and types, nothing else.

Source: MediaConvert user guide, `ev_status_*`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from telecine.core.names import QueueName
from telecine.media.probe.details import input_details
from telecine.media.probe.tracks import AudioTrack, Probe, VideoTrack
from telecine.services.mediaconvert.lifecycle import state_change
from telecine.services.mediaconvert.model import GroupOutcome, Job, JobStatus, OutputOutcome
from unit.mediaconvert.test_mediaconvert_state_change import JOB, NOW


@dataclass(frozen=True)
class Maybe:
    """A member that the guide has, and an event only when there is something to say."""

    shape: Any


NUMBER = (int, float)
BASICS: dict[str, Any] = {
    "timestamp": int,
    "accountId": str,
    "queue": str,
    "jobId": str,
    "status": str,
    "userMetadata": {"k": str},
}
ENVELOPE: dict[str, Any] = {
    "version": str,
    "id": str,
    "detail-type": str,
    "source": str,
    "account": str,
    "time": str,
    "region": str,
    "resources": [str],
}
WARNINGS = Maybe([{"code": int, "count": int}])
PHASE = {"status": str, "percentComplete": int}
OUTPUT = {
    "outputFilePaths": Maybe([str]),
    "durationInMs": int,
    "videoDetails": Maybe(
        {
            "widthInPx": int,
            "heightInPx": int,
            "averageBitrate": Maybe(int),
            "qvbrAvgQuality": Maybe(NUMBER),
            "qvbrMinQuality": Maybe(NUMBER),
            "qvbrMaxQuality": Maybe(NUMBER),
            "qvbrMinQualityLocation": Maybe(int),
            "qvbrMaxQualityLocation": Maybe(int),
        }
    ),
}
DOCUMENTED: dict[str, dict[str, Any]] = {
    "PROGRESSING": {},
    "CANCELED": {},
    "ERROR": {"errorCode": int, "errorMessage": str, "warnings": WARNINGS},
    "QUEUE_HOP": {"previousQueue": str, "priority": int, "previousPriority": int},
    "NEW_WARNING": {"warningCode": str, "warningMessage": str},
    "COMPLETE": {
        "warnings": WARNINGS,
        "outputGroupDetails": [{"outputDetails": [OUTPUT], "playlistFilePaths": Maybe([str]), "type": str}],
        "paddingInserted": Maybe(int),
        "blackVideoDetected": Maybe(int),
        "blackSegments": Maybe([{"start": int, "end": int}]),
    },
    "STATUS_UPDATE": {
        "framesDecoded": int,
        "jobProgress": {
            "phaseProgress": {"PROBING": PHASE, "TRANSCODING": PHASE, "UPLOADING": PHASE},
            "jobPercentComplete": int,
            "currentPhase": str,
            "retryCount": int,
        },
    },
    "INPUT_INFORMATION": {
        "inputDetails": [
            {
                "id": int,
                "uri": str,
                "audio": [{"channels": int, "codec": str, "language": str, "sampleRate": int, "streamId": int}],
                "video": [
                    {
                        "bitDepth": int,
                        "codec": str,
                        "colorFormat": str,
                        "fourCC": str,
                        "frameRate": NUMBER,
                        "height": int,
                        "interlaceMode": str,
                        "sar": str,
                        "standard": str,
                        "streamId": int,
                        "width": int,
                    }
                ],
            }
        ]
    },
}

PROBE = Probe(
    format="mov,mp4",
    size=1,
    start=Fraction(0),
    duration=Fraction(5),
    video=(
        VideoTrack(
            index=0,
            stream_id=1,
            codec="h264",
            profile="High",
            four_cc="avc1",
            width=1280,
            height=720,
            pixel_aspect=Fraction(1),
            frame_rate=Fraction(24000, 1001),
            is_variable=False,
            frames=120,
            start=Fraction(0),
            duration=Fraction(5),
            rotation=0,
            pixel_format="yuv420p",
            bit_depth=8,
            is_interlaced=False,
        ),
    ),
    audio=(
        AudioTrack(
            index=1,
            stream_id=2,
            codec="aac",
            channels=2,
            layout="stereo",
            sample_rate=48000,
            start=Fraction(0),
            duration=Fraction(5),
            language=None,
        ),
    ),
)
PICTURE = OutputOutcome(
    duration_ms=5000, width=1280, height=720, average_bitrate=1000, file_paths=("s3://out/film.mp4",)
)
SOUND = OutputOutcome(duration_ms=5000, width=None, height=None, average_bitrate=None, file_paths=("s3://out/a.mp4",))
ENDED = replace(
    JOB,
    outputs=(
        GroupOutcome(type="FILE_GROUP", outputs=(PICTURE, SOUND)),
        GroupOutcome(type="HLS_GROUP", outputs=(PICTURE,), playlist_paths=("s3://out/main.m3u8",)),
    ),
    warnings={230001: 1},
)


def _ending(job: Job, status: JobStatus) -> Mapping[str, Any]:
    return state_change.ending(replace(job, status=status, error_code=1040, error_message="It did not work."))


OURS: list[tuple[str, Mapping[str, Any]]] = [
    ("PROGRESSING", {}),
    ("CANCELED", _ending(ENDED, JobStatus.CANCELED)),
    ("ERROR", _ending(JOB, JobStatus.ERROR)),
    ("ERROR", _ending(ENDED, JobStatus.ERROR)),
    ("QUEUE_HOP", state_change.queue_hop(JOB, replace(JOB, queue=QueueName("urgent"), priority=10))),
    ("NEW_WARNING", state_change.new_warning(230001, "No color metadata.")),
    ("COMPLETE", _ending(ENDED, JobStatus.COMPLETE)),
    ("COMPLETE", _ending(replace(ENDED, warnings={}), JobStatus.COMPLETE)),
    ("STATUS_UPDATE", state_change.status_update(JOB)),
    ("STATUS_UPDATE", state_change.status_update(replace(JOB, phase=None))),
    ("INPUT_INFORMATION", state_change.input_information([input_details(PROBE, 1, "s3://in/film.mp4")])),
]


def test_no_occasion_is_left_out() -> None:
    """Each of the guide's."""
    assert {status for status, _extra in OURS} == set(DOCUMENTED)


@pytest.mark.parametrize(("status", "extra"), OURS, ids=lambda value: value if isinstance(value, str) else "")
def test_an_event_has_the_documented_members(status: str, extra: Mapping[str, Any]) -> None:
    """Every member of the guide's that is always there, none that the guide does not have, each of its type."""
    found = state_change.event("id-1", NOW, JOB, status, extra).envelope()
    _check(found, {**ENVELOPE, "detail": {**BASICS, **DOCUMENTED[status]}}, "")


def _check(value: Any, shape: Any, path: str) -> None:
    if isinstance(shape, Mapping):
        assert isinstance(value, dict), path
        required = {name for name, inner in shape.items() if not isinstance(inner, Maybe)}
        assert required <= set(value) <= set(shape), path
        for name, inner in value.items():
            said = shape[name]
            _check(inner, said.shape if isinstance(said, Maybe) else said, f"{path}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), path
        assert value, path
        for one in value:
            _check(one, shape[0], f"{path}[]")
    else:
        assert isinstance(value, shape), path
        assert not isinstance(value, bool), path
