"""The face of S3: buckets, objects and multipart uploads, durable and consistent.

Bytes come first: a file is whole and durable before one transaction makes a row name it. So nothing that was
acknowledged is lost, and nothing that was not is seen.
"""

from telecine.services.s3.objects.datakeys import DataKey, Plan, check_customer, check_decided
from telecine.services.s3.objects.face import Objects, OpenObject

__all__ = ["DataKey", "Objects", "OpenObject", "Plan", "check_customer", "check_decided"]
