"""What each operation of IAM needs: action, resource and condition keys (Service Authorization Reference, "IAM").

Rows run before parameters are validated: a member may be missing or odd. The resource then is one which cannot exist,
and whoever may do the action at all hears of the mistake.
"""

from collections.abc import Sequence

from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Need, Params
from telecine.services.iam import errors
from telecine.services.iam.access import (
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
from telecine.services.iam.access.rows import Row
from telecine.services.iam.directory import Directory


def _within_session(row: Row) -> Row:
    """`row`, for callers whose session is not kept out of IAM.

    STS API reference, "GetSessionToken": with its credentials "you cannot call any IAM API operations unless MFA
    authentication information is included in the request"; "GetFederationToken": "you cannot call any IAM operations".
    AWS answers as to a key that it does not know.
    """

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        caller = call.caller
        is_federated = caller.principal.kind is PrincipalKind.FEDERATED_USER
        if caller.is_limited and (is_federated or caller.mfa_at is None):
            raise errors.kept_out()
        return row(directory, call, params)

    return needs


_ROWS: dict[str, Row] = {
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
    **foreign_credentials.ROWS,
    **account.ROWS,
    **simulator.ROWS,
}

ROWS: dict[str, Row] = {operation: _within_session(row) for operation, row in _ROWS.items()}
"""By operation name."""
