"""What a linter says: findings in the shape of Access Analyzer's ValidatePolicy, with the place in the text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class PolicyKind(StrEnum):
    """What a policy is for: this decides which elements it has."""

    IDENTITY = "identity"
    """On a user, group or role; permissions boundaries and session policies too."""
    RESOURCE = "resource"
    """On a bucket, a key, an API."""
    TRUST = "trust"
    """On a role: who may assume it."""
    SCP = "scp"
    """A service control policy of an organization."""
    RCP = "rcp"
    """A resource control policy of an organization."""


class FindingKind(StrEnum):
    """How much a finding matters, as Access Analyzer ranks them."""

    ERROR = "ERROR"
    """A part of the policy does not work, or IAM would refuse the policy."""
    SECURITY_WARNING = "SECURITY_WARNING"
    """The policy allows more than it should."""
    WARNING = "WARNING"
    """The policy does not do what it seems to do."""
    SUGGESTION = "SUGGESTION"
    """The policy could be better, and decides the same."""


class Position(NamedTuple):
    """A place in a text, as Access Analyzer counts."""

    line: int
    """From 1."""
    column: int
    """From 0."""
    offset: int
    """In characters, from 0."""


class Span(NamedTuple):
    """A piece of a text."""

    start: Position
    end: Position
    """Behind the last character."""


Path = tuple[str | int, ...]
"""The way from the document to an element: names of members and numbers of list entries, from 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing to say about a policy."""

    kind: FindingKind
    code: str
    """Access Analyzer's code where it has one (`INVALID_ACTION`), else one of ours in the same style."""
    message: str
    """What is wrong, and what to do."""
    path: Path
    span: Span
    is_name: bool = False
    """The finding is about the name of the member that `path` ends in, not about its value."""

    def as_json(self) -> dict[str, Any]:
        """Access Analyzer's `ValidatePolicyFinding`, without a link."""
        path: list[dict[str, Any]] = [
            {"index": part} if isinstance(part, int) else {"value": part} for part in self.path
        ]
        if self.is_name and path:
            path[-1] = {"key": self.path[-1]}
        start, end = (dict(zip(Position._fields, place, strict=True)) for place in self.span)
        return {
            "findingType": self.kind.value,
            "issueCode": self.code,
            "findingDetails": self.message,
            "locations": [{"path": path, "span": {"start": start, "end": end}}],
        }
