"""Operations on tags: each is made once and named for all that have tags."""

from collections.abc import Callable
from typing import Any

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.operations.parameters import page, tags
from telecine.services.iam.view import shapes


def tagging(noun: str, name: str, of: Callable[[Directory], Tagging[Any]]) -> dict[str, Operation[Directory]]:
    """`TagUser`, `UntagUser` and `ListUserTags` for the noun `User`, whose requests name it by the member `name`."""

    def tag(directory: Directory, call: Call, params: Params) -> Result:
        of(directory).add(call.account, params[name], tags(params))
        return {}

    def untag(directory: Directory, call: Call, params: Params) -> Result:
        of(directory).remove(call.account, params[name], params["TagKeys"])
        return {}

    def listing(directory: Directory, call: Call, params: Params) -> Result:
        found = of(directory).page(call.account, params[name], page(params))
        return shapes.page("Tags", shapes.tags(dict(found.items)), found)

    return {f"Tag{noun}": tag, f"Untag{noun}": untag, f"List{noun}Tags": listing}


OPERATIONS: dict[str, Operation[Directory]] = {
    **tagging("User", "UserName", lambda directory: directory.users.tagging),
    **tagging("Role", "RoleName", lambda directory: directory.roles.tagging),
    **tagging("Policy", "PolicyArn", lambda directory: directory.policies.tagging),
}
