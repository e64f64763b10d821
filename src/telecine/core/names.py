"""Distinct types for distinct strings, so that a type checker tells an account id from a job id."""

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

PARTITION = "aws"
MEDIACONVERT_PRINCIPAL = "mediaconvert.amazonaws.com"
