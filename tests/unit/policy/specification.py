"""A small and slow specification of the policy language, to compare the engine with.

It reads documents as dicts on each request: it compiles nothing, indexes nothing and stops nowhere early. Written by
the words of the IAM user guide, without a look at the engine's ways.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

Json = dict[str, Any]
ALLOW, DENY, SILENT = "Allow", "ExplicitDeny", "ImplicitDeny"
DIRECTLY, ITS_ROLE, ITS_ACCOUNT, NOT_AT_ALL = 3, 2, 1, 0


class Flawed(Exception):
    """The statement cannot be evaluated as written."""


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- texts: wildcards and variables


@lru_cache(maxsize=100_000)
def is_glob(pattern: tuple[str, ...], text: str) -> bool:
    """`pattern` in signs; a sign behind a backslash is literal text."""
    if not pattern:
        return not text
    sign, rest = pattern[0], pattern[1:]
    if sign == "*":
        return is_glob(rest, text) or (bool(text) and is_glob(pattern, text[1:]))
    if sign == "?":
        return bool(text) and is_glob(rest, text[1:])
    literal = sign.removeprefix("\\")
    return text.startswith(literal) and is_glob(rest, text[len(literal) :])


class Ambiguous(list[Any]):
    """The values of keys that differ by case alone."""


def value_of(context: Json, key: str) -> Any:
    """The value of a key, whatever its case; those of several that differ by case alone are ambiguous."""
    found = [value for name, value in context.items() if name.lower() == key.lower()]
    if len(found) < 2:
        return found[0] if found else None
    return Ambiguous(one for value in found for one in listed(value))


def signs(text: str, context: Json, *, variables: bool) -> tuple[str, ...] | None:
    """The signs of a text: wildcards, and literals behind a backslash; None when a variable has no value."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if variables and text.startswith("${", at):
            end = text.find("}", at)
            if end < 0:
                raise Flawed(text)
            inside = text[at + 2 : end]
            key, comma, default = inside.partition(",")
            value: Any = inside if inside in ("*", "?", "$") else value_of(context, key.strip())
            if value is None and comma:
                value = default.strip().strip("'")
            if not isinstance(value, str):
                return None
            found.append("\\" + value)
            at = end
        else:
            found.append(text[at] if text[at] in "*?" else "\\" + text[at])
        at += 1
    return tuple(found)


def plain(found: tuple[str, ...]) -> str:
    return "".join(sign.removeprefix("\\") for sign in found)


def is_arn_match(pattern: str, text: str, context: Json, *, variables: bool) -> bool:
    if pattern == "*":
        return True
    parts, others = split_arn(pattern), text.split(":", 5)
    if len(parts) < 6 and pattern.endswith("*"):
        parts += ["*"] * (6 - len(parts))
    if len(parts) != 6 or len(others) != 6:
        return False
    found = [signs(part, context, variables=variables) for part in parts]
    return all(one is not None and is_glob(one, other) for one, other in zip(found, others, strict=True))


def split_arn(pattern: str) -> list[str]:
    """The fields of an ARN; a colon inside `${…}` is none of its own."""
    held = re.sub(r"\$\{[^}]*\}", lambda found: found[0].replace(":", "\0"), pattern)
    return [part.replace("\0", ":") for part in held.split(":", 5)]


# --- conditions


def number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII) else None


def moment(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        text = f"{text}-01-01" if len(text) == 4 else f"{text}-01"
    if number(text) is not None:
        return Decimal(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def address(text: str) -> Any:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def network(text: str) -> Any:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def octets(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
BASES = {
    "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "BinaryEquals", "IpAddress",
    *(kind + name for kind in ("Numeric", "Date") for name in COMPARISONS),
}  # fmt: skip
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
READERS: dict[str, Callable[[str], Any]] = {"Numeric": number, "Date": moment, "IpAddress": network, "Binary": octets}


def is_value_match(base: str, policy: str, given: str, context: Json, *, variables: bool) -> bool:
    """Whether one value of the request matches one of the policy under a positive operator."""
    for kind, compare in ((kind, base.removeprefix(kind)) for kind in ("Numeric", "Date") if base.startswith(kind)):
        value = READERS[kind](given)
        return value is not None and COMPARISONS[compare](value, READERS[kind](policy))
    if base == "IpAddress":
        where = address(given)
        return where is not None and where in network(policy)
    if base == "BinaryEquals":
        return octets(given) is not None and octets(given) == octets(policy)
    if base.startswith("Arn"):
        is_arn = given.startswith("arn:") and given.count(":") >= 5
        return is_arn and is_arn_match(policy, given, context, variables=variables)
    found = signs(policy, context, variables=variables)
    if found is None:
        return False
    if base == "StringLike":
        return is_glob(found, given)
    if base == "Bool":
        return given.lower() in ("true", "false") and plain(found).lower() == given.lower()
    if base == "StringEqualsIgnoreCase":
        return plain(found).lower() == given.lower()
    return plain(found) == given


def clause_holds(operator: str, key: str, policy: Any, context: Json, *, variables: bool, denies: bool) -> bool:
    wanted = [str(one).lower() if isinstance(one, bool) else str(one) for one in listed(policy)]
    value = value_of(context, key)
    is_absent = value is None or value == []
    if operator == "Null":
        return str(is_absent).lower() in [one.lower() for one in wanted]
    prefix, colon, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    is_negated, base = name in NEGATED, NEGATED.get(name, name)
    if base not in BASES or prefix not in ("", "ForAllValues", "ForAnyValue"):
        raise Flawed(operator)
    if base == "Bool" and any(
        one.lower() not in ("true", "false") and not ("${" in one and variables) for one in wanted
    ):
        raise Flawed(operator)
    for kind, reader in READERS.items():
        if base.startswith(kind) and any(reader(one) is None for one in wanted):
            raise Flawed(operator)

    def is_hit(one: str) -> bool:
        return any(is_value_match(base, text, one, context, variables=variables) for text in wanted) is not is_negated

    if is_absent or (colon and value == ""):
        return rest.endswith("IfExists") or prefix == "ForAllValues" or (is_negated and not colon)
    if isinstance(value, Ambiguous):
        return denies
    if prefix == "ForAllValues":
        return all(is_hit(one) for one in listed(value))
    if prefix == "ForAnyValue":
        return any(is_hit(one) for one in listed(value))
    if isinstance(value, list):
        return is_negated and denies
    return is_hit(value)


# --- statements and families


def applies(statement: Json, request: Json, *, variables: bool, needs_resource: bool = True) -> bool:
    """Whether action, resource and conditions match."""
    context, action = request["context"], request["action"].lower()
    resource = "*" if request.get("wildcard_only_action") else request["resource"]
    denies = statement["Effect"] == "Deny"
    actions = listed(statement.get("Action", statement.get("NotAction")))
    if any(is_glob(signs(one.lower(), {}, variables=False) or (), action) for one in actions) is (
        "NotAction" in statement
    ):
        return False
    try:
        resources = statement.get("Resource", statement.get("NotResource"))
        if resources is None and needs_resource and not denies:
            return False
        if resources is not None:
            is_listed = any(is_arn_match(one, resource, context, variables=variables) for one in listed(resources))
            if is_listed is ("NotResource" in statement):
                return False
        # Every clause is looked at: one that cannot be read spoils the statement, whatever the others say.
        held = [
            clause_holds(operator, key, policy, context, variables=variables, denies=denies)
            for operator, keys in statement.get("Condition", {}).items()
            for key, policy in keys.items()
        ]
    except Flawed:
        return denies
    return all(held)


def names_in(principal: Json, element: Any) -> int:
    """How directly a Principal or NotPrincipal names the caller."""
    if element == "*":
        return DIRECTLY
    aws = [re.sub(r"(:role/).*/", r"\1", name) for name in listed(element.get("AWS", []))]
    kind, arn, account = principal["type"], principal["arn"], principal["account"]
    if "*" in aws:
        return DIRECTLY
    if kind == "Service":
        return DIRECTLY if arn in listed(element.get("Service", [])) else NOT_AT_ALL
    vouched = principal.get("provider") in listed(element.get("Federated", []))
    behind = {principal.get("unique_id")}
    if kind == "AssumedRole":
        behind.add(f"{arn.split(':assumed-role/')[0].replace(':sts:', ':iam:')}:role/{arn.split('/')[1]}")
    if kind == "FederatedUser":
        head, name = arn.split(":federated-user/")
        behind.add(principal.get("issuer") or f"{head.replace(':sts:', ':iam:')}:user/{name}")
    is_itself = arn in aws or (kind == "User" and principal.get("unique_id") in aws)
    if is_itself or (vouched and kind == "Anonymous"):
        return DIRECTLY
    if vouched or (kind in ("AssumedRole", "FederatedUser") and behind & set(aws) - {None}):
        return ITS_ROLE
    is_account = account is not None and (account in aws or f"arn:aws:iam::{account}:root" in aws)
    return ITS_ACCOUNT if is_account or principal.get("canonical_id") in listed(element.get("CanonicalUser", [])) else 0


def reach(statement: Json, request: Json, *, has_boundary: bool, silent: int) -> int:
    """How directly the statement is about the caller; `silent` for one that names no principal."""
    if "NotPrincipal" in statement:
        is_spared = names_in(request["principal"], statement["NotPrincipal"]) and not has_boundary
        return NOT_AT_ALL if is_spared or statement["Effect"] == "Allow" else DIRECTLY
    if "Principal" not in statement:
        return silent
    return names_in(request["principal"], statement["Principal"])


def answer(documents: list[Json], request: Json, kind: str, *, has_boundary: bool) -> tuple[str, int]:
    """What one family says, and how directly its Allow names the caller."""
    found: list[tuple[str, int]] = []
    for document in documents:
        for statement in listed(document["Statement"]):
            effect = statement["Effect"]
            if kind in ("resource", "trust"):
                how = reach(statement, request, has_boundary=has_boundary, silent=3 if effect == "Deny" else 0)
            elif kind in ("rcp", "endpoint"):
                how = reach(statement, request, has_boundary=has_boundary, silent=3)
            else:
                how = DIRECTLY if effect == "Deny" or not {"Principal", "NotPrincipal"} & set(statement) else NOT_AT_ALL
            variables = document.get("Version") == "2012-10-17"
            if applies(statement, request, variables=variables, needs_resource=kind != "trust"):
                found.append((effect, how))
    if any(effect == "Deny" and how for effect, how in found):
        return DENY, NOT_AT_ALL
    best = max((how for effect, how in found if effect == "Allow"), default=NOT_AT_ALL)
    return (ALLOW if best else SILENT), best


def specified(request: Json, policies: Json) -> str:
    """The decision by the words of the user guide."""
    principal, action = request["principal"], request["action"].lower()
    is_trust = re.match(r"sts:(assumerole|tagsession|setsourceidentity)", action) is not None
    is_key = action.startswith("kms:") and ":key/" in request["resource"]
    has_boundary = bool(policies.get("boundary"))

    def say(documents: Any, kind: str) -> tuple[str, int]:
        return answer(documents, request, kind, has_boundary=has_boundary)

    document = policies.get("resource")
    resource, named = say([document] if document else [], "trust" if is_trust else "resource")
    limits = [
        *(say(level, "scp")[0] for level in policies.get("scp") or []),
        *(say(level, "rcp")[0] for level in policies.get("rcp") or []),
        *([say(policies["endpoint"], "endpoint")[0]] if policies.get("endpoint") else []),
    ]
    identity = say(policies.get("identity") or [], "identity")[0]
    boundary, session = (
        say(policies[name], name)[0] if policies.get(name) else ALLOW for name in ("boundary", "session")
    )

    if DENY in (resource, identity, boundary, session, *limits):
        return DENY
    if SILENT in limits:
        return SILENT
    own = principal["account"] is not None and principal["account"] == request["resource_account"]
    by_its_own = principal["type"] == "Root" or (identity, boundary, session) == (ALLOW, ALLOW, ALLOW)
    if principal["account"] is None:
        may = resource == ALLOW
    elif not own:
        may = resource == ALLOW and by_its_own
    elif (is_trust or is_key) and resource != ALLOW:
        may = False
    elif named == ITS_ROLE:
        may = principal["type"] == "Root" or (boundary, session) == (ALLOW, ALLOW)
    else:
        may = named == DIRECTLY or by_its_own
    return ALLOW if may else SILENT
