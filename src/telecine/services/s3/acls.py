"""Canned ACLs: what they grant, as S3 lists it and as policies would say it. Pure.

They count where a bucket's ownership is not enforced. Every object belongs to its bucket's owner here, so of a canned
ACL only what it grants to everybody, or to whoever has a name, makes a difference.
Source: S3 user guide, "Access control list (ACL) overview".
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from telecine.policy import ResourcePolicy, ResourceRule
from telecine.services.s3.model import Bucket, Ownership

PRIVATE = "private"
OWNER_FULL_CONTROL = "bucket-owner-full-control"
_GROUPS = "http://acs.amazonaws.com/groups/global/"
_EVERYBODY, _NAMED = f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"
_GRANTED: Mapping[str, Sequence[tuple[str, str]]] = {
    "authenticated-read": ((_NAMED, "READ"),),
    "public-read": ((_EVERYBODY, "READ"),),
    "public-read-write": ((_EVERYBODY, "READ"), (_EVERYBODY, "WRITE")),
}
"""By canned ACL: to which group which permission, beside the owner's full control."""

PUBLIC = frozenset(_GRANTED)
"""Those that let in callers whom nobody chose (S3 user guide, "The meaning of public")."""

OBJECT_READ = ("s3:GetObject", "s3:GetObjectVersion")
BUCKET_READ = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")


def grants(acl: str | None, owner: Mapping[str, object]) -> list[dict[str, object]]:
    """The grants of a canned ACL, None for `private`, on what belongs to `owner`."""
    own: dict[str, object] = {"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    groups: list[dict[str, object]] = [
        {"Grantee": {"Type": "Group", "URI": group}, "Permission": permission}
        for group, permission in _GRANTED.get(acl or PRIVATE, ())
    ]
    return [own, *groups]


def opened(
    policy: ResourcePolicy | None, bucket: Bucket, acl: str | None, actions: Sequence[str]
) -> ResourcePolicy | None:
    """`policy` with what the canned ACL grants, where the bucket has ACLs count."""
    block = bucket.public_access_block
    if bucket.ownership is Ownership.ENFORCED or (block is not None and block.ignore_public_acls):
        return policy
    granted = _statement(acl, actions)
    return policy if granted is None else with_statement(policy, granted, "access control list")


def with_statement(policy: ResourcePolicy | None, statement: Mapping[str, Any], name: str) -> ResourcePolicy:
    """`policy` with one more statement; called `name` when there was none.

    The statement need not name a resource: the need that the policy is for is about one thing alone.
    """
    document: dict[str, Any] = {"Statement": []} if policy is None else json.loads(policy.text)
    others = document["Statement"]
    # Behind the bucket's own, which keep their places, and so their names in explanations.
    document["Statement"] = [*(others if isinstance(others, list) else [others]), statement]
    return ResourcePolicy(
        text=json.dumps(document), rule=ResourceRule.SUFFICIENT, name=name if policy is None else policy.name
    )


def _statement(acl: str | None, actions: Sequence[str]) -> dict[str, object] | None:
    """What the ACL's READ would be in a policy on the thing it stands on; None when it opens it to nobody."""
    granted = _GRANTED.get(acl or PRIVATE)
    if granted is None:
        return None
    open_: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*"}
    if granted[0][0] == _NAMED:
        open_["Condition"] = {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}
    return open_
