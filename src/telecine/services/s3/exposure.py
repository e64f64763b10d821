"""Whether a bucket policy is public: whether it may let in callers whom nobody chose.

S3 user guide, "The meaning of public": a policy is taken for public unless whatever it allows, it allows to principals
that it names, or to requests with one of a few keys at a fixed value, one without wildcard and policy variable. What
it denies makes no difference.
"""

import json
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from telecine.policy import compile_policy
from telecine.policy.document import Clause, Statement

_KEPT = 1024

_TELLING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
"""In small letters. A caller cannot choose their values."""

_CHOOSING = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})
"""Operators that are true for the given values alone, and false when the key is absent."""

_BROADEST = {4: 8, 6: 32}
"""Shorter prefixes than these, by IP version, are as good as everybody."""


@lru_cache(maxsize=_KEPT)
def is_public(text: str) -> bool:
    """Whether the policy `text`, which compiles, is public."""
    statements = compile_policy(text).body.document.statements
    return any(statement.effect == "Allow" and _is_open(statement) for statement in statements)


@lru_cache(maxsize=_KEPT)
def closed(text: str) -> str:
    """The policy `text` without what it allows."""
    document = json.loads(text)
    given = document["Statement"]
    statements = given if isinstance(given, list) else [given]
    document["Statement"] = [statement for statement in statements if statement["Effect"] != "Allow"]
    return json.dumps(document)


def _is_open(statement: Statement) -> bool:
    if statement.principal is not None and "*" not in statement.principal.aws:
        return False
    return not any(_narrows(clause) for clause in statement.conditions)


def _narrows(clause: Clause) -> bool:
    key, operator = clause.key.lower(), clause.operator.removeprefix("ForAnyValue:")
    if key == "aws:sourceip":
        return operator == "IpAddress" and bool(clause.values) and all(map(_is_narrow_range, clause.values))
    return (
        key in _TELLING_KEYS
        and operator in _CHOOSING
        and bool(clause.values)
        and not any(letter in value for value in clause.values for letter in ("*", "?", "${"))
    )


def _is_narrow_range(value: str) -> bool:
    try:
        network: IPv4Network | IPv6Network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST[network.version]
