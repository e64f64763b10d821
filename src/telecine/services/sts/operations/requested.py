"""What callers ask for with a session: policies that limit it, tags, a longer token. Checked, or refused by name."""

from collections.abc import Collection

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.policy import MalformedPolicy, check_identity_policy
from telecine.services.contract import Params
from telecine.services.sts import errors
from telecine.services.sts.model import SessionPolicies
from telecine.services.sts.sessions import PACKED_ROOM, Sessions, packed_size, percent

_POLICY_ARNS = 10
_TOKEN_SIZE = 64
"""How long our session tokens are: whoever asks for no more gets what is asked for."""


def refuse_unsupported(operation: str, params: Params) -> None:
    """Raise `ValidationError` for members that ask for what this server does not do."""
    if params.get("ProvidedContexts"):
        raise errors.unsupported(operation, "ProvidedContexts")
    if params.get("MinimumSessionTokenSize", 0) > _TOKEN_SIZE:
        raise errors.unsupported(operation, "MinimumSessionTokenSize")


def tags(params: Params, inherited: Collection[str] = ()) -> Tags:
    """The session tags. Raises `InvalidParameterValue`, also for a key of those that the session inherits."""
    given: Tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
    keys = [str(tag["Key"]).lower() for tag in params.get("Tags", [])]
    if len(set(keys)) < len(keys):
        raise errors.duplicate_tags()
    if not set(keys).isdisjoint(key.lower() for key in inherited):
        raise errors.transitive_tag_is_set()
    for key in given:
        if key.lower().startswith("aws:"):
            raise errors.reserved_tag(key)
    return given


def policies(sessions: Sessions, account: AccountId, params: Params) -> SessionPolicies | None:
    """The session policies; None when there are none. Managed ones are those of `account`, of the role or user."""
    document = params.get("Policy")
    arns = tuple(entry.get("arn", "") for entry in params.get("PolicyArns", []))
    if document is None and not arns:
        return None
    if len(arns) > _POLICY_ARNS:
        raise errors.too_many_policy_arns(_POLICY_ARNS)
    if document is not None and len(document) <= PACKED_ROOM:  # what is larger is refused for that
        try:
            check_identity_policy(document)
        except MalformedPolicy as problem:
            raise errors.malformed_policy(problem.message) from problem
    for arn in arns:
        if not sessions.has_policy(account, arn):
            raise errors.no_such_policy(arn)
    return SessionPolicies(document=document, arns=arns)


def packed_percent(policies: SessionPolicies | None, tags: Tags) -> int | None:
    """How much of the room for session policies and tags is in use; None without any. Raises `PackedPolicyTooLarge`."""
    if policies is None and not tags:
        return None
    used = percent(packed_size(policies, tags))
    if used > 100:
        too_large = errors.packed_tags_too_large if policies is None else errors.packed_policy_too_large
        raise too_large(used)
    return used
