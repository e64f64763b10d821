"""Rules on the values of conditions, and on policy variables."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from telecine.policy.catalogue import GLOBAL
from telecine.policy.conditions.operators import NULL
from telecine.policy.conditions.values import moment, network, number, octets, truth
from telecine.policy.lint.conditions import family, is_multivalued, parts
from telecine.policy.lint.reading import Clause, Hit, Statement
from telecine.policy.lint.rule import Check, Scope, each, meant, resources
from telecine.policy.lint.source import Node
from telecine.policy.variables import MalformedVariable, tokens

_WITHOUT_VARIABLES = ("Numeric", "Date", "Binary", "IpAddress")
_LITERALS = ("*", "?", "$")
_FAR_FUTURE = 100_000_000_000
"""Seconds since 1970, in the year 5138: such a number is meant in milliseconds."""


def _values(statement: Statement, *families: str) -> Iterator[tuple[Clause, Node]]:
    """The values under operators of these families that hold no variable."""
    for clause in statement.conditions:
        if family(parts(clause).base) in families:
            yield from ((clause, node) for node in clause.values if "${" not in node.text)


def of_type(name: str, reader: Callable[[str], object | None], wanted: str) -> Check:
    """The check that each value under an operator of the family `name` can be read by `reader`."""

    def look(statement: Statement, _scope: Scope) -> Iterator[Hit]:
        for clause, node in _values(statement, name):
            if reader(node.text) is None:
                yield Hit(node, f"{clause.operator.text} compares with {wanted}: {node.text!r} is none.")

    return each(look)


boolean = of_type("Bool", truth, '"true" or "false"')
date = of_type("Date", moment, "a date like 2026-01-31T12:00:00Z, or with seconds since 1970")
ip_range = of_type("IpAddress", network, "an address or a range like 203.0.113.0/24 or 2001:db8::/32")
numeric = of_type("Numeric", number, "a number")
binary = of_type("Binary", octets, "bytes in base64")


def presence(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A value of Null that is neither true nor false."""
    for clause in statement.conditions:
        if parts(clause).base == NULL:
            for node in clause.values:
                if truth(node.text) is None:
                    message = f'Null takes "true" (the key is not there) or "false" (it is), not {node.text!r}.'
                    yield Hit(node, message)


def arn(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A value that no ARN can be like."""
    for clause, node in _values(statement, "Arn"):
        fits = node.text == "*" or (
            node.text.startswith(("arn:", "*")) and (node.text.count(":") >= 5 or "*" in node.text)
        )
        if not fits:
            yield Hit(node, f"{clause.operator.text} compares with an ARN of six fields: {node.text!r} matches none.")


def milliseconds(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A moment in milliseconds."""
    for _, node in _values(statement, "Date"):
        found = moment(node.text)
        if found is not None and abs(found) >= _FAR_FUTURE:
            yield Hit(node, f"Times are seconds since 1970: {node.text} looks like milliseconds. Divide it by 1000.")


def host_bits(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A range whose address has bits behind the prefix, which count for nothing."""
    for _, node in _values(statement, "IpAddress"):
        found = network(node.text)
        address, slash, prefix = node.text.partition("/")
        single = network(address)
        if slash and found is not None and single is not None and single.bits != found.bits:
            yield Hit(
                node, f"The bits of {address} behind /{prefix} count for nothing: write the range's first address."
            )


def several_booleans(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A truth value compared with both, or twice with the same."""
    for clause in statement.conditions:
        if (family(parts(clause).base) == "Bool" or parts(clause).base == NULL) and len(clause.values) > 1:
            yield Hit(
                clause.whole, f"{clause.operator.text} takes one value, true or false: with several it decides nothing."
            )


def wildcard_without_like(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A star that is compared as a star."""
    for clause in statement.conditions:
        base = parts(clause).base
        if family(base) == "String" and "Like" not in base:
            for node in clause.values:
                if re.search(r"[*?]", re.sub(r"\$\{[^}]*\}", "", node.text)):
                    like = "StringNotLike" if parts(clause).is_negated else "StringLike"
                    yield Hit(node, f"{base} takes * and ? as they are: for a wildcard write {like}.")


class _Held(NamedTuple):
    """A text that may hold variables."""

    node: Node
    text: str


def _held(statement: Statement) -> Iterator[_Held]:
    """The resources and condition values that hold a `${`."""
    nodes = (*resources(statement), *(node for clause in statement.conditions for node in clause.values))
    yield from (_Held(node, node.text) for node in nodes if "${" in node.text)


def variable_in_old_version(scope: Scope) -> Iterator[Hit]:
    """A variable in a document whose version has none."""
    if scope.policy.has_variables:
        return
    for statement in scope.policy.statements:
        for node, text in _held(statement):
            message = f'Without "Version": "2012-10-17" there are no policy variables: {text} is compared as it is'
            yield Hit(node, f"{message}, ${{}} and all. Add the version.")


def _current(scope: Scope) -> Iterator[tuple[Statement, _Held]]:
    """Texts with variables in a document that has them."""
    if scope.policy.has_variables:
        yield from ((statement, held) for statement in scope.policy.statements for held in _held(statement))


def missing_brace(scope: Scope) -> Iterator[Hit]:
    """A variable that does not end."""
    for _, (node, text) in _current(scope):
        if any("}" not in rest for rest in text.split("${")[1:]):
            yield Hit(node, f"A policy variable in {text} lacks its closing brace.")


def empty_variable(scope: Scope) -> Iterator[Hit]:
    """A variable without a key."""
    for _, (node, text) in _current(scope):
        if re.search(r"\$\{\s*\}", text):
            yield Hit(node, f"A policy variable in {text} is empty: write ${{aws:username}}, say.")


def malformed_variable(scope: Scope) -> Iterator[Hit]:
    """A variable that is not of its form."""
    for _, (node, text) in _current(scope):
        if re.search(r"\$\{\s*\}", text) or any("}" not in rest for rest in text.split("${")[1:]):
            continue
        try:
            tokens(text, wildcards=True, variables=True)
        except MalformedVariable:
            message = "A policy variable is written ${key} or ${key, 'default'}, without spaces in the key"
            yield Hit(node, f"{message}: {text} is not.")


def variable_for_operator(scope: Scope) -> Iterator[Hit]:
    """A variable in a value that is no text."""
    for statement in scope.policy.statements:
        for clause in statement.conditions:
            base = parts(clause).base
            for node in clause.values:
                if "${" in node.text and (family(base) in _WITHOUT_VARIABLES or base == NULL):
                    yield Hit(node, f"{base} takes no policy variables: only String, Arn and Bool operators do.")


def unknown_variable(scope: Scope) -> Iterator[Hit]:
    """A variable of a condition key that does not exist."""
    catalogue = scope.catalogue
    for _, (node, text) in _current(scope):
        for key in _keys(text):
            prefix = key.partition(":")[0].lower()
            is_ours = prefix == GLOBAL or prefix in catalogue.services or ":" not in key
            if is_ours and catalogue.key(key) is None:
                hint = meant(key, tuple(catalogue.global_keys.types))
                yield Hit(
                    node, f"There is no condition key {key}: ${{{key}}} has no value, and {text} matches nothing.{hint}"
                )


def multivalued_variable(scope: Scope) -> Iterator[Hit]:
    """A variable of a key with several values, which has no text."""
    for _, (node, text) in _current(scope):
        for key in _keys(text):
            if is_multivalued(scope.catalogue, key):
                yield Hit(node, f"{key} may have several values, and is no variable therefore: {text} matches nothing.")


def _keys(text: str) -> Iterator[str]:
    """The condition keys of the variables in a text."""
    for found in re.finditer(r"\$\{([^{}]*)\}", text):
        key = found[1].partition(",")[0].strip()
        if key and key not in _LITERALS and " " not in key:
            yield key
