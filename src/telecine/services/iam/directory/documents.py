"""Policy documents when they are written: checked, measured, and the principals of trust policies found in them."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from telecine.core.names import UniqueId
from telecine.policy import MalformedPolicy, check_identity_policy, check_trust_policy
from telecine.services.iam import errors

MANAGED_LIMIT = 6144
TRUST_LIMIT = 2048
"""Characters of a policy document, white space not counted (IAM user guide, "IAM and STS quotas")."""


def check_identity(text: str) -> None:
    """Raise `MalformedPolicyDocument` unless `text` may be a managed or inline policy."""
    try:
        check_identity_policy(text)
    except MalformedPolicy as problem:
        raise errors.malformed_policy(problem.message) from problem


def check_trust(text: str) -> None:
    """Raise unless `text` may be a trust policy, as far as the document alone tells."""
    try:
        check_trust_policy(text)
    except MalformedPolicy as problem:
        raise errors.malformed_policy(problem.message) from problem
    if size(text) > TRUST_LIMIT:
        raise errors.beyond_quota("ACLSizePerRole", TRUST_LIMIT)


def size(text: str) -> int:
    """Characters that count against quotas: all but white space."""
    return len("".join(text.split()))


def principals(text: str) -> list[str]:
    """The users, roles, sessions and accounts that a trust policy names, in order, services left out."""
    return [value for holder in _holders(json.loads(text)) for value in _strings(holder.get("AWS"))]


def with_principals(text: str, renamed: Mapping[str, str]) -> str:
    """The trust policy with AWS principals renamed; the text itself, letter for letter, when none changes."""
    if all(old == new for old, new in renamed.items()):
        return text
    document = json.loads(text)
    for holder in _holders(document):
        given = holder.get("AWS")
        if isinstance(given, str):
            holder["AWS"] = renamed.get(given, given)
        elif isinstance(given, list):
            holder["AWS"] = [renamed.get(value, value) for value in given]
    return json.dumps(document)


def current_name(written: str, unique_id: UniqueId, arn_of: Callable[[UniqueId], str | None]) -> str:
    """How a stored principal is shown now: by ARN while its entity lives, by unique id afterwards.

    IAM user guide, "AWS JSON policy elements: Principal". A role's session keeps its session name.
    """
    arn = arn_of(unique_id)
    _, is_session, session_path = written.partition(":assumed-role/")
    if is_session:
        return written if arn is not None else f"{unique_id}:{session_path.partition('/')[2]}"
    return arn or unique_id


def _holders(document: Any) -> Iterator[dict[str, Any]]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            yield principal


def _strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
