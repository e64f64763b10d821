"""Who may simulate."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params, always
from telecine.services.iam.access.rows import Made, Row, need, rows, text
from telecine.services.iam.directory import Directory


def _on_source(action: str) -> Row:
    """The row of an action on the user, group or role whose policies are looked at: the real one, path and all."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        arn = text(params, "PolicySourceArn")
        return (need(action, directory.simulator.find(call.account, arn) or arn or "*"),)

    return needs


_MADE: dict[str, Made] = {
    "SimulatePrincipalPolicy": _on_source,
    "GetContextKeysForPrincipalPolicy": _on_source,
    "SimulateCustomPolicy": always,
    "GetContextKeysForCustomPolicy": always,
}

ROWS: dict[str, Row] = rows(_MADE)
