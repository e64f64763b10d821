"""GetSessionToken and GetFederationToken: sessions of users and of the root user."""

from datetime import datetime

from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Params, Result
from telecine.services.sts import errors, view
from telecine.services.sts.model import SessionTags
from telecine.services.sts.operations import requested
from telecine.services.sts.sessions import Sessions

_DEFAULT_SECONDS = 43_200
_ROOT_SECONDS = 3600
"""The root user's sessions last no longer, whatever is asked for (STS API reference, "GetSessionToken")."""


def get_session_token(sessions: Sessions, call: Call, params: Params) -> Result:
    """Temporary credentials of the caller itself, which tell of MFA when it shows a device."""
    requested.refuse_unsupported("GetSessionToken", params)
    given = sessions.session_token(call.caller, seconds=_seconds(call, params), mfa_at=_mfa_at(sessions, call, params))
    return {"Credentials": view.credentials(given)}


def get_federation_token(sessions: Sessions, call: Call, params: Params) -> Result:
    """Temporary credentials for somebody whom the caller vouches for."""
    requested.refuse_unsupported("GetFederationToken", params)
    policies = requested.policies(sessions, call.account, params)
    tags = requested.tags(params)
    packed = requested.packed_percent(policies, tags)
    federated = sessions.federation_token(
        call.caller,
        params["Name"],
        seconds=_seconds(call, params),
        policies=policies,
        tags=SessionTags(values=tags),
    )
    return view.federated_user(federated, packed)


def _seconds(call: Call, params: Params) -> int:
    wanted: int = params.get("DurationSeconds", _DEFAULT_SECONDS)
    return min(wanted, _ROOT_SECONDS) if call.caller.principal.kind is PrincipalKind.ROOT else wanted


def _mfa_at(sessions: Sessions, call: Call, params: Params) -> datetime | None:
    serial_number, code = params.get("SerialNumber"), params.get("TokenCode")
    if serial_number is None and code is None:
        return None
    if serial_number is None or code is None:
        raise errors.mfa_incomplete()
    return sessions.verify_mfa(call.caller, serial_number, code)
