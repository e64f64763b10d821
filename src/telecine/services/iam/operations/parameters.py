"""Parameters that many operations share: whose user, which page, which tags."""

from telecine.core.tags import Tags, problems
from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Params
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import DEFAULT_PAGE, PageRequest, User


def page(params: Params) -> PageRequest:
    """Marker and MaxItems."""
    return PageRequest(marker=params.get("Marker"), size=params.get("MaxItems", DEFAULT_PAGE))


def tags(params: Params) -> Tags:
    """Tags as a mapping. Raises `InvalidInput` for keys that differ in case alone, and for reserved ones."""
    given = params.get("Tags", [])
    found: Tags = {tag["Key"]: tag["Value"] for tag in given}
    if len({key.lower() for key in found}) < len(given):
        raise errors.duplicate_tags()
    wrong = problems(found)
    if wrong:
        raise errors.invalid_tags(wrong[0])
    return found


def user_or_caller(directory: Directory, call: Call, params: Params) -> User | None:
    """The user that UserName names, else the caller; None for the root user.

    Raises `NoSuchEntity`, and `ValidationError` for a role session that names nobody.
    """
    if "UserName" in params:
        return directory.users.get(call.account, params["UserName"])
    if call.caller.principal.kind is PrincipalKind.ROOT:
        return None
    user = directory.users.by_id(call.caller.identity_id or "")
    if user is None:
        raise errors.must_name_user()
    return user


def refuse(operation: str, params: Params, *members: str) -> None:
    """Raise for the first of `members` that asks for something which this server does not do."""
    for member in members:
        if params.get(member):
            raise errors.unsupported(operation, member)
