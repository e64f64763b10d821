"""What IAM keeps: identities, policies, keys, people's passwords and devices, accounts."""

from telecine.services.iam.model.identities import (
    SERVICE_LINKED_PATH,
    Group,
    Identity,
    InstanceProfile,
    Kind,
    Role,
    RoleUse,
    User,
    entity_arn,
    root_arn,
)
from telecine.services.iam.model.keys import AccessKey, Bootstrap, KeyUse, NewAccessKey, StoredKey
from telecine.services.iam.model.pages import DEFAULT_PAGE, Page, PageRequest
from telecine.services.iam.model.policies import (
    AWS_ACCOUNT,
    AttachedPolicy,
    CountedPolicy,
    EffectivePolicies,
    ManagedPolicy,
    NamedPolicy,
    PolicyVersion,
)

__all__ = [
    "AWS_ACCOUNT",
    "DEFAULT_PAGE",
    "SERVICE_LINKED_PATH",
    "AccessKey",
    "AttachedPolicy",
    "Bootstrap",
    "CountedPolicy",
    "EffectivePolicies",
    "Group",
    "Identity",
    "InstanceProfile",
    "KeyUse",
    "Kind",
    "ManagedPolicy",
    "NamedPolicy",
    "NewAccessKey",
    "Page",
    "PageRequest",
    "PolicyVersion",
    "Role",
    "RoleUse",
    "StoredKey",
    "User",
    "entity_arn",
    "root_arn",
]
