"""IAM's SQL. Every function takes the connection of its caller's transaction and gives back values of the model."""

from telecine.services.iam.store import (
    accounts,
    attempts,
    details,
    groups,
    instance_profiles,
    keys,
    linked_roles,
    mfa,
    passwords,
    permissions,
    policies,
    uses,
)
from telecine.services.iam.store.entities import (
    GROUPS,
    IDENTITIES,
    ROLES,
    USERS,
    insert_group,
    insert_role,
    insert_user,
    living,
)

__all__ = [
    "GROUPS",
    "IDENTITIES",
    "ROLES",
    "USERS",
    "accounts",
    "attempts",
    "details",
    "groups",
    "insert_group",
    "insert_role",
    "insert_user",
    "instance_profiles",
    "keys",
    "linked_roles",
    "living",
    "mfa",
    "passwords",
    "permissions",
    "policies",
    "uses",
]
