"""Distinct types for distinct strings, so that a type checker tells an account id from a job id."""

import re
from typing import NewType

AccountId = NewType("AccountId", str)
"""Twelve digits."""

Region = NewType("Region", str)
"""Such as `us-east-1`."""

AccessKeyId = NewType("AccessKeyId", str)
"""`AKIA…` for long-term keys, `ASIA…` for temporary ones; 20 characters."""

UniqueId = NewType("UniqueId", str)
"""IAM's never reused id of an entity: `AIDA…` user, `AROA…` role, `ANPA…` managed policy; 21 characters."""

RequestId = NewType("RequestId", str)
"""A UUID, new for each request, the same in header and body."""

JobId = NewType("JobId", str)
"""A MediaConvert job: `<epoch milliseconds>-<6 base36 characters>`."""

BucketName = NewType("BucketName", str)
ObjectKey = NewType("ObjectKey", str)
QueueName = NewType("QueueName", str)

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def is_bucket_name(text: str) -> bool:
    """Whether a bucket could have this name (S3 user guide, "General purpose bucket naming rules")."""
    return _BUCKET.fullmatch(text) is not None and ".." not in text


PARTITION = "aws"
MEDIACONVERT_PRINCIPAL = "mediaconvert.amazonaws.com"
