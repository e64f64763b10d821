"""What each operation of IAM needs: action, resource and condition keys (Service Authorization Reference, "IAM").

Rows run before parameters are validated: a member may be missing or odd. The resource then is one which cannot exist,
and whoever may do the action at all hears of the mistake.
"""

from telecine.services.iam.access import (
    account,
    boundaries,
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
from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {
    **users.ROWS,
    **groups.ROWS,
    **roles.ROWS,
    **permissions.ROWS,
    **policies.ROWS,
    **tags.ROWS,
    **boundaries.ROWS,
    **instance_profiles.ROWS,
    **linked_roles.ROWS,
    **passwords.ROWS,
    **mfa.ROWS,
    **account.ROWS,
    **simulator.ROWS,
}
