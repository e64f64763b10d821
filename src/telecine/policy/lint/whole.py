"""Rules on the document as a whole, and on the elements that every statement has."""

import re
from collections import Counter
from collections.abc import Iterator

from telecine.policy.lint.finding import PolicyKind
from telecine.policy.lint.reading import Hit, Statement
from telecine.policy.lint.rule import Scope

_SID = re.compile(r"[A-Za-z0-9]*")
_LARGEST = {PolicyKind.IDENTITY: 6144, PolicyKind.TRUST: 2048, PolicyKind.SCP: 5120, PolicyKind.RCP: 5120}
"""The quotas of managed policies, trust policies and organizations' policies, in characters without white space (IAM
and Organizations user guides, "Quotas")."""


def missing_version(scope: Scope) -> Iterator[Hit]:
    """No version, which means the old one."""
    if all(member.name.text != "Version" for member in scope.policy.root.members):
        message = "Without a version the document is of 2008-10-17: it has no policy variables"
        refused = ", and IAM refuses it" if scope.kind is PolicyKind.IDENTITY else ""
        yield Hit(scope.policy.root, f'{message}{refused}. Add "Version": "2012-10-17".')


def old_version(scope: Scope) -> Iterator[Hit]:
    """The old version."""
    version = scope.policy.version
    if version is not None and version.text == "2008-10-17":
        yield Hit(version, "The version 2008-10-17 has no policy variables: write 2012-10-17.")


def invalid_version(scope: Scope) -> Iterator[Hit]:
    """A version that does not exist."""
    version = scope.policy.version
    if version is not None and version.text not in ("2012-10-17", "2008-10-17"):
        yield Hit(version, f"There is no version {version.text!r}: write 2012-10-17.")


def missing_statement(scope: Scope) -> Iterator[Hit]:
    """A document that says nothing."""
    policy = scope.policy
    if not policy.has_statement:
        yield Hit(policy.root, 'A policy has statements: add "Statement": […].')
    for member in policy.root.members:
        if member.name.text == "Statement" and member.value.form.value == "a list" and not member.value.items:
            yield Hit(member.value, "The list of statements is empty: add one.")


def repeated_sids(scope: Scope) -> Iterator[Hit]:
    """Two statements with one name."""
    counts = Counter(one.sid.text for one in scope.policy.statements if one.sid is not None and one.sid.text)
    seen: set[str] = set()
    for one in scope.policy.statements:
        if one.sid is not None and counts[one.sid.text] > 1:
            if one.sid.text in seen:
                yield Hit(one.sid, f"Another statement has the Sid {one.sid.text}: give each its own.")
            seen.add(one.sid.text)


def too_large(scope: Scope) -> Iterator[Hit]:
    """More characters than the kind of policy may have."""
    largest = _LARGEST.get(scope.kind)
    root = scope.policy.root
    size = scope.size
    if largest is not None and size > largest:
        message = f"The policy has {size} characters without white space; the quota is {largest}"
        yield Hit(root, f"{message}. Shorten it with wildcards, or divide it.")


def invalid_sid(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A name that IAM does not take."""
    if statement.sid is not None and not _SID.fullmatch(statement.sid.text):
        yield Hit(statement.sid, f"A Sid has letters and digits only: rename {statement.sid.text!r}.")


def empty_sid(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A name that is none."""
    if statement.sid is not None and not statement.sid.text:
        yield Hit(statement.sid, "The Sid is empty: name the statement, or remove it.")


def missing_effect(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Neither allowed nor denied."""
    if "Effect" not in statement.has:
        yield Hit(statement.node, 'Say what the statement does: "Effect": "Allow" or "Deny".')


def invalid_effect(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An effect that does not exist."""
    effect = statement.effect
    if effect is not None and effect.text not in ("Allow", "Deny"):
        yield Hit(effect, f"The effect is Allow or Deny, in these very letters: {effect.text!r} is neither.")


def missing_action(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """About no action."""
    if statement.has.isdisjoint({"Action", "NotAction"}):
        yield Hit(statement.node, 'Say which actions the statement is about: "Action": "mediaconvert:CreateJob", say.')
    for name, nodes in (("Action", statement.actions), ("NotAction", statement.not_actions)):
        if nodes == () and not statement.element(name).items:
            yield Hit(statement.element(name), f"{name} is empty: list the actions, or remove the statement.")


def missing_resource(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """About no resource."""
    if statement.has.isdisjoint({"Resource", "NotResource"}) and scope.kind is not PolicyKind.TRUST:
        yield Hit(statement.node, 'Say which resources the statement is about: "Resource": an ARN, a list, or "*".')
    for name, nodes in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
        if nodes == () and not statement.element(name).items:
            yield Hit(statement.element(name), f"{name} is empty: list the resources, or remove the statement.")


def resource_in_trust(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource in a policy that is about its role alone."""
    for name in ("Resource", "NotResource"):
        if name in statement.has:
            yield Hit(statement.name(name), f"A trust policy is about the role that it stands on: remove {name}.")
