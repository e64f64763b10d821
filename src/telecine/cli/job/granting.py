"""Policies that would grant what a check of a job found missing: one document, as short as it can be. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Checked = Mapping[str, Any]
"""A principal of CheckJob's answer, or one of its permissions."""


def missing(side: Checked) -> list[Checked]:
    """The permissions that are not allowed."""
    return [one for one in side["permissions"] if one["decision"] != "allowed"]


def document(side: Checked) -> dict[str, Any] | None:
    """One identity policy with every statement that the principal lacks there; None when it lacks none."""
    wanted = [
        json.loads(step["statement"])
        for one in missing(side)
        for step in one["steps"]
        if step["family"] == "identity" and step.get("statement")
    ]
    return {"Version": "2012-10-17", "Statement": merged(wanted)} if wanted else None


def merged(statements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Statements that say the same in fewer: those on one resource together, then those of the same actions."""
    by_resource = _joined(statements, "Resource", "Action")
    return _joined(by_resource, "Action", "Resource")


def _joined(statements: Iterable[Mapping[str, Any]], alike: str, gathered: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for statement in statements:
        rest = {name: value for name, value in statement.items() if name != gathered}
        key = json.dumps({**rest, alike: sorted(_listed(rest[alike]))}, sort_keys=True)
        kept = found.setdefault(key, {**statement, gathered: []})
        kept[gathered] += [value for value in _listed(statement[gathered]) if value not in kept[gathered]]
    return [{**one, gathered: _short(one[gathered])} for one in found.values()]


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _short(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def command(principal: str) -> str | None:
    """The command that gives the document in `grant.json` to a user or role; None for others, who have no policies."""
    kind, _, name = principal.rpartition(":")[2].partition("/")
    if kind not in {"user", "role"} or not name:
        return None
    return (
        f"aws iam put-{kind}-policy --{kind}-name {name.rpartition('/')[2]} --policy-name telecine-job "
        "--policy-document file://grant.json"
    )
