"""A sink is what a rule of EventBridge with one target is, on the default bus: the same actions on the same ARN.

Source: Service Authorization Reference, "Amazon EventBridge". Two things have no counterpart there, and are our
decision: dead letters are shown to whoever may see the rule and its targets, and sent again for whoever may put
targets.
"""

from collections.abc import Sequence

from telecine.core.arn import Arn
from telecine.services.contract import Call, Need, Needs, Params, always
from telecine.services.operator.face import Operator


def _on_rule(*actions: str) -> Needs[Operator]:
    """All of these actions, on the rule of the sink's name."""

    def needs(_operator: Operator, call: Call, params: Params) -> Sequence[Need]:
        rule = str(Arn.of("events", call.account, f"rule/{params.get('name', '')}", region=call.region))
        return tuple(Need(action=f"events:{action}", resource=rule) for action in actions)

    return needs


ROWS: dict[str, Needs[Operator]] = {
    "AddEventSink": _on_rule("PutRule", "PutTargets"),
    "GetEventSink": _on_rule("DescribeRule", "ListTargetsByRule"),
    "ListDeadLetters": _on_rule("DescribeRule", "ListTargetsByRule"),
    "ListEventSinks": always("events:ListRules"),
    "PauseEventSink": _on_rule("DisableRule"),
    "RedriveDeadLetters": _on_rule("PutTargets"),
    "RemoveEventSink": _on_rule("RemoveTargets", "DeleteRule"),
    "ResumeEventSink": _on_rule("EnableRule"),
}
