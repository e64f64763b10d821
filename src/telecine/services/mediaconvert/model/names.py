"""ARNs of jobs, queues, presets and job templates, and the names in them."""

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import QueueName

SERVICE = "mediaconvert"

DEFAULT_QUEUE = QueueName("Default")
"""The system queue that every account has."""


def job_arn(account: str, region: str, job_id: str) -> str:
    return str(Arn.of(SERVICE, account, f"jobs/{job_id}", region=region))


def queue_arn(account: str, region: str, name: str) -> str:
    return str(Arn.of(SERVICE, account, f"queues/{name}", region=region))


def preset_arn(account: str, region: str, name: str) -> str:
    return str(Arn.of(SERVICE, account, f"presets/{name}", region=region))


def template_arn(account: str, region: str, name: str) -> str:
    return str(Arn.of(SERVICE, account, f"jobTemplates/{name}", region=region))


def queue_name(text: str, *, account: str, region: str) -> QueueName | None:
    """The name of the queue that `text` means, itself a name or the ARN of a queue in this account and region.

    None for any other ARN.
    """
    name = _named(text, "queues/", account, region)
    return None if name is None else QueueName(name)


def preset_name(text: str, *, account: str, region: str) -> str | None:
    """The same of a preset."""
    return _named(text, "presets/", account, region)


def template_name(text: str, *, account: str, region: str) -> str | None:
    """The same of a job template."""
    return _named(text, "jobTemplates/", account, region)


def _named(text: str, kind: str, account: str, region: str) -> str | None:
    if not text.startswith("arn:"):
        return text
    try:
        name = Arn.parse(text).resource.removeprefix(kind)
    except MalformedArn:
        return None
    return name if text == str(Arn.of(SERVICE, account, f"{kind}{name}", region=region)) else None
