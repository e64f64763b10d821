"""ARNs of jobs and queues, and the names in them."""

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import QueueName

SERVICE = "mediaconvert"

DEFAULT_QUEUE = QueueName("Default")
"""The system queue that every account has."""


def job_arn(account: str, region: str, job_id: str) -> str:
    return str(Arn.of(SERVICE, account, f"jobs/{job_id}", region=region))


def queue_arn(account: str, region: str, name: str) -> str:
    return str(Arn.of(SERVICE, account, f"queues/{name}", region=region))


def queue_name(text: str, *, account: str, region: str) -> QueueName | None:
    """The name of the queue that `text` means, itself a name or the ARN of a queue in this account and region.

    None for any other ARN.
    """
    if not text.startswith("arn:"):
        return QueueName(text)
    try:
        name = Arn.parse(text).resource.removeprefix("queues/")
    except MalformedArn:
        return None
    return QueueName(name) if text == queue_arn(account, region, name) else None
