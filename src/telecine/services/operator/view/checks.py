"""What a check of a job has found, as the answer shows it."""

import json
from typing import Any

from telecine.policy import Answer
from telecine.services.contract import Result
from telecine.services.operator.checks import Permission, Problem, Report, Side, Step, Unchecked

_DECISIONS = {
    Answer.ALLOW: "allowed",
    Answer.EXPLICIT_DENY: "explicitDeny",
    Answer.IMPLICIT_DENY: "implicitDeny",
}
"""As IAM's simulators write them."""


def report(found: Report) -> Result:
    return {
        "canSubmit": found.can_submit,
        "canRun": found.can_run,
        "caller": _side(found.caller),
        "role": None if found.role is None else _side(found.role),
        "problems": [_problem(one) for one in found.problems],
        "notChecked": [_unchecked(one) for one in found.unchecked],
    }


def _side(found: Side) -> dict[str, Any]:
    return {"principal": found.principal, "permissions": [_permission(one) for one in found.permissions]}


def _permission(found: Permission) -> dict[str, Any]:
    return {
        "action": found.action,
        "resource": found.resource,
        "purpose": found.purpose,
        "decision": _DECISIONS[found.decision],
        "required": found.is_required,
        "steps": [_step(step) for step in found.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "family": str(step.family),
        "where": step.where,
        "statement": None if step.statement is None else json.dumps(step.statement),
        "note": step.note or None,
    }


def _problem(found: Problem) -> dict[str, Any]:
    return {"code": found.code, "message": found.message, "refused": found.is_refused}


def _unchecked(found: Unchecked) -> dict[str, Any]:
    return {"what": found.what, "why": found.why, "action": found.action, "resource": found.resource}
