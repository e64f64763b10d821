"""The operations of MediaConvert that this server has. Every other one is refused by name at the edge."""

from collections.abc import Mapping

from telecine.services.contract import Operation
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.operations import jobs, queues, tags
from telecine.services.mediaconvert.operations.create_job import create_job

OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CancelJob": jobs.cancel_job,
    "CreateJob": create_job,
    "DescribeEndpoints": queues.describe_endpoints,
    "GetJob": jobs.get_job,
    "GetQueue": queues.get_queue,
    "ListJobs": jobs.list_jobs,
    "ListQueues": queues.list_queues,
    "ListTagsForResource": tags.list_tags_for_resource,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
"""By operation name."""
