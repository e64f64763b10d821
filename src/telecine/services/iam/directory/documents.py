"""Policy documents when they are written: checked, measured, and the principals of resource policies found in them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from telecine.core.arn import Arn
from telecine.core.names import UniqueId
from telecine.policy import MalformedPolicy, check_identity_policy, check_trust_policy
from telecine.services.iam import errors
from telecine.services.iam.directory import quotas

_UNIQUE_ID = re.compile(r"(AIDA[A-Z2-7]{17}|AROA[A-Z2-7]{17}(?=:|$))(?::(.+))?")
"""How a principal is shown whose entity is gone: a user, a role, or a session of a role."""


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
    if size(text) > quotas.TRUST_POLICY_SIZE:
        raise errors.beyond_quota("ACLSizePerRole", quotas.TRUST_POLICY_SIZE)


def size(text: str) -> int:
    """Characters that count against quotas: all but white space."""
    return len("".join(text.split()))


def principals(text: str) -> list[str]:
    """The users, roles, sessions and accounts that a resource policy names, in order, services left out."""
    return [value for holder in _holders(json.loads(text)) for value in _strings(holder.get("AWS"))]


def canonical_users(text: str) -> list[str]:
    """The accounts that a resource policy names by S3's canonical user ids."""
    return [value for holder in _holders(json.loads(text)) for value in _strings(holder.get("CanonicalUser"))]


def with_principals(text: str, renamed: Mapping[str, str]) -> str:
    """The policy with AWS principals renamed; the text itself, letter for letter, when none changes."""
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


def by_unique_id(principal: str) -> tuple[UniqueId, str] | None:
    """The unique id that stands as a principal, and the name of the role's session, if it is one, behind it."""
    found = _UNIQUE_ID.fullmatch(principal)
    return None if found is None else (UniqueId(found[1]), found[2] or "")


def current_name(written: str, unique_id: UniqueId, arn_of: Callable[[UniqueId], str | None]) -> str:
    """How a stored principal is shown now: by ARN while its entity lives, by unique id afterwards.

    IAM user guide, "AWS JSON policy elements: Principal". A role's session keeps its session name.
    """
    arn = arn_of(unique_id)
    if arn == written:
        return written
    session = _session_name(written)
    if not session:
        return arn or unique_id
    if arn is None:
        return f"{unique_id}:{session}"
    role = Arn.parse(arn)
    return str(Arn.of("sts", role.account, f"assumed-role/{role.resource.rpartition('/')[2]}/{session}"))


def _session_name(written: str) -> str:
    known = by_unique_id(written)
    if known is not None:
        return known[1]
    return written.partition(":assumed-role/")[2].partition("/")[2]


def _holders(document: Any) -> Iterator[dict[str, Any]]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in ("Principal", "NotPrincipal"):
            if isinstance(statement.get(element), dict):
                yield statement[element]


def _strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
