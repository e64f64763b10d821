"""STS's values as the model's output shapes."""

from typing import Any

from telecine.services.contract import Caller
from telecine.services.sts.model import AssumedRole, FederatedUser, SessionCredentials

Shape = dict[str, Any]


def credentials(credentials: SessionCredentials) -> Shape:
    """`Credentials`, the one answer that holds secret and token."""
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
        "Expiration": credentials.expires_at,
    }


def assumed_role(assumed: AssumedRole, packed_percent: int | None) -> Shape:
    """The output of AssumeRole."""
    source: Shape = {} if assumed.source_identity is None else {"SourceIdentity": assumed.source_identity}
    return {
        "Credentials": credentials(assumed.credentials),
        "AssumedRoleUser": {"AssumedRoleId": f"{assumed.role_id}:{assumed.session_name}", "Arn": assumed.arn},
        **_packed(packed_percent),
        **source,
    }


def federated_user(federated: FederatedUser, packed_percent: int | None) -> Shape:
    """The output of GetFederationToken."""
    return {
        "Credentials": credentials(federated.credentials),
        "FederatedUser": {"FederatedUserId": federated.user_id, "Arn": federated.arn},
        **_packed(packed_percent),
    }


def caller_identity(caller: Caller) -> Shape:
    """The output of GetCallerIdentity."""
    return {"UserId": caller.user_id, "Account": caller.principal.account, "Arn": caller.principal.arn}


def _packed(percent: int | None) -> Shape:
    """`PackedPolicySize`, when there were session policies or tags."""
    return {} if percent is None else {"PackedPolicySize": percent}
