"""IAM's values as the model's output shapes. Documents are shown URL-encoded (RFC 3986), as IAM shows them."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam.model import (
    AccessKey,
    AttachedPolicy,
    CountedPolicy,
    Identity,
    ManagedPolicy,
    NewAccessKey,
    Page,
    PolicyVersion,
    Role,
    User,
    root_arn,
)

Shape = dict[str, Any]


def document(text: str) -> str:
    """A policy document as answers carry it."""
    return quote(text, safe="")


def tags(tags: Tags) -> list[Shape]:
    """A list of `Tag`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def page(member: str, shapes: list[Any], page: Page[Any]) -> Shape:
    """A listing's output: the entries under `member`, and how to go on."""
    more: Shape = {} if page.marker is None else {"Marker": page.marker}
    return {member: shapes, "IsTruncated": page.marker is not None, **more}


def listed_user(user: User) -> Shape:
    """`User` as ListUsers has it: without tags."""
    used: Shape = {} if user.password_last_used is None else {"PasswordLastUsed": user.password_last_used}
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created_at,
        **used,
    }


def user(user: User) -> Shape:
    """`User` in full."""
    return {**listed_user(user), **_tagged(user)}


def root_user(account: AccountId, created_at: datetime) -> Shape:
    """`User` of the root user, which has neither name nor path."""
    return {"UserId": account, "Arn": root_arn(account), "CreateDate": created_at}


def listed_role(role: Role) -> Shape:
    """`Role` as ListRoles has it: without tags and last use."""
    described: Shape = {} if role.description is None else {"Description": role.description}
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": document(role.trust_policy),
        **described,
        "MaxSessionDuration": role.max_session_seconds,
    }


def role(role: Role) -> Shape:
    """`Role` in full."""
    return {**listed_role(role), **_tagged(role)}


def access_key(key: AccessKey) -> Shape:
    """`AccessKeyMetadata`: no secret. The root user's keys have no user name."""
    named: Shape = {} if key.user_name is None else {"UserName": key.user_name}
    return {
        **named,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": key.created_at,
    }


def new_access_key(new: NewAccessKey) -> Shape:
    """`AccessKey`, the one answer that holds a secret."""
    return {**access_key(new.key), "SecretAccessKey": new.secret_access_key}


def listed_policy(entry: CountedPolicy) -> Shape:
    """`Policy` as ListPolicies has it: without description and tags."""
    policy = entry.policy
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.unique_id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.default_version}",
        "AttachmentCount": entry.attachments,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }


def policy(entry: CountedPolicy) -> Shape:
    """`Policy` in full."""
    description = entry.policy.description
    described: Shape = {} if description is None else {"Description": description}
    return {**listed_policy(entry), **described, **_tagged(entry.policy)}


def listed_version(version: PolicyVersion) -> Shape:
    """`PolicyVersion` as ListPolicyVersions has it: without the document."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.is_default,
        "CreateDate": version.created_at,
    }


def version(version: PolicyVersion) -> Shape:
    """`PolicyVersion` in full."""
    return {"Document": document(version.document), **listed_version(version)}


def attached_policy(policy: AttachedPolicy) -> Shape:
    """`AttachedPolicy`."""
    return {"PolicyName": policy.name, "PolicyArn": policy.arn}


def _tagged(entity: Identity | ManagedPolicy) -> Shape:
    return {"Tags": tags(entity.tags)} if entity.tags else {}
