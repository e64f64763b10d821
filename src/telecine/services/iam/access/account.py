"""Who may see and change what belongs to the account as a whole."""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Need, Params, always
from telecine.services.iam.access.rows import Made, Resource, Row, need, rows, text
from telecine.services.iam.directory import Directory


def _on_identity(action: str) -> Row:
    """The row of an action on the user, group or role whose ARN the request gives."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        arn = text(params, "Arn")
        return (need(action, _identity(directory, call, arn) or arn or "*"),)

    return needs


def _identity(directory: Directory, call: Call, arn: str) -> Resource | None:
    try:
        return directory.account_details.identity(call.account, arn)
    except ApiError:  # no ARN of an identity: the operation says so, to those who may do it at all
        return None


_MADE: dict[str, Made] = {
    "GetAccountSummary": always,
    "GetAccountAuthorizationDetails": always,
    "CreateAccountAlias": always,
    "ListAccountAliases": always,
    "DeleteAccountAlias": always,
    "ListPoliciesGrantingServiceAccess": _on_identity,
}

ROWS: dict[str, Row] = rows(_MADE)
