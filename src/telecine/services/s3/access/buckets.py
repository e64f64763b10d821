"""Who may work on buckets, their configurations and their policies."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Need, Needs, Params, request_tags
from telecine.services.s3 import circumstances, tags
from telecine.services.s3.access import guards
from telecine.services.s3.model import bucket_arn
from telecine.services.s3.objects import Objects


def list_buckets(_face: Objects, call: Call, _params: Params) -> Sequence[Need]:
    # Policies grant it on `*` or, as S3's own examples do, on `arn:aws:s3:::*`.
    return (Need(action="s3:ListAllMyBuckets", resource=bucket_arn("*"), context=circumstances.of_signature(call)),)


def create_bucket(_face: Objects, call: Call, params: Params) -> Sequence[Need]:
    context = {
        **guards.said(params, guards.CONTEXT_MEMBERS),
        **circumstances.of_signature(call),
        "s3:ResourceAccount": call.account,
    }
    location = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    own: dict[str, str | Sequence[str]] = {"s3:LocationConstraint": location} if isinstance(location, str) else {}
    given = tags.said((params.get("CreateBucketConfiguration") or {}).get("Tags"))
    tagged = request_tags(given)
    resource = bucket_arn(params["Bucket"])
    need = Need(
        action="s3:CreateBucket",
        resource=resource,
        resource_account=call.account,
        context={**context, **own, **tagged},
    )
    needs = [need]
    if guards.gives_acl(params):
        needs.append(replace(need, action="s3:PutBucketAcl", context={**context, **own}))
    if given:
        signed = {**circumstances.of_signature(call), "s3:ResourceAccount": call.account}
        needs.append(replace(need, action="s3:TagResource", context={**signed, **tagged}))
    return needs


def on_bucket(action: str, members: Mapping[str, str] | None = None) -> Needs[Objects]:
    """A row of one action on the bucket, with condition keys from `members`."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = guards.of_bucket(face, call, params["Bucket"])
        return (guards.need(on, action, on.bucket.arn, guards.said(params, members or {})),)

    return needs


def on_policy(action: str) -> Needs[Objects]:
    """A row of one action on a bucket's policy, which cannot keep the owner's root user from it.

    S3 API reference, "PutBucketPolicy": "the root principal in a bucket owner's AWS account can perform the
    GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy explicitly denies
    the root principal's access".
    """

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = guards.of_bucket(face, call, params["Bucket"])
        principal = call.caller.principal
        if principal.kind is PrincipalKind.ROOT and principal.account == on.bucket.account:
            on = on._replace(policy=None)
        return (guards.need(on, action, on.bucket.arn, {}),)

    return needs
