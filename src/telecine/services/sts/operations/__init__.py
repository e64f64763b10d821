"""STS's operations by name."""

from telecine.core.names import AccessKeyId
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.sts import errors, view
from telecine.services.sts.operations.assume_role import assume_role
from telecine.services.sts.operations.tokens import get_federation_token, get_session_token
from telecine.services.sts.sessions import Sessions


def get_caller_identity(_sessions: Sessions, call: Call, _params: Params) -> Result:
    """Who signed the request. AWS tells everybody, whatever policies say."""
    return view.caller_identity(call.caller)


def get_access_key_info(sessions: Sessions, _call: Call, params: Params) -> Result:
    """The account of a key, long-term or temporary, of whatever account and in whatever state."""
    account = sessions.account_of(AccessKeyId(params["AccessKeyId"]))
    if account is None:
        raise errors.unknown_key()
    return {"Account": account}


def decode_authorization_message(_sessions: Sessions, _call: Call, _params: Params) -> Result:
    """Always raises InvalidAuthorizationMessageException: no service of this server encodes what it says of a denial.

    AWS has it for services that do, such as EC2. Here `telecine why` and `GET /_/audit` tell it.
    """
    raise errors.invalid_authorization_message()


OPERATIONS: dict[str, Operation[Sessions]] = {
    "AssumeRole": assume_role,
    "DecodeAuthorizationMessage": decode_authorization_message,
    "GetAccessKeyInfo": get_access_key_info,
    "GetCallerIdentity": get_caller_identity,
    "GetFederationToken": get_federation_token,
    "GetSessionToken": get_session_token,
}
