"""A sound job, and checks of it."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from services.conftest import ACCOUNT, Aws, Keys
from services.operator.test_operator_api import call

IN, OUT = "films-in", "films-out"
FILM = f"s3://{IN}/film.mp4"
MEDIACONVERT = {"Service": "mediaconvert.amazonaws.com"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{IN}/*"}
WRITE = {
    "Effect": "Allow",
    "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    "Resource": f"arn:aws:s3:::{OUT}/*",
}
LIST = {"Effect": "Allow", "Action": "s3:ListBucketMultipartUploads", "Resource": f"arn:aws:s3:::{OUT}"}
QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"
SUBMIT = {"Effect": "Allow", "Action": "mediaconvert:CreateJob", "Resource": "*"}
SOUND: dict[str, Any] = {
    "Inputs": [{"FileInput": FILM, "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": f"s3://{OUT}/sound/film"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "AudioDescriptions": [
                        {
                            "AudioSourceName": "Audio Selector 1",
                            "CodecSettings": {
                                "Codec": "AAC",
                                "AacSettings": {
                                    "Bitrate": 96000,
                                    "CodingMode": "CODING_MODE_2_0",
                                    "SampleRate": 48000,
                                },
                            },
                        }
                    ],
                }
            ],
        }
    ],
}


def wire(value: Any, *, is_map: bool = False) -> Any:
    """A job by the model's names as the wire has it."""
    if isinstance(value, Mapping):
        return {
            key if is_map else key[:1].lower() + key[1:]: wire(inner, is_map=key in {"AudioSelectors", "Tags"})
            for key, inner in value.items()
        }
    return [wire(one) for one in value] if isinstance(value, list) else value


def check(aws: Aws, role: str, keys: Keys | None = None, **members: Any) -> dict[str, Any]:
    """The answer to a check."""
    job = {"Role": role, "Settings": SOUND, **members}
    status, found = call(aws, "POST", "/_/check-job", wire(job), keys=keys)
    answer: dict[str, Any] = found
    assert status == 200, found
    return answer


def settings(**changes: Any) -> dict[str, Any]:
    """The job with members of its input or its destination changed."""
    made = copy.deepcopy(SOUND)
    made["Inputs"][0].update({name: value for name, value in changes.items() if name != "Destination"})
    if "Destination" in changes:
        made["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]["Destination"] = changes["Destination"]
    return made


def missing(side: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a principal lacks: action, resource, decision."""
    return [
        (one["action"], one["resource"], one["decision"]) for one in side["permissions"] if one["decision"] != "allowed"
    ]


def statements(side: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements that would grant it, for an identity policy."""
    return [
        json.loads(step["statement"])
        for one in side["permissions"]
        for step in one["steps"]
        if "statement" in step and step["family"] == "identity"
    ]
