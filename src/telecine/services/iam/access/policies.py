"""Who may work on managed policies."""

from telecine.services.contract import always
from telecine.services.iam.access.rows import Row, creating, on_policy, rows

ROWS: dict[str, Row] = rows(
    {
        "CreatePolicy": creating("policy", "iam:TagPolicy"),
        "GetPolicy": on_policy,
        "GetPolicyVersion": on_policy,
        "ListPolicyVersions": on_policy,
        "ListPolicies": always,
        "CreatePolicyVersion": on_policy,
        "SetDefaultPolicyVersion": on_policy,
        "DeletePolicyVersion": on_policy,
        "ListEntitiesForPolicy": on_policy,
        "DeletePolicy": on_policy,
    }
)
