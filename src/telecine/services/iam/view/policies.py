"""Managed policies and their versions."""

from telecine.services.iam.model import AttachedPolicy, CountedPolicy, PolicyVersion
from telecine.services.iam.view.shapes import Shape, document, tagged


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
    return {**listed_policy(entry), **described, **tagged(entry.policy.tags)}


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
