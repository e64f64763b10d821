"""Managed policies and their versions."""

from telecine.services.iam.model import AttachedPolicy, CountedPolicy, Kind, Page, PolicyEntity, PolicyVersion
from telecine.services.iam.view.shapes import Shape, document, more, tagged


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
        "PermissionsBoundaryUsageCount": entry.boundaries,
        "IsAttachable": policy.is_attachable,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }


def policy_with_description(entry: CountedPolicy) -> Shape:
    """`Policy` but for its tags, as GetAccountAuthorizationDetails has it."""
    description = entry.policy.description
    described: Shape = {} if description is None else {"Description": description}
    return {**listed_policy(entry), **described}


def policy(entry: CountedPolicy) -> Shape:
    """`Policy` in full."""
    return {**policy_with_description(entry), **tagged(entry.policy.tags)}


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


def entities(found: Page[PolicyEntity]) -> Shape:
    """The output of ListEntitiesForPolicy: one page over three lists."""
    lists = {
        f"Policy{kind.title()}s": [
            {f"{kind.title()}Name": entity.name, f"{kind.title()}Id": entity.unique_id}
            for entity in found.items
            if entity.kind is kind
        ]
        for kind in Kind
    }
    return {**lists, **more(found)}


def attached_policy(policy: AttachedPolicy) -> Shape:
    """`AttachedPolicy`."""
    return {"PolicyName": policy.name, "PolicyArn": policy.arn}
