"""How access rows of IAM are made: what many operations ask for in the same way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.policy import Context, PrincipalKind
from telecine.services.contract import Call, Need, Needs, Params, request_tags
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Identity, Kind, Role, User, entity_arn, identity_tags, resource_tags

Row = Needs[Directory]
Made = Callable[[str], Row]
"""Makes the row of an action, given as `iam:GetUser`."""


class Resource(Protocol):
    """What an action works on, as far as policies can tell."""

    @property
    def arn(self) -> str:
        """Its ARN, path included."""
        ...

    @property
    def tags(self) -> Tags:
        """Its tags; empty for what has none."""
        ...


def on(kind: Kind) -> Made:
    """The row of an action on the user, group or role that the request names."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            return (need(action, named(directory, call, kind, params)),)

        return needs

    return make


def on_own_user(action: str) -> Row:
    """The row of an action on the user that the request names, or on the caller when it names none."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        if "UserName" in params:
            return (need(action, named(directory, call, Kind.USER, params)),)
        caller = call.caller
        if caller.principal.kind is PrincipalKind.USER and caller.identity_id is not None:
            user = directory.users.by_id(caller.identity_id)
            return (need(action, user or caller.principal.arn or "*"),)
        if caller.principal.kind is PrincipalKind.ROOT and caller.principal.arn is not None:
            return (need(action, caller.principal.arn),)
        return (Need(action=action),)  # a role session is no user: the operation says so

    return needs


def creating(kind: str, tag_action: str = "", *, member: str = "") -> Made:
    """The row of an action that makes a new entity; tags on it, if it can have any, ask for a permission of their own.

    IAM user guide, "Tagging IAM resources": who tags at creation needs both the create and the tag action. `kind` is
    as ARNs have it; `member` holds the name (of a `user` it is `UserName`).
    """
    member = member or f"{kind.title()}Name"

    def make(action: str) -> Row:
        def needs(_directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            path = text(params, "Path") or "/"
            resource = entity_arn(call.account, kind, path, text(params, member))
            tags = request_tags(params.get("Tags"))
            context = {**tags, **_boundary(params.get("PermissionsBoundary"))}
            tagging = (Need(action=tag_action, resource=resource, context=tags),) if tags and tag_action else ()
            return (Need(action=action, resource=resource, context=context), *tagging)

        return needs

    return make


def on_policy(action: str) -> Row:
    """The row of an action on the managed policy that the request names."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        arn = text(params, "PolicyArn")
        policy = directory.policies.existing(call.account, arn)
        return (need(action, policy or arn or "*"),)

    return needs


def limited(kind: Kind) -> Made:
    """The row of an action on which the limit that a user or role has now takes part: `iam:PermissionsBoundary`."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            identity = named(directory, call, kind, params)
            return (need(action, identity, _limit(identity)),)

        return needs

    return make


def attaching(kind: Kind) -> Made:
    """The row of an action that hangs a managed policy on a user, group or role, or takes it off."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            identity = named(directory, call, kind, params)
            context = {"iam:PolicyARN": text(params, "PolicyArn"), **_limit(identity)}
            return (need(action, identity, context),)

        return needs

    return make


def limiting(kind: Kind) -> Made:
    """The row of an action that sets a permissions boundary: `iam:PermissionsBoundary` is the one that is wanted."""

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            wanted = _boundary(params.get("PermissionsBoundary"))
            return (need(action, named(directory, call, kind, params), wanted),)

        return needs

    return make


def renaming(kind: Kind) -> Made:
    """The row of an action that gives a user or group another name or path: it needs both ARNs, old and new.

    IAM API reference, "UpdateUser", "UpdateGroup".
    """

    def make(action: str) -> Row:
        def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
            found = named(directory, call, kind, params)
            old = need(action, found)
            path = "/" if isinstance(found, str) else found.path
            name = text(params, f"{kind.title()}Name") if isinstance(found, str) else found.name
            wanted = text(params, "NewPath") or path, text(params, f"New{kind.title()}Name") or name
            new = Need(action=action, resource=entity_arn(call.account, kind, *wanted), context=old.context)
            return (old,) if new == old else (old, new)

        return needs

    return make


def rows(made: Mapping[str, Made]) -> dict[str, Row]:
    """The rows of operations that share their action's name."""
    return {operation: make(f"iam:{operation}") for operation, make in made.items()}


def need(action: str, on: Resource | str, context: Context | None = None) -> Need:
    """`action` on what there is, with its tags, or on the ARN of what is not."""
    if isinstance(on, str):
        return Need(action=action, resource=on, context=context or {})
    tags = identity_tags(on.tags) if isinstance(on, User | Role) else resource_tags(on.tags)
    return Need(action=action, resource=on.arn, context={**tags, **(context or {})})


def named(directory: Directory, call: Call, kind: Kind, params: Params) -> Identity | str:
    """The user, group or role with its path and tags, or the ARN that it would have without any."""
    name = text(params, f"{kind.title()}Name")
    find: Callable[[AccountId, str], Identity | None] = {
        Kind.USER: directory.users.find,
        Kind.GROUP: directory.groups.find,
        Kind.ROLE: directory.roles.find,
    }[kind]
    return find(call.account, name) or entity_arn(call.account, kind, "/", name)


def _limit(identity: Identity | str) -> Context:
    return _boundary(identity.boundary_arn if isinstance(identity, User | Role) else None)


def _boundary(arn: object) -> Context:
    return {"iam:PermissionsBoundary": arn} if isinstance(arn, str) else {}


def text(params: Params, member: str) -> str:
    value = params.get(member)
    return value if isinstance(value, str) else ""
