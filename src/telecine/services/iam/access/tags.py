"""Who may tag, and see the tags of, what IAM keeps."""

from collections.abc import Callable, Sequence

from telecine.services.contract import Call, Need, Params, request_tags
from telecine.services.iam.access.rows import Resource, Row, named, need, text
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Kind

Find = Callable[[Directory, Call, Params], Resource | str]
"""What the request names, or the ARN that it would have."""


def tagging(noun: str, find: Find) -> dict[str, Row]:
    """The rows of `TagUser`, `UntagUser` and `ListUserTags` for the noun `User`."""

    def tag(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        return (need(f"iam:Tag{noun}", find(directory, call, params), request_tags(params.get("Tags"))),)

    def untag(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        given = params.get("TagKeys")
        keys = [str(key) for key in given] if isinstance(given, list) else []
        context = {"aws:TagKeys": keys} if keys else {}
        return (need(f"iam:Untag{noun}", find(directory, call, params), context),)

    def listing(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        return (need(f"iam:List{noun}Tags", find(directory, call, params)),)

    return {f"Tag{noun}": tag, f"Untag{noun}": untag, f"List{noun}Tags": listing}


def _identity(kind: Kind) -> Find:
    return lambda directory, call, params: named(directory, call, kind, params)


def _policy(directory: Directory, call: Call, params: Params) -> Resource | str:
    arn = text(params, "PolicyArn")
    return directory.policies.existing(call.account, arn) or arn or "*"


ROWS: dict[str, Row] = {
    **tagging("User", _identity(Kind.USER)),
    **tagging("Role", _identity(Kind.ROLE)),
    **tagging("Policy", _policy),
}
