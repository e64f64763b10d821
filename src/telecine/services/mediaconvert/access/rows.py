"""What access rows of MediaConvert are made of: a need on a queue, job, preset or template with its tags.

Rows run before validation, so that any member may be absent.
"""

from collections.abc import Hashable, Sequence

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId
from telecine.media import merge
from telecine.policy import Context
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    preset_arn,
    preset_name,
    queue_arn,
    queue_name,
    template_arn,
    template_name,
)

MOST_REFERENCES = 200
"""How many queues and presets one request may name. Our decision: the largest ladders have some tens of outputs."""


def on(face: Lifecycle, call: Call, action: str, arn: str, context: Context, pin: Hashable = None) -> Need:
    """`action` on a queue, job, preset or template with its tags.

    One of another account cannot be allowed, for MediaConvert has no resource policies: so nobody learns whether it
    exists (MediaConvert user guide, "How AWS Elemental MediaConvert works with IAM"). Nor does anybody learn its tags,
    which a Deny of the caller's own could ask for.
    """
    account = account_of(arn)
    tags = face.tags.of(arn) if account == call.account else {}
    return Need(
        action=action,
        resource=arn or "*",
        resource_account=account,
        context={**{f"aws:ResourceTag/{key}": value for key, value in tags.items()}, **context},
        pin=pin,
    )


def account_of(arn: str) -> AccountId | None:
    """The account that an ARN names; None when it names none, or is no ARN."""
    try:
        return AccountId(Arn.parse(arn).account) or None
    except MalformedArn:
        return None


def of_listing(action: str) -> Needs[Lifecycle]:
    """`action` on the queue whose jobs are asked for; on all where none is named."""

    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        if "Queue" not in params:
            return (Need(action=action),)
        return (on(face, call, action, named_queue(call, params["Queue"]), {}),)

    return needs


def named_queue(call: Call, text: str) -> str:
    """The ARN of the queue that a request means; other ARNs as they are, which no operation will find."""
    name = queue_name(text, account=call.account, region=call.region)
    return text if name is None else queue_arn(call.account, call.region, name)


def named_preset(call: Call, text: str) -> str:
    """The same of a preset."""
    name = preset_name(text, account=call.account, region=call.region)
    return text if name is None else preset_arn(call.account, call.region, name)


def named_template(call: Call, text: str) -> str:
    """The same of a job template."""
    name = template_name(text, account=call.account, region=call.region)
    return text if name is None else template_arn(call.account, call.region, name)


def references(face: Lifecycle, call: Call, action: str, params: Params, context: Context) -> Sequence[Need]:
    """`action` on the queues and on every preset that `params` name: "every one referenced" (service authorization
    reference), also the system's, whose ARNs are in the caller's account. Each is pinned.

    Whoever may not use a queue shall not get there by a hop: each one that the job may run in is asked for.
    """
    return tuple(on(face, call, action, arn, context, pin=arn) for arn in _referenced(call, params))


def check_references(call: Call, params: Params) -> None:
    """Raises BadRequestException for a request that names more than anybody needs. Each is decided on, for anybody
    who can sign; so this is asked before anything is read for the answer to tell."""
    if len(_referenced(call, params)) > MOST_REFERENCES:
        raise errors.issues([("/", f"Should name at most {MOST_REFERENCES} different queues and presets")])


def _referenced(call: Call, params: Params) -> Sequence[str]:
    arns = [named_queue(call, params["Queue"])] if params.get("Queue") else []
    arns += [named_queue(call, hop.get("Queue") or DEFAULT_QUEUE) for hop in params.get("HopDestinations") or ()]
    arns += [named_preset(call, name) for _path, name in merge.presets(params.get("Settings", {}))]
    return list(dict.fromkeys(arns))
