"""What each operation of STS needs (Service Authorization Reference, "STS").

Rows run before parameters are validated: a member may be missing or odd.
"""

import re
from collections.abc import Sequence

from telecine.policy import Context, Family, PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Need, Needs, Params, always, nothing_needed, request_tags
from telecine.services.iam.directory.trust import is_closed_to
from telecine.services.sts import errors
from telecine.services.sts.model import Inheritance, federated_user_arn
from telecine.services.sts.sessions import ASSUME_ROLE, Sessions, is_role_arn, role_account, role_tags, trust_policy

TAG_SESSION = "sts:TagSession"
SET_SOURCE_IDENTITY = "sts:SetSourceIdentity"

_TRUSTS_NOBODY = '{"Version":"2012-10-17","Statement":[]}'
_TOKEN_CODE = re.compile(r"[0-9]{6}")
_CONDITIONS = (
    ("sts:RoleSessionName", "RoleSessionName"),
    ("sts:ExternalId", "ExternalId"),
    ("sts:SourceIdentity", "SourceIdentity"),
)


def _assume_role(sessions: Sessions, call: Call, params: Params) -> Sequence[Need]:
    """The role's trust policy must allow it, and so it must the tags and the source identity of the session.

    A role that does not exist answers as one that trusts nobody. What the session inherits counts as given: its tags
    need sts:TagSession, its source identity sts:SetSourceIdentity, though nobody passes them (IAM user guide, "Monitor
    and control actions taken with assumed roles"). `aws:RequestTag` holds what is passed alone: who cares for inherited
    tags looks at `aws:PrincipalTag`, for they are the caller's.
    """
    caller = call.caller
    if caller.principal.kind is PrincipalKind.ROOT:
        raise errors.root_cannot_assume()
    if caller.principal.kind is PrincipalKind.FEDERATED_USER:
        raise errors.not_with_session("AssumeRole")
    mfa = _mfa(sessions, call, params)
    arn = params.get("RoleArn")
    if not isinstance(arn, str) or not is_role_arn(arn):
        # No role can have that name. Who may assume roles at all is told so by the operation.
        return (Need(action=ASSUME_ROLE),)
    inherited = sessions.inherited(caller)
    role = sessions.role(arn)
    nobody = ResourcePolicy(text=_TRUSTS_NOBODY, rule=ResourceRule.REQUIRED, family=Family.TRUST, name=arn)
    context = {
        **mfa,
        **_given(params, inherited),
        **_request_tags(params),
        **({} if role is None or is_closed_to(role, caller.principal) else role_tags(role)),
    }
    return tuple(
        Need(
            action=action,
            resource=arn,
            resource_account=role_account(arn),
            context=context,
            resource_policy=nobody if role is None else trust_policy(role),
        )
        for action in _actions(params, inherited)
    )


def _actions(params: Params, inherited: Inheritance) -> list[str]:
    actions = [ASSUME_ROLE]
    if params.get("Tags") or inherited.tags:
        actions.append(TAG_SESSION)
    if params.get("SourceIdentity") or inherited.source_identity is not None:
        actions.append(SET_SOURCE_IDENTITY)
    return actions


def _given(params: Params, inherited: Inheritance) -> Context:
    given = {key: str(params[member]) for key, member in _CONDITIONS if member in params}
    if inherited.source_identity is not None:
        given.setdefault("sts:SourceIdentity", inherited.source_identity)
    return given


def _mfa(sessions: Sessions, call: Call, params: Params) -> Context:
    """The condition keys of an MFA device that the caller shows with this request; its code counts from here on.

    Policies look at it, so it is verified before they are asked. A code which is none is left to validation.
    """
    serial_number, code = params.get("SerialNumber"), params.get("TokenCode")
    if serial_number is None and code is None:
        return {}
    if not isinstance(serial_number, str) or not isinstance(code, str):
        raise errors.mfa_incomplete()
    if not _TOKEN_CODE.fullmatch(code):
        return {}
    sessions.verify_mfa(call.caller, serial_number, code)
    return {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}


def _request_tags(params: Params) -> Context:
    context = dict(request_tags(params.get("Tags")))
    transitive = params.get("TransitiveTagKeys")
    if isinstance(transitive, list) and transitive:
        context["sts:TransitiveTagKeys"] = [str(key) for key in transitive]
    return context


def _get_session_token(_sessions: Sessions, call: Call, _params: Params) -> Sequence[Need]:
    """No permission: policies do not control how users authenticate (IAM user guide, "Permissions for
    GetSessionToken")."""
    if call.caller.is_temporary:
        raise errors.not_with_session("GetSessionToken")
    return ()


def _get_federation_token(_sessions: Sessions, call: Call, params: Params) -> Sequence[Need]:
    """On the federated user, a name that policies may limit; tags need sts:TagSession as well."""
    if call.caller.is_temporary:
        raise errors.not_with_session("GetFederationToken")
    resource = federated_user_arn(call.account, str(params.get("Name", "")))
    actions = ("sts:GetFederationToken", TAG_SESSION) if params.get("Tags") else ("sts:GetFederationToken",)
    return tuple(Need(action=action, resource=resource, context=_request_tags(params)) for action in actions)


def _get_access_key_info(_sessions: Sessions, call: Call, _params: Params) -> Sequence[Need]:
    if call.caller.is_limited:
        raise errors.not_with_session("GetAccessKeyInfo")
    return (Need(action="sts:GetAccessKeyInfo"),)


ROWS: dict[str, Needs[Sessions]] = {
    "AssumeRole": _assume_role,
    "DecodeAuthorizationMessage": always("sts:DecodeAuthorizationMessage"),
    "GetAccessKeyInfo": _get_access_key_info,
    "GetCallerIdentity": nothing_needed,
    "GetFederationToken": _get_federation_token,
    "GetSessionToken": _get_session_token,
}
