"""How much a session may carry with it."""

from collections.abc import Mapping

from telecine.services.sts.model import SessionPolicies

PACKED_ROOM = 2048
"""Characters of all session policies together, managed ones by ARN (STS API reference, "AssumeRole"), and of the
session tags with them. AWS packs both into a binary format whose limit it does not tell; ours is plain text."""


def packed_size(policies: SessionPolicies | None, tags: Mapping[str, str]) -> int:
    """Characters that session policies and tags of a request take up."""
    own = 0 if policies is None else len(policies.document or "") + sum(map(len, policies.arns))
    return own + sum(len(key) + len(value) for key, value in tags.items())


def percent(size: int) -> int:
    """`size` in percent of the room, rounded up; above 100 it does not fit."""
    return -(-100 * size // PACKED_ROOM)
