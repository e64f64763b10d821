"""Rules on statements that allow more than they seem to: everything, everything but, any role to any service."""

from collections.abc import Iterator

from telecine.policy.lint.reading import Hit, Statement
from telecine.policy.lint.rule import Check, Scope, each
from telecine.policy.lint.source import Node
from telecine.policy.match import ARN_FIELDS, glob
from telecine.policy.variables import tokens

_PASS_ROLE = "iam:passrole"  # noqa: S105 - the name of an action
_LINKED_ROLE = "iam:createservicelinkedrole"
_ANY_NAME = "role/\0"
"""A role of no particular name: a pattern that matches it matches every role."""


def _matches(pattern: str, text: str) -> bool:
    return bool(glob(tokens(pattern, wildcards=True, variables=False))(text))


def _covering(statement: Statement, action: str) -> Iterator[Node]:
    """The listed actions that are, or match, `action`."""
    yield from (node for node in statement.actions or () if _matches(node.text.lower(), action))


def _every_role(statement: Statement) -> Iterator[Node]:
    """The resources that stand for every role."""
    for node in statement.resources or ():
        fields = node.text.split(":", ARN_FIELDS - 1)
        is_roles = len(fields) == ARN_FIELDS and fields[2] in ("iam", "*") and _matches(fields[-1], _ANY_NAME)
        if (
            node.text == "*"
            or is_roles
            or (len(fields) < ARN_FIELDS and _matches(node.text, "arn:aws:iam::0:" + _ANY_NAME))
        ):
            yield node


def _has_key(statement: Statement, key: str) -> bool:
    return any(clause.key.text.lower() == key for clause in statement.conditions)


_NAME_THE_ROLE = "Name the roles that may be passed in Resource, or add the condition iam:PassedToService."


def pass_role(*, action: str, resource: str) -> Check:
    """The check for iam:PassRole on every role.

    `action` says how the statement comes to it: `name`, `star` or `not`; `resource` likewise: `star` or `not`.
    """

    def look(statement: Statement, _scope: Scope) -> Iterator[Hit]:
        if not statement.allows or _has_key(statement, "iam:passedtoservice") or _reached(statement) != action:
            return
        if resource == "not" and statement.not_resources:
            message = "NotResource lets every role but the named things be passed to a service."
            yield Hit(statement.name("NotResource"), f"{message} {_NAME_THE_ROLE}")
        elif resource == "star":
            for node in _every_role(statement):
                message = (
                    "Whoever has this may pass any role, an administrator's too, to a service, and act through it."
                )
                yield Hit(node, f"{message} {_NAME_THE_ROLE}")

    return each(look)


def _reached(statement: Statement) -> str:
    """How the statement is about iam:PassRole: `name`, `star`, `not`, or empty when it is not."""
    if statement.not_actions is not None:
        excepted = any(_matches(node.text.lower(), _PASS_ROLE) for node in statement.not_actions)
        return "" if excepted else "not"
    found = [node.text.lower() for node in _covering(statement, _PASS_ROLE)]
    if not found:
        return ""
    return "name" if _PASS_ROLE in found else "star"


def without_passed_to_service(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Certain roles, to any service."""
    is_open = statement.allows and not _has_key(statement, "iam:passedtoservice") and not any(_every_role(statement))
    if is_open and statement.resources:
        for node in _covering(statement, _PASS_ROLE):
            if node.text.lower() == _PASS_ROLE:
                example = '"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}'
                yield Hit(node, f"The role may be passed to any service that it trusts. Name the service: {example}.")


def linked_role_on_star(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Service-linked roles for any service."""
    if not statement.allows or _has_key(statement, "iam:awsservicename"):
        return
    if any(node.text.lower() == _LINKED_ROLE for node in statement.actions or ()):
        for node in statement.resources or ():
            if node.text == "*":
                message = (
                    "This allows service-linked roles for every service: name the role's ARN, or add the condition"
                )
                yield Hit(node, f"{message} iam:AWSServiceName.")


def everything(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Every action on every resource."""
    stars = [node for node in statement.actions or () if node.text == "*"]
    if statement.allows and stars and not statement.conditions and _is_everywhere(statement):
        message = (
            "This allows every action on every resource, IAM's too. Name the actions and resources that are needed."
        )
        yield Hit(stars[0], message)


def _is_everywhere(statement: Statement) -> bool:
    return any(node.text == "*" for node in statement.resources or ())


def allow_with_not_action(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Every action but some, those of services to come too."""
    if statement.allows and statement.not_actions is not None:
        message = "Allow with NotAction allows every other action of every service, those to come too"
        yield Hit(statement.name("NotAction"), f"{message}. List what is needed in Action.")


def allow_with_not_resource(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Every resource but some, those to come too."""
    if statement.allows and statement.not_resources is not None:
        message = "Allow with NotResource allows the actions on every other resource, those to come too"
        yield Hit(statement.name("NotResource"), f"{message}. List the resources in Resource.")
