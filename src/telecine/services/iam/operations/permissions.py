"""Operations on the policies of users, groups and roles: each is made once and named for all three."""

from collections.abc import Callable

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Identity, Kind
from telecine.services.iam.operations.parameters import page
from telecine.services.iam.view import policies as view
from telecine.services.iam.view import shapes

Find = Callable[[Directory, Call, Params], Identity]
Made = Operation[Directory]


def operations() -> dict[str, Made]:
    """`PutUserPolicy`, `PutGroupPolicy`, …, by name."""
    return {
        pattern.format(kind.title()): make(kind)
        for kind in Kind
        for pattern, make in {
            "Put{}Policy": _put,
            "Get{}Policy": _get,
            "List{}Policies": _list,
            "Delete{}Policy": _delete,
            "Attach{}Policy": _attach,
            "Detach{}Policy": _detach,
            "ListAttached{}Policies": _list_attached,
        }.items()
    }


def _identity(kind: Kind, directory: Directory, call: Call, params: Params) -> Identity:
    if kind is Kind.USER:
        return directory.users.get(call.account, params["UserName"])
    if kind is Kind.GROUP:
        return directory.groups.get(call.account, params["GroupName"])
    return directory.roles.get(call.account, params["RoleName"])


def _put(kind: Kind) -> Made:
    def put(directory: Directory, call: Call, params: Params) -> Result:
        identity = _identity(kind, directory, call, params)
        directory.permissions.put(identity, params["PolicyName"], params["PolicyDocument"])
        return {}

    return put


def _get(kind: Kind) -> Made:
    def get(directory: Directory, call: Call, params: Params) -> Result:
        identity = _identity(kind, directory, call, params)
        text = directory.permissions.document(identity, params["PolicyName"])
        return {
            f"{kind.title()}Name": identity.name,
            "PolicyName": params["PolicyName"],
            "PolicyDocument": shapes.document(text),
        }

    return get


def _list(kind: Kind) -> Made:
    def names(directory: Directory, call: Call, params: Params) -> Result:
        found = directory.permissions.names(_identity(kind, directory, call, params), page(params))
        return shapes.page("PolicyNames", found.items, found)

    return names


def _delete(kind: Kind) -> Made:
    def delete(directory: Directory, call: Call, params: Params) -> Result:
        directory.permissions.delete(_identity(kind, directory, call, params), params["PolicyName"])
        return {}

    return delete


def _attach(kind: Kind) -> Made:
    def attach(directory: Directory, call: Call, params: Params) -> Result:
        directory.permissions.attach(_identity(kind, directory, call, params), params["PolicyArn"])
        return {}

    return attach


def _detach(kind: Kind) -> Made:
    def detach(directory: Directory, call: Call, params: Params) -> Result:
        directory.permissions.detach(_identity(kind, directory, call, params), params["PolicyArn"])
        return {}

    return detach


def _list_attached(kind: Kind) -> Made:
    def attached(directory: Directory, call: Call, params: Params) -> Result:
        identity = _identity(kind, directory, call, params)
        found = directory.permissions.attached(identity, params.get("PathPrefix", "/"), page(params))
        return shapes.page("AttachedPolicies", [view.attached_policy(policy) for policy in found.items], found)

    return attached


OPERATIONS: dict[str, Made] = operations()
