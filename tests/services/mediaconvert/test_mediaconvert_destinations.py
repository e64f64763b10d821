"""What a job asks of the S3 that its outputs go to, through boto3 and the whole edge."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.app.ground import Remote
from telecine.core.names import Region

Aws = Any  # the fixture of tests/services/conftest.py

HLS = {
    "Type": "HLS_GROUP_SETTINGS",
    "HlsGroupSettings": {"Destination": "s3://films/hls/", "MinSegmentLength": 0, "SegmentLength": 4},
}
FILE = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": "s3://films/out/"}}
VIDEO = {"CodecSettings": {"Codec": "H_264", "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000}}}


def _job(aws: Aws, *classes: str | None) -> dict[str, Any]:
    """A job with a file and a stream, on these storage classes; None: nothing is said of it."""
    groups = []
    for group, container, asked in zip((FILE, HLS), ("MP4", "M3U8"), classes, strict=True):
        (kind,) = (name for name in group if name != "Type")
        given = {} if asked is None else {"DestinationSettings": {"S3Settings": {"StorageClass": asked}}}
        output = {
            "NameModifier": "_a",
            "ContainerSettings": {"Container": container},
            "VideoDescription": {**VIDEO, "Width": 640, "Height": 360},
        }
        settings = {"Type": group["Type"], kind: {**group[kind], **given}}  # type: ignore[dict-item]
        groups.append({"OutputGroupSettings": settings, "Outputs": [output]})
    inputs = [{"FileInput": "s3://films/in/film.mp4", "VideoSelector": {}}]
    role = f"arn:aws:iam::{aws.account}:role/media"
    return {"Role": role, "Settings": {"Inputs": inputs, "OutputGroups": groups}}


def _remote(folder: Path, *, s3_url: str | None = None, kms_url: str | None = None) -> Remote:
    return Remote(credentials_file=folder / "credentials", region=Region("us-east-1"), s3_url=s3_url, kms_url=kms_url)


@pytest.mark.parametrize("asked", ["GLACIER", "DEEP_ARCHIVE"])
def test_a_class_that_must_be_restored_is_refused_before_the_work(aws: Aws, asked: str) -> None:
    """400 with the path of each, and no job: our S3 would refuse the finished outputs."""
    client = aws.client("mediaconvert")
    with pytest.raises(ClientError) as caught:
        client.create_job(**_job(aws, asked, asked))
    more = f"{asked} is not supported by this server, whose S3 does not restore objects: use GLACIER_IR or STANDARD_IA."
    below = "destinationSettings/s3Settings/storageClass"
    assert caught.value.response["Error"]["Code"] == "BadRequestException"
    assert caught.value.response["Error"]["Message"].split(" | ") == [
        f"/outputGroups/0/outputGroupSettings/fileGroupSettings/{below}: {more}",
        f"/outputGroups/1/outputGroupSettings/hlsGroupSettings/{below}: {more}",
    ]
    assert client.list_jobs()["Jobs"] == []


@pytest.mark.parametrize(
    "asked", [None, "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]
)
def test_every_other_class_is_what_s3_takes(aws: Aws, asked: str | None) -> None:
    """What a job may ask for, S3 keeps."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="films")
    job = aws.client("mediaconvert").create_job(**_job(aws, asked, asked))["Job"]
    assert job["Status"] == "SUBMITTED"
    s3.put_object(Bucket="films", Key="out", Body=b"x", **({} if asked is None else {"StorageClass": asked}))
    assert s3.head_object(Bucket="films", Key="out").get("StorageClass", "STANDARD") == (asked or "STANDARD")


def test_another_servers_s3_decides_by_itself(make_aws: Callable[..., Aws], tmp_path: Path) -> None:
    """With `--s3-endpoint` it may be AWS's, which archives."""
    aws = make_aws(remote=_remote(tmp_path, s3_url="https://s3.us-east-1.amazonaws.com"))
    made = aws.client("mediaconvert").create_job(**_job(aws, "GLACIER", "DEEP_ARCHIVE"))["Job"]
    assert made["Status"] == "SUBMITTED"


def test_with_another_servers_kms_alone_the_s3_is_ours(make_aws: Callable[..., Aws], tmp_path: Path) -> None:
    """What our S3 does not keep is refused also where keys are elsewhere."""
    aws = make_aws(remote=_remote(tmp_path, kms_url="https://kms.us-east-1.amazonaws.com"))
    with pytest.raises(ClientError, match="GLACIER is not supported by this server"):
        aws.client("mediaconvert").create_job(**_job(aws, "GLACIER", None))
