"""Operations on the account as a whole."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.account_details import SECTIONS
from telecine.services.iam.model import Page
from telecine.services.iam.operations.parameters import page
from telecine.services.iam.view import account as view
from telecine.services.iam.view import shapes


def get_account_summary(directory: Directory, call: Call, _params: Params) -> Result:
    return {"SummaryMap": directory.account_details.summary(call.account)}


def get_account_authorization_details(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.account_details.page(call.account, params.get("Filter") or SECTIONS, page(params))
    return view.authorization_details(found)


def create_account_alias(directory: Directory, call: Call, params: Params) -> Result:
    directory.aliases.create(call.account, params["AccountAlias"])
    return {}


def list_account_aliases(directory: Directory, call: Call, params: Params) -> Result:
    _only_page(params)
    alias = directory.aliases.of(call.account)
    return shapes.page("AccountAliases", [] if alias is None else [alias], Page(items=[], marker=None))


def delete_account_alias(directory: Directory, call: Call, params: Params) -> Result:
    directory.aliases.delete(call.account, params["AccountAlias"])
    return {}


def list_policies_granting_service_access(directory: Directory, call: Call, params: Params) -> Result:
    _only_page(params)
    identity = directory.account_details.identity(call.account, params["Arn"])
    if identity is None:
        raise errors.no_such_identity(params["Arn"])
    entries = [
        view.granting(namespace, directory.account_details.granting(identity, namespace))
        for namespace in params["ServiceNamespaces"]
    ]
    return shapes.page("PoliciesGrantingServiceAccess", entries, Page(items=[], marker=None))


def _only_page(params: Params) -> None:
    """Raise for a marker: the listing has one page, and gave none out."""
    if "Marker" in params:
        raise errors.invalid_marker()


OPERATIONS: dict[str, Operation[Directory]] = {
    "GetAccountSummary": get_account_summary,
    "GetAccountAuthorizationDetails": get_account_authorization_details,
    "CreateAccountAlias": create_account_alias,
    "ListAccountAliases": list_account_aliases,
    "DeleteAccountAlias": delete_account_alias,
    "ListPoliciesGrantingServiceAccess": list_policies_granting_service_access,
}
