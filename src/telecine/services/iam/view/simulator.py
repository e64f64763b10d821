"""Results of simulations."""

from telecine.policy import Answer
from telecine.services.iam.model.simulations import MatchedStatement, Outcome, SimulatedAction
from telecine.services.iam.view.shapes import Shape

_DECISIONS = {
    Answer.ALLOW: "allowed",
    Answer.EXPLICIT_DENY: "explicitDeny",
    Answer.IMPLICIT_DENY: "implicitDeny",
}


def evaluation_result(found: SimulatedAction) -> Shape:
    """`EvaluationResult`."""
    outcome = found.outcome
    shape: Shape = {
        "EvalActionName": found.action,
        "EvalResourceName": found.resource,
        "EvalDecision": _DECISIONS[outcome.answer],
        **_details(outcome),
    }
    if outcome.allowed_by_organization is not None:
        shape["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": outcome.allowed_by_organization}
    if found.by_resource:
        shape["ResourceSpecificResults"] = [
            {
                "EvalResourceName": resource,
                "EvalResourceDecision": _DECISIONS[one.answer],
                **_details(one),
            }
            for resource, one in found.by_resource
        ]
    return shape


def _details(outcome: Outcome) -> Shape:
    """What the result of an action and that of one resource have in common."""
    shape: Shape = {
        "MatchedStatements": [_statement(one) for one in outcome.statements],
        "MissingContextValues": list(outcome.missing_keys),
    }
    if outcome.by_kind is not None:
        shape["EvalDecisionDetails"] = {kind: _DECISIONS[answer] for kind, answer in outcome.by_kind.items()}
    if outcome.allowed_by_boundary is not None:
        shape["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": outcome.allowed_by_boundary}
    return shape


def _statement(matched: MatchedStatement) -> Shape:
    span = matched.span
    return {
        "SourcePolicyId": matched.source_id,
        "SourcePolicyType": matched.kind,
        "StartPosition": {"Line": span.start_line, "Column": span.start_column},
        "EndPosition": {"Line": span.end_line, "Column": span.end_column},
    }
