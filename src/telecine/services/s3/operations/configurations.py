"""What buckets can be asked about and do not have: S3's answers for a bucket that never had any.

GetBucketAccelerateConfiguration, GetBucketLogging, GetBucketNotificationConfiguration, GetBucketReplication,
GetBucketRequestPayment, GetBucketWebsite, GetObjectLockConfiguration; of analytics, inventory, metrics and
intelligent tiering the lists, and each by its id. Terraform reads them of every bucket. What would write them is
refused by name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.s3 import absences
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms

_ANSWERS: Mapping[str, Mapping[str, Any] | Callable[[str], ApiError]] = {
    "GetBucketAccelerateConfiguration": {},
    "GetBucketAnalyticsConfiguration": absences.no_such_configuration,
    "GetBucketIntelligentTieringConfiguration": absences.no_such_configuration,
    "GetBucketInventoryConfiguration": absences.no_such_configuration,
    "GetBucketLogging": {},
    "GetBucketMetricsConfiguration": absences.no_such_configuration,
    "GetBucketNotificationConfiguration": {},
    "GetBucketReplication": absences.no_replication,
    "GetBucketRequestPayment": {"Payer": "BucketOwner"},
    "GetBucketWebsite": absences.no_website,
    "GetObjectLockConfiguration": absences.no_object_lock,
    "ListBucketAnalyticsConfigurations": {"IsTruncated": False},
    "ListBucketIntelligentTieringConfigurations": {"IsTruncated": False},
    "ListBucketInventoryConfigurations": {"IsTruncated": False},
    "ListBucketMetricsConfigurations": {"IsTruncated": False},
}
"""By operation: what it answers, or the error that says that there is none, given the bucket's name."""


def _answering(name: str, answer: Mapping[str, Any] | Callable[[str], ApiError]) -> Operation[Objects]:
    def operation(face: Objects, _call: Call, params: Params) -> Result:
        terms.check(name, params)
        bucket = terms.bucket(face, params)
        if callable(answer):
            raise answer(bucket.name)
        return answer

    return operation


OPERATIONS: Mapping[str, Operation[Objects]] = {name: _answering(name, answer) for name, answer in _ANSWERS.items()}
