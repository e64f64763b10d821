"""What access rows of MediaConvert are made of: a need on a queue, job, preset or template with its tags.

Rows run before validation, so that any member may be absent.
"""

from collections.abc import Sequence

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId
from telecine.policy import Context
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import queue_arn, queue_name


def on(face: Lifecycle, call: Call, action: str, arn: str, context: Context) -> Need:
    """`action` on a queue or job with its tags.

    One of another account cannot be allowed, for MediaConvert has no resource policies: so nobody learns whether it
    exists (MediaConvert user guide, "How AWS Elemental MediaConvert works with IAM"). Nor does anybody learn its tags,
    which a Deny of the caller's own could ask for.
    """
    account = account_of(arn)
    tags = face.tags(arn) if account == call.account else {}
    return Need(
        action=action,
        resource=arn or "*",
        resource_account=account,
        context={**{f"aws:ResourceTag/{key}": value for key, value in tags.items()}, **context},
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
