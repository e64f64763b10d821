"""Rules on actions: their form, and whether the service has them."""

import re
from collections.abc import Iterator

from telecine.policy.lint.reading import Hit, Statement
from telecine.policy.lint.rule import Scope, actions, meant

_PREFIX = re.compile(r"[A-Za-z0-9-]+")
_ASSUME = re.compile(r"sts:(?:assumerole.*|tagsession|setsourceidentity|setcontext)")


def invalid_action(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """An action that is not of the form `service:Operation`, or that the service does not have."""
    for node in actions(statement):
        prefix, colon, operation = node.text.partition(":")
        service = scope.catalogue.services.get(prefix.lower())
        if node.text == "*" or "${" in node.text:
            continue
        if not colon or not operation:
            yield Hit(node, f'An action is written service:Operation, or "*" for all: {node.text!r} is neither.')
        elif ":" in operation:
            yield Hit(node, f"An action holds one colon, between service and operation: {node.text!r} holds more.")
        elif service is not None and not scope.catalogue.matching(node.text):
            known = tuple(action.full_name for action in service.actions.values())
            if "*" in operation or "?" in operation:
                yield Hit(node, f"No action of {service.name} is matched by {node.text}: correct or remove it.")
            else:
                yield Hit(node, f"{service.name} has no action {node.text}.{meant(node.text, known)}")


def invalid_service(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A prefix that no service of AWS has, or that is not spelled out."""
    catalogue = scope.catalogue
    for node in actions(statement):
        prefix, colon, _ = node.text.partition(":")
        if not colon or prefix == "*" or "${" in node.text or prefix.lower() in catalogue.prefixes:
            continue
        if "*" in prefix or "?" in prefix:
            yield Hit(node, f"Write the service of {node.text} in full: wildcards belong behind the colon.")
        elif not _PREFIX.fullmatch(prefix):
            yield Hit(node, f"{prefix!r} is no service: a prefix has letters, digits and hyphens.")
        else:
            hint = meant(prefix, tuple(catalogue.services)) or meant(prefix, tuple(catalogue.prefixes))
            yield Hit(node, f"AWS has no service with the prefix {prefix}.{hint}")


def unknown_service(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A service of AWS that this server does not have; each is told once for a statement."""
    catalogue = scope.catalogue
    told: set[str] = set()
    for node in actions(statement):
        prefix, colon, _ = node.text.lower().partition(":")
        is_elsewhere = prefix in catalogue.prefixes and prefix not in catalogue.services
        if colon and is_elsewhere and prefix not in told and not catalogue.asks_for(node.text):
            told.add(prefix)
            message = f"This server has no {prefix}, so that {node.text} decides nothing here."
            yield Hit(node, f"{message} Keep it if the policy is for AWS too.")


def variable_in_action(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A policy variable where none is replaced."""
    for node in actions(statement):
        if "${" in node.text:
            yield Hit(node, f"Actions hold no policy variables: write {node.text} out.")


def not_for_trust(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """An action of a trust policy that is not about assuming the role."""
    for node in actions(statement):
        found = scope.catalogue.matching(node.text)
        is_assuming = any(_ASSUME.fullmatch(action.full_name.lower()) for action in found)
        if not node.text.lower().startswith("sts:") or (found and not is_assuming):
            message = "A trust policy says who may assume the role: its actions are sts:AssumeRole and its kin"
            yield Hit(
                node, f"{message} (sts:TagSession, sts:SetSourceIdentity). Move {node.text} to a permissions policy."
            )
