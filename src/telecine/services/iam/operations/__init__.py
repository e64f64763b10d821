"""IAM's operations by name."""

from telecine.services.contract import Operation
from telecine.services.iam.directory import Directory
from telecine.services.iam.operations import (
    account,
    boundaries,
    foreign_credentials,
    groups,
    instance_profiles,
    linked_roles,
    mfa,
    passwords,
    permissions,
    policies,
    roles,
    simulator,
    tags,
    users,
)

OPERATIONS: dict[str, Operation[Directory]] = {
    **users.OPERATIONS,
    **groups.OPERATIONS,
    **roles.OPERATIONS,
    **permissions.OPERATIONS,
    **policies.OPERATIONS,
    **tags.OPERATIONS,
    **boundaries.OPERATIONS,
    **instance_profiles.OPERATIONS,
    **linked_roles.OPERATIONS,
    **passwords.OPERATIONS,
    **mfa.OPERATIONS,
    **foreign_credentials.OPERATIONS,
    **account.OPERATIONS,
    **simulator.OPERATIONS,
}
