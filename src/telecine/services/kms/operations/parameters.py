"""Parameters that many operations share: which key, which page, which encryption context, which tags."""

from collections.abc import Mapping
from typing import Any

from telecine.core.tags import Tags, problems
from telecine.services.contract import Call, Params
from telecine.services.kms import errors
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.authority import pin
from telecine.services.kms.model import MAX_CONTEXT_BYTES, Key, Page, PageRequest


def key(face: Keys, call: Call, params: Params) -> Key:
    """The key that `KeyId` names; what kind of name the operation takes, its access row has seen to."""
    return face.resolve(call.account, params["KeyId"])


def decided(face: Keys, call: Call, params: Params, action: str, member: str = "KeyId") -> Key:
    """The key that `member` names, if it is the one that `action` has been allowed on.

    Between decision and operation its alias may have been given to another. Raises KeyUnavailableException.
    """
    found = face.resolve(call.account, params[member])
    if pin(action, found) not in call.pins:
        raise errors.changed_meanwhile(found.arn)
    return found


def page(params: Params, *, default: int, most: int) -> PageRequest:
    """Marker and Limit. Raises ValidationException for a limit beyond the operation's own."""
    size = params.get("Limit", default)
    if size > most:
        raise errors.validation(
            f"1 validation error detected: Value '{size}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
    return PageRequest(size=size, marker=params.get("Marker"))


def paging(shown: Page[Any]) -> dict[str, object]:
    """NextMarker and Truncated."""
    more: dict[str, object] = {} if shown.marker is None else {"NextMarker": shown.marker}
    return {**more, "Truncated": shown.marker is not None}


def encryption_context(params: Params, member: str = "EncryptionContext") -> Mapping[str, str]:
    """Raises ValidationException for one that is too long."""
    context: Mapping[str, str] = params.get(member) or {}
    if sum(len(name.encode()) + len(value.encode()) for name, value in context.items()) > MAX_CONTEXT_BYTES:
        raise errors.validation(f"The encryption context has more than {MAX_CONTEXT_BYTES} bytes.")
    return context


def tags(params: Params) -> Tags:
    """Raises TagException for keys that come twice, for reserved ones and for signs that tags cannot have."""
    given = params.get("Tags") or []
    found: Tags = {tag["TagKey"]: tag["TagValue"] for tag in given}
    if len(found) < len(given):
        raise errors.tag_problem("Duplicate tag keys")
    wrong = problems(found)
    if wrong:
        raise errors.tag_problem(wrong[0])
    return found


def finish(params: Params) -> None:
    """Raise DryRunOperationException when the request is to go this far and no further."""
    if params.get("DryRun"):
        raise errors.dry_run()


def refuse(operation: str, params: Params, *members: str) -> None:
    """Raise UnsupportedOperationException for the first of `members` that asks for what this server does not do."""
    for member in members:
        if params.get(member):
            raise errors.unsupported(f"The parameter {member} of {operation} is not supported by this server.")
