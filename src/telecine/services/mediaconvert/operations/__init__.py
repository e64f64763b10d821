"""The operations of MediaConvert that this server has, a module per subject. Every other one is refused by name."""

from collections.abc import Mapping

from telecine.services.contract import Operation
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.operations import account, jobs, presets, queues, searches, tags, templates
from telecine.services.mediaconvert.operations.create_job import create_job

OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CreateJob": create_job,
    **account.OPERATIONS,
    **jobs.OPERATIONS,
    **presets.OPERATIONS,
    **queues.OPERATIONS,
    **searches.OPERATIONS,
    **tags.OPERATIONS,
    **templates.OPERATIONS,
}
"""By operation name."""
