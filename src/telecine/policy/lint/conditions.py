"""Rules on operators and condition keys: whether there are such, and whether they fit each other and the actions."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from telecine.policy.catalogue import GLOBAL, Catalogue
from telecine.policy.conditions.operators import NULL, OPERATORS
from telecine.policy.lint.reading import Clause, Hit, Statement
from telecine.policy.lint.rule import Scope, meant

QUALIFIERS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"
_TAG_KEY = re.compile(r"[\w .:/=+\-@]{1,128}")


class Parts(NamedTuple):
    """An operator taken apart."""

    qualifier: str
    """`ForAllValues:`, `ForAnyValue:` or empty."""
    base: str
    """`StringEquals`."""
    if_exists: bool

    @property
    def is_negated(self) -> bool:
        return self.base in OPERATORS and OPERATORS[self.base].is_negated


def parts(clause: Clause) -> Parts:
    """The operator of `clause`."""
    text = clause.operator.text
    qualifier = next((one for one in QUALIFIERS if text.startswith(one)), "")
    rest = text.removeprefix(qualifier)
    return Parts(qualifier, rest.removesuffix(_IF_EXISTS), rest.endswith(_IF_EXISTS))


_FAMILIES = ("String", "Numeric", "Date", "Bool", "Binary", "NotIpAddress", "IpAddress", "Arn")


def family(base: str) -> str:
    """`String`, `Numeric`, `Date`, `Bool`, `Binary`, `IpAddress`, `Arn`; empty for `Null` and for no operator."""
    found = next((one for one in _FAMILIES if base.startswith(one)), "") if base in OPERATORS else ""
    return found.removeprefix("Not")


_FITTING = {
    "String": ("String",),
    "ARN": ("Arn", "String"),
    "Numeric": ("Numeric",),
    "Date": ("Date",),
    "Bool": ("Bool",),
    "IPAddress": ("IpAddress",),
    "Binary": ("Binary",),
}
"""The operators that can compare a key of a type; an ARN may be compared as text too."""


def key_type(catalogue: Catalogue, key: str) -> str:
    """The type of a condition key, `Date|Numeric` or `ArrayOfString`; empty when nobody knows it."""
    found = catalogue.key(key)
    return "" if found is None else found[1]


def is_multivalued(catalogue: Catalogue, key: str) -> bool:
    """Whether a request may carry several values of the key."""
    return key_type(catalogue, key).startswith("ArrayOf")


def invalid_operator(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An operator that does not exist."""
    for clause in statement.conditions:
        name = clause.operator.text
        found = parts(clause)
        if found.base not in OPERATORS and found.base != NULL:
            hint = meant(found.base, (*OPERATORS, NULL))
            yield Hit(clause.operator, f"There is no condition operator {name}.{hint} Names are exact, capitals too.")


def null_with_if_exists(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Null asks for presence, so that IfExists makes no sense with it."""
    for clause in statement.conditions:
        if parts(clause).base == NULL and parts(clause).if_exists:
            yield Hit(clause.operator, "Null asks whether a key is there: write Null, without IfExists.")


def null_with_qualifier(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """Null asks about the key, not about its values."""
    for clause in statement.conditions:
        if parts(clause).base == NULL and parts(clause).qualifier:
            yield Hit(
                clause.operator, f"Null asks about the key as a whole: write Null, without {parts(clause).qualifier}"
            )


def invalid_key_format(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A condition key without a service."""
    for clause in statement.conditions:
        prefix, colon, name = clause.key.text.partition(":")
        if not prefix or not colon or not name:
            yield Hit(
                clause.key, f"A condition key is written service:name, aws:SourceIp say: {clause.key.text!r} is not."
            )


def invalid_global_key(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A global condition key that AWS does not have."""
    keys = scope.catalogue.global_keys
    for clause in statement.conditions:
        key = clause.key.text
        if _prefix(key) == GLOBAL and keys.find(key) is None and keys.open_key(key) is None:
            yield Hit(
                clause.key, f"There is no global condition key {key}.{meant(key, tuple(map(_short, keys.types)))}"
            )


def invalid_service_key(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A condition key that its service does not have, or whose service does not exist."""
    catalogue = scope.catalogue
    for clause in statement.conditions:
        key, prefix = clause.key.text, _prefix(clause.key.text)
        service = catalogue.services.get(prefix)
        if service is not None:
            keys = service.keys
            if catalogue.key(key) is None and keys.open_key(key) is None:
                hint = meant(key, tuple(map(_short, keys.types)))
                yield Hit(clause.key, f"{service.name} has no condition key {key}.{hint}")
        elif _is_nobodys(catalogue, key):
            hint = meant(key, tuple(map(_short, catalogue.global_keys.types)))
            yield Hit(clause.key, f"There is no service with condition keys of the prefix {prefix}.{hint}")


def unknown_key(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A condition key of a service that this server does not have."""
    catalogue = scope.catalogue
    for clause in statement.conditions:
        prefix = _prefix(clause.key.text)
        if prefix in catalogue.prefixes and prefix not in catalogue.services and catalogue.key(clause.key.text) is None:
            yield Hit(clause.key, f"This server never puts {clause.key.text} into a request. Remove it for use here.")


def _is_nobodys(catalogue: Catalogue, key: str) -> bool:
    """Whether the prefix is neither AWS's nor an identity provider's (those are host names, or `saml`)."""
    prefix = _prefix(key)
    is_known = not prefix or prefix in catalogue.prefixes or prefix == GLOBAL
    return not is_known and "." not in prefix and "/" not in prefix and catalogue.key(key) is None


def _prefix(key: str) -> str:
    return key.partition(":")[0].lower() if ":" in key else ""


def _short(key: str) -> str:
    """A key of the reference without the part that a user names."""
    return key.partition("${")[0].partition("<")[0]


def missing_tag_key(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A key that wants a name behind its slash, without one."""
    catalogue = scope.catalogue
    for clause in statement.conditions:
        key = clause.key.text
        sets = (catalogue.global_keys, *(service.keys for service in catalogue.services.values()))
        if catalogue.key(key) is None and any(keys.open_key(key) for keys in sets):
            stem = key.rstrip("/:")
            yield Hit(clause.key, f"{key} wants the name of a tag or field: {stem}/Department, say.")


def invalid_tag_key(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A tag key that no tag can have."""
    for clause in statement.conditions:
        head, slash, tag = clause.key.text.partition("/")
        is_tag = slash and head.lower().endswith("tag") and scope.catalogue.key(clause.key.text) is not None
        if is_tag and "${" in tag:
            yield Hit(clause.key, f"The tag's key in {clause.key.text} is written out: there are no variables in it.")
        elif is_tag and not _TAG_KEY.fullmatch(tag):
            message = "A tag's key has 1 to 128 letters, digits, spaces and _ . : / = + - @"
            yield Hit(clause.key, f"{message}; no tag has the key {tag!r}.")


def key_not_for_action(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A condition key that requests for some of the listed actions never carry."""
    listed = scope.listed(statement)
    if not listed or statement.actions is None:
        return
    catalogue = scope.catalogue
    for clause in statement.conditions:
        key = clause.key.text
        if catalogue.key(key) is None:
            continue
        without = [
            node.text
            for node in statement.actions
            if (found := catalogue.matching(node.text)) and not any(catalogue.carries(one, key) for one in found)
        ]
        if without:
            yield Hit(clause.key, _not_carried(clause, statement, ", ".join(without)))


def _not_carried(clause: Clause, statement: Statement, names: str) -> str:
    found = parts(clause)
    never = f"Requests for {names} never carry {clause.key.text}"
    holds = found.if_exists or found.is_negated or found.qualifier == QUALIFIERS[0]
    if found.base == NULL:
        return f"{never}: the condition is the same for each of them. Move them to a statement without it."
    if statement.denies:
        effect = "denies them all" if holds else "never denies them"
    else:
        effect = "allows them whatever the value" if holds else "never allows them"
    return f"{never}: with this condition the statement {effect}. Move them to a statement without it."


def type_mismatch(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """An operator that cannot compare the key's type."""
    for clause in statement.conditions:
        used, types = family(parts(clause).base), key_type(scope.catalogue, clause.key.text).removeprefix("ArrayOf")
        fitting = [one for name in types.split("|") for one in _FITTING.get(name, ())]
        if used and fitting and used not in fitting:
            instead = "IpAddress" if fitting[0] == "IpAddress" else f"a {fitting[0]} operator"
            message = f"{clause.key.text} is of type {types}: compare it with {instead}, not with {parts(clause).base}."
            yield Hit(clause.operator, message)


def missing_qualifier(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """A multivalued key under an operator for single values."""
    for clause in statement.conditions:
        found = parts(clause)
        is_single = found.base in OPERATORS and not found.qualifier
        if is_single and is_multivalued(scope.catalogue, clause.key.text):
            base = clause.operator.text
            message = f"{clause.key.text} may have several values: write ForAnyValue:{base} (one of them matches) or"
            yield Hit(clause.operator, f"{message} ForAllValues:{base} (all of them do).")


def _qualified(clause: Clause, scope: Scope, qualifier: str) -> bool:
    """Whether the clause asks each value of a key that has one only."""
    found, types = parts(clause), key_type(scope.catalogue, clause.key.text)
    return found.qualifier == qualifier and found.base in OPERATORS and types != "" and not types.startswith("ArrayOf")


def for_all_on_single(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """ForAllValues with a key of one value: it also holds when the key is not there."""
    for clause in statement.conditions:
        if _qualified(clause, scope, QUALIFIERS[0]):
            message = f"{clause.key.text} has one value; ForAllValues also holds when it is not there."
            yield Hit(clause.operator, f"{message} Write {clause.operator.text.removeprefix(QUALIFIERS[0])}.")


def for_any_on_single(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """ForAnyValue with a key of one value."""
    for clause in statement.conditions:
        if _qualified(clause, scope, QUALIFIERS[1]):
            message = f"{clause.key.text} has one value: write {clause.operator.text.removeprefix(QUALIFIERS[1])}."
            yield Hit(clause.operator, message)


def for_all_without_null(statement: Statement, scope: Scope) -> Iterator[Hit]:
    """An Allow with ForAllValues, which also holds for requests without the key."""
    if not statement.allows:
        return
    sure = {
        clause.key.text.lower()
        for clause in statement.conditions
        if (parts(clause).base == NULL and {one.text.lower() for one in clause.values} == {"false"})
        or parts(clause).qualifier == QUALIFIERS[1]
    }
    for clause in statement.conditions:
        is_open = parts(clause).qualifier == QUALIFIERS[0] and clause.key.text.lower() not in sure
        if is_open and is_multivalued(scope.catalogue, clause.key.text):
            message = f"ForAllValues also holds for requests without {clause.key.text}, so that this Allow covers them."
            yield Hit(clause.operator, f'{message} If it should not, add "Null": {{"{clause.key.text}": "false"}}.')


def duplicate_keys(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """The same key in different capitals under one operator."""
    seen: dict[tuple[str, str], str] = {}
    for clause in statement.conditions:
        place = (clause.operator.text, clause.key.text.lower())
        first = seen.setdefault(place, clause.key.text)
        if first != clause.key.text:
            message = (
                f"{clause.key.text} and {first} are the same key: capitals do not count. Put all values under one."
            )
            yield Hit(clause.key, message)


def empty_condition(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A Condition without conditions."""
    for member in statement.node.members:
        if member.name.text == "Condition" and member.value.members == () and not statement.conditions:
            yield Hit(member.value, "The Condition is empty and limits nothing: fill it or remove it.")


def empty_values(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A list of values without values."""
    for clause in statement.conditions:
        if clause.whole.items == () and clause.whole.form.value == "a list":
            found = parts(clause)
            holds = found.is_negated and found.qualifier != QUALIFIERS[1]
            effect = "for every request that has the key" if holds else "for no request that has the key"
            yield Hit(clause.whole, f"{clause.operator.text} of no values holds {effect}: fill the list, or remove it.")
