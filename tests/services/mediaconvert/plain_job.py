"""A plain job, and what becomes of calls that make it."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::111122223333:role/service-role/MediaConvert_Default_Role"
QUEUE = "arn:aws:mediaconvert:us-east-1:111122223333:queues/Default"
SETTINGS: dict[str, Any] = {
    "TimecodeConfig": {"Source": "ZEROBASED"},
    "Inputs": [
        {
            "FileInput": "s3://films/in/film.mp4",
            "TimecodeSource": "ZEROBASED",
            "VideoSelector": {},
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
        }
    ],
    "OutputGroups": [
        {
            "Name": "File Group",
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://films/out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4", "Mp4Settings": {}},
                    "VideoDescription": {
                        "Width": 640,
                        "Height": 360,
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {
                                "RateControlMode": "QVBR",
                                "MaxBitrate": 1_000_000,
                                "SceneChangeDetect": "ENABLED",
                            },
                        },
                    },
                    "AudioDescriptions": [
                        {
                            "AudioSourceName": "Audio Selector 1",
                            "CodecSettings": {
                                "Codec": "AAC",
                                "AacSettings": {
                                    "Bitrate": 96_000,
                                    "CodingMode": "CODING_MODE_2_0",
                                    "SampleRate": 48_000,
                                },
                            },
                        }
                    ],
                }
            ],
        }
    ],
}


def changed(*path: str | int, value: Any) -> dict[str, Any]:
    """SETTINGS with one value changed."""
    changed = copy.deepcopy(SETTINGS)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]
