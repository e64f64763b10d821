"""What each operation of IAM needs: action, resource and condition keys (Service Authorization Reference, "IAM").

Rows run before parameters are validated: a member may be missing or odd. The resource then is one which cannot exist,
and whoever may do the action at all hears of the mistake.
"""

from collections.abc import Callable, Mapping, Sequence

from telecine.policy import Context, PrincipalKind
from telecine.services.contract import Call, Need, Needs, Params, always
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Identity, Kind, ManagedPolicy, entity_arn

Row = Needs[Directory]
Made = Callable[[str], Row]
"""Makes the row of an action, given as `iam:GetUser`."""


def _on(kind: Kind) -> Made:
    """The row of an action on the user or role that the request names."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            return (_need(action, _named(directory, call, kind, params)),)

        return needs

    return make


def _on_own_user(action: str) -> Row:
    """The row of an action on the user that the request names, or on the caller when it names none."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        if "UserName" in params:
            return (_need(action, _named(directory, call, Kind.USER, params)),)
        caller = call.caller
        if caller.principal.kind is PrincipalKind.USER and caller.identity_id is not None:
            user = directory.users.by_id(caller.identity_id)
            return (_need(action, user or caller.principal.arn or "*"),)
        if caller.principal.kind is PrincipalKind.ROOT and caller.principal.arn is not None:
            return (_need(action, caller.principal.arn),)
        return (Need(action=action),)  # a role session is no user: the operation says so

    return needs


def _creating(kind: str, tag_action: str) -> Made:
    """The row of an action that makes a new entity; tags on it ask for a permission of their own.

    IAM user guide, "Tagging IAM resources": who tags at creation needs both the create and the tag action.
    """

    def make(action: str) -> Row:
        def needs(_directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            path = _text(params, "Path") or "/"
            resource = entity_arn(call.account, kind, path, _text(params, f"{kind.title()}Name"))
            context = _request_tags(params)
            actions = (action, tag_action) if context else (action,)
            return tuple(Need(action=each, resource=resource, context=context) for each in actions)

        return needs

    return make


def _on_policy(action: str) -> Row:
    """The row of an action on the managed policy that the request names."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        arn = _text(params, "PolicyArn")
        policy = directory.policies.existing(call.account, arn)
        return (_need(action, policy or arn or "*"),)

    return needs


def _attaching(kind: Kind) -> Made:
    """The row of an action that hangs a managed policy on a user or role, or takes it off."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            return (
                _need(action, _named(directory, call, kind, params), {"iam:PolicyARN": _text(params, "PolicyArn")}),
            )

        return needs

    return make


def _need(action: str, on: Identity | ManagedPolicy | str, context: Context | None = None) -> Need:
    if isinstance(on, str):
        return Need(action=action, resource=on, context=context or {})
    tags = {f"{service}:ResourceTag/{key}": value for key, value in on.tags.items() for service in ("aws", "iam")}
    return Need(action=action, resource=on.arn, context={**tags, **(context or {})})


def _named(directory: Directory, call: Call, kind: Kind, params: Params) -> Identity | str:
    """The user or role with its path and tags, or the ARN that it would have without any."""
    name = _text(params, f"{kind.title()}Name")
    entity: Identity | None = (directory.users if kind is Kind.USER else directory.roles).find(call.account, name)
    return entity or entity_arn(call.account, kind, "/", name)


def _request_tags(params: Params) -> Context:
    tags = params.get("Tags")
    given = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    if not given:
        return {}
    pairs = {str(tag.get("Key", "")): str(tag.get("Value", "")) for tag in given}
    return {"aws:TagKeys": list(pairs), **{f"aws:RequestTag/{key}": value for key, value in pairs.items()}}


def _text(params: Params, member: str) -> str:
    value = params.get(member)
    return value if isinstance(value, str) else ""


_MADE: Mapping[str, Made] = {
    "CreateUser": _creating("user", "iam:TagUser"),
    "GetUser": _on_own_user,
    "ListUsers": always,
    "DeleteUser": _on(Kind.USER),
    "CreateAccessKey": _on_own_user,
    "ListAccessKeys": _on_own_user,
    "UpdateAccessKey": _on_own_user,
    "DeleteAccessKey": _on_own_user,
    "PutUserPolicy": _on(Kind.USER),
    "GetUserPolicy": _on(Kind.USER),
    "ListUserPolicies": _on(Kind.USER),
    "DeleteUserPolicy": _on(Kind.USER),
    "AttachUserPolicy": _attaching(Kind.USER),
    "DetachUserPolicy": _attaching(Kind.USER),
    "ListAttachedUserPolicies": _on(Kind.USER),
    "CreateRole": _creating("role", "iam:TagRole"),
    "GetRole": _on(Kind.ROLE),
    "ListRoles": always,
    "DeleteRole": _on(Kind.ROLE),
    "UpdateAssumeRolePolicy": _on(Kind.ROLE),
    "PutRolePolicy": _on(Kind.ROLE),
    "GetRolePolicy": _on(Kind.ROLE),
    "ListRolePolicies": _on(Kind.ROLE),
    "DeleteRolePolicy": _on(Kind.ROLE),
    "AttachRolePolicy": _attaching(Kind.ROLE),
    "DetachRolePolicy": _attaching(Kind.ROLE),
    "ListAttachedRolePolicies": _on(Kind.ROLE),
    "ListInstanceProfilesForRole": _on(Kind.ROLE),
    "CreatePolicy": _creating("policy", "iam:TagPolicy"),
    "GetPolicy": _on_policy,
    "GetPolicyVersion": _on_policy,
    "ListPolicyVersions": _on_policy,
    "ListPolicies": always,
    "DeletePolicy": _on_policy,
}

ROWS: dict[str, Row] = {operation: make(f"iam:{operation}") for operation, make in _MADE.items()}
