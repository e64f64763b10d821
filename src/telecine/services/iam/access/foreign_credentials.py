"""Who may see credentials for services that are not here."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params
from telecine.services.iam.access.rows import Made, Row, on_own_user, rows
from telecine.services.iam.directory import Directory


def _on_own_or_all(action: str) -> Row:
    one = on_own_user(action)

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        return (Need(action=action),) if params.get("AllUsers") is True else one(directory, call, params)

    return needs


_MADE: dict[str, Made] = {
    "ListSSHPublicKeys": on_own_user,
    "ListSigningCertificates": on_own_user,
    "ListServiceSpecificCredentials": _on_own_or_all,
}

ROWS: dict[str, Row] = rows(_MADE)
