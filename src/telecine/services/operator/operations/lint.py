"""The linter of policies."""

from telecine.policy import catalogue
from telecine.policy.lint import PolicyKind, lint
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.operator.face import Operator


def lint_policy(_operator: Operator, _call: Call, params: Params) -> Result:
    """What is wrong with the policy: `telecine.policy.lint`, as `telecine policy lint` prints it."""
    found = lint(params["policy"], kind=PolicyKind(params["kind"]), catalogue=catalogue.load())
    return {"findings": [finding.as_json() for finding in found]}


OPERATIONS: dict[str, Operation[Operator]] = {"Lint": lint_policy}
