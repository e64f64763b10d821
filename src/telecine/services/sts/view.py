"""STS's values as the model's output shapes."""

from typing import Any

from telecine.services.contract import Caller
from telecine.services.sts.model import AssumedRole, SessionCredentials

Shape = dict[str, Any]


def credentials(credentials: SessionCredentials) -> Shape:
    """`Credentials`, the one answer that holds secret and token."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expires_at,
    }


def assumed_role(assumed: AssumedRole) -> Shape:
    """The output of AssumeRole."""
    packed: Shape = {} if assumed.packed_percent is None else {"PackedPolicySize": assumed.packed_percent}
    return {
        "Credentials": credentials(assumed.credentials),
        "AssumedRoleUser": {"AssumedRoleId": f"{assumed.role_id}:{assumed.session_name}", "Arn": assumed.arn},
        **packed,
    }


def caller_identity(caller: Caller) -> Shape:
    """The output of GetCallerIdentity."""
    return {"UserId": caller.user_id, "Account": caller.principal.account, "Arn": caller.principal.arn}
