"""The engine against a small and slow specification of the language, on documents and requests made at random.

The specification reads the documents as dicts on each request: it compiles nothing, indexes nothing and stops nowhere
early. What it leaves out (dates, addresses, numbers, binaries) has tables of its own.
"""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.policy import decide, prepare

Json = dict[str, Any]
ACCOUNT, OTHER = "111122223333", "444455556666"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_glob(pattern: list[str], text: str) -> bool:
    """`pattern` in signs; a sign of more than one character is literal text."""
    if not pattern:
        return not text
    sign, rest = pattern[0], pattern[1:]
    if sign == "*":
        return any(is_glob(rest, text[at:]) for at in range(len(text) + 1))
    if sign == "?":
        return bool(text) and is_glob(rest, text[1:])
    literal = sign.removeprefix("\\")
    return text.startswith(literal) and is_glob(rest, text[len(literal) :])


def signs(text: str, context: Json, *, variables: bool) -> list[str] | None:
    """The signs of a text: wildcards, and literals behind a backslash; None when a variable has no value."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if variables and text.startswith("${", at):
            end = text.index("}", at)
            value = value_of(context, text[at + 2 : end])
            if not isinstance(value, str):
                return None
            found.append("\\" + value)
            at = end
        else:
            found.append(text[at] if text[at] in "*?" else "\\" + text[at])
        at += 1
    return found


def value_of(context: Json, key: str) -> Any:
    for name, value in context.items():
        if name.lower() == key.lower():
            return value
    return None


def is_arn_match(pattern: str, text: str, context: Json, *, variables: bool) -> bool:
    if pattern == "*":
        return True
    parts, others = pattern.split(":", 5), text.split(":", 5)
    if len(parts) != 6 or len(others) != 6:
        return False
    found = [signs(part, context, variables=variables) for part in parts]
    return all(one is not None and is_glob(one, other) for one, other in zip(found, others, strict=True))


def is_value_match(base: str, policy: str, given_value: str, context: Json, *, variables: bool) -> bool:
    if base == "Bool":
        return policy == given_value.lower()
    if base.startswith("Arn"):
        is_arn = given_value.startswith("arn:") and given_value.count(":") >= 5
        return is_arn and is_arn_match(policy, given_value, context, variables=variables)
    found = signs(policy, context, variables=variables)
    if found is None:
        return False
    if base == "StringLike":
        return is_glob(found, given_value)
    text = "".join(sign.removeprefix("\\") for sign in found)
    return text.lower() == given_value.lower() if base.endswith("IgnoreCase") else text == given_value


def clause_holds(operator: str, key: str, policy: Any, context: Json, *, variables: bool, denies: bool) -> bool:
    value = value_of(context, key)
    is_absent = value is None or value == []
    if operator == "Null":
        return str(is_absent).lower() in [str(one).lower() for one in listed(policy)]
    prefix, colon, rest = operator.rpartition(":")
    base = rest.removesuffix("IfExists")
    is_negated = "Not" in base
    base = base.replace("Not", "")

    def is_hit(one: str) -> bool:
        hit = any(is_value_match(base, text, one, context, variables=variables) for text in listed(policy))
        return hit is not is_negated

    if is_absent or (colon and value == ""):
        return rest.endswith("IfExists") or prefix == "ForAllValues" or (is_negated and not colon)
    if prefix == "ForAllValues":
        return all(is_hit(one) for one in listed(value))
    if prefix == "ForAnyValue":
        return any(is_hit(one) for one in listed(value))
    if isinstance(value, list):
        return is_negated and denies
    return is_hit(value)


def applies(statement: Json, variables: bool, request: Json) -> bool:
    """Whether action, resource and conditions match."""
    context, action, resource = request["context"], request["action"].lower(), request["resource"]
    actions = listed(statement.get("Action", statement.get("NotAction")))
    if any(is_glob(list(one.lower()), action) for one in actions) is ("NotAction" in statement):
        return False
    resources = listed(statement.get("Resource", statement.get("NotResource")))
    if any(is_arn_match(one, resource, context, variables=variables) for one in resources) is (
        "NotResource" in statement
    ):
        return False
    return all(
        clause_holds(operator, key, policy, context, variables=variables, denies=statement["Effect"] == "Deny")
        for operator, keys in statement.get("Condition", {}).items()
        for key, policy in keys.items()
    )


def answer(documents: list[Json], request: Json, names: Callable[[Json], int] = lambda _: 3) -> tuple[str, int]:
    """What one family says, and how directly it names the caller (3 directly, 2 its role, 1 its account)."""
    found = [
        (statement["Effect"], names(statement))
        for document in documents
        for statement in listed(document["Statement"])
        if applies(statement, document.get("Version") == "2012-10-17", request)
    ]
    if any(effect == "Deny" and reach for effect, reach in found):
        return "ExplicitDeny", 0
    best = max((reach for effect, reach in found if effect == "Allow"), default=0)
    return ("Allow" if best else "ImplicitDeny"), best


def specified(request: Json, policies: Json) -> str:
    """The decision by the words of the user guide."""
    principal = request["principal"]
    role_arn = f"arn:aws:iam::{principal['account']}:role/media"
    is_session = principal["type"] == "AssumedRole"

    def names(statement: Json) -> int:
        element = statement.get("Principal", statement.get("NotPrincipal"))
        aws = ["*"] if element == "*" else listed(element["AWS"])
        if "*" in aws or principal["arn"] in aws:
            reach = 3
        elif is_session and role_arn in aws:
            reach = 2
        else:
            reach = 1 if principal["account"] in aws else 0
        if "NotPrincipal" in statement:
            return 3 if not reach or policies["boundary"] is not None else 0
        return reach

    resource, reach = answer([policies["resource"]] if policies["resource"] else [], request, names)
    identity, _ = answer(policies["identity"], request)
    boundary, session = (
        ("Allow", 3) if policies[name] is None else answer(policies[name], request) for name in ("boundary", "session")
    )
    if "ExplicitDeny" in (resource, identity, boundary[0], session[0]):
        return "ExplicitDeny"
    limited = {identity, boundary[0], session[0]} == {"Allow"}
    if principal["account"] != request["resource_account"]:
        return "Allow" if limited and resource == "Allow" else "ImplicitDeny"
    if reach == 3 or (reach == 2 and boundary[0] == session[0] == "Allow") or limited:
        return "Allow"
    return "ImplicitDeny"


actions = st.sampled_from(
    ["*", "*", "*", "s3:*", "s3:Get*", "S3:GETOBJECT", "s3:Put?bject", "s3:PutObject", "sts:*", "*:Get*"]
)
resources = st.sampled_from(
    [
        *["*"] * 6,
        "arn:aws:s3:::a",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::*",
        "arn:*:s3:*:*:?/b",
        "arn:aws:s3:::${aws:username}/*",
        "arn:aws:s3:::${x:list}/*",
        "arn:aws:s?:::a/b*b",
    ]
)
bases = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "ArnLike",
    "ArnNotEquals",
]
operators = st.one_of(
    st.builds(
        lambda prefix, base, suffix: prefix + base + suffix,
        st.sampled_from(["", "", "ForAnyValue:", "ForAllValues:"]),
        st.sampled_from(bases),
        st.sampled_from(["", "IfExists"]),
    ),
    st.just("Bool"),
    st.just("Null"),
)
keys = st.sampled_from(["aws:username", "AWS:UserName", "x:list", "x:arn", "x:bool"])
texts = st.sampled_from(
    ["a", "A", "b", "*", "a*", "?", "${aws:username}", "${x:none}", "arn:aws:s3:::a", "arn:*:*:::*", ""]
)


@st.composite
def conditions(draw: st.DrawFn) -> Json:
    found: Json = {}
    for operator in draw(st.lists(operators, max_size=2, unique=True)):
        values = st.sampled_from(["true", "false"]) if operator in ("Bool", "Null") else texts
        found[operator] = draw(st.dictionaries(keys, st.lists(values, min_size=1, max_size=2), min_size=1, max_size=2))
    return found


@st.composite
def statements(draw: st.DrawFn, *, on_resource: bool = False) -> Json:
    effect = draw(st.sampled_from(["Allow"] * 5 + ["Deny"]))
    found: Json = {
        "Effect": effect,
        draw(st.sampled_from(["Action"] * 5 + ["NotAction"])): draw(st.lists(actions, min_size=1, max_size=2)),
        draw(st.sampled_from(["Resource"] * 5 + ["NotResource"])): draw(st.lists(resources, min_size=1, max_size=2)),
        "Condition": draw(st.one_of(st.just({}), conditions())),
    }
    if on_resource:
        who = st.sampled_from(
            [
                "*",
                {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/a", "*"]},
                {"AWS": f"arn:aws:iam::{ACCOUNT}:user/a"},
                {"AWS": f"arn:aws:iam::{ACCOUNT}:role/media"},
                {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/media/a"},
                {"AWS": ACCOUNT},
                {"AWS": OTHER},
            ]
        )
        element = draw(st.sampled_from(["Principal", "NotPrincipal"])) if effect == "Deny" else "Principal"
        found[element] = draw(who)
    return found


def documents(*, on_resource: bool = False) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
            "Statement": st.lists(statements(on_resource=on_resource), min_size=1, max_size=2),
        }
    )


policy_sets = st.fixed_dictionaries(
    {
        "identity": st.lists(documents(), max_size=1),
        "boundary": st.none() | st.lists(documents(), min_size=1, max_size=1),
        "session": st.none() | st.lists(documents(), min_size=1, max_size=1),
        "resource": st.none() | documents(on_resource=True),
    }
)
requests = st.fixed_dictionaries(
    {
        "principal": st.sampled_from(
            [
                {"type": "User", "arn": f"arn:aws:iam::{ACCOUNT}:user/a", "account": ACCOUNT},
                {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/media/a", "account": ACCOUNT},
            ]
        ),
        "action": st.sampled_from(["s3:GetObject", "s3:PutObject", "sts:GetSessionToken"]),
        "resource": st.sampled_from(["arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:s3:::${aws:username}/b", "*"]),
        "resource_account": st.sampled_from([ACCOUNT, ACCOUNT, OTHER]),
        "context": st.fixed_dictionaries(
            {},
            optional={
                "aws:username": st.sampled_from(["a", "b", "*", ""]),
                "x:list": st.lists(st.sampled_from(["a", "b", ""]), max_size=2),
                "x:ARN": st.sampled_from(["arn:aws:s3:::a", "boop"]),
                "x:bool": st.sampled_from(["true", "False"]),
            },
        ),
    }
)


@settings(max_examples=1000)
@given(requests, policy_sets)
def test_engine_decides_as_specified(request: Json, policies: Json) -> None:
    """Whatever the documents and the request, engine and specification agree."""
    assert specified(request, policies) == decide(prepare(policies), request).decision, json.dumps(policies)


@settings(max_examples=500)
@given(conditions(), st.sampled_from(["Allow", "Deny"]), requests)
def test_conditions_hold_as_specified(condition: Json, effect: str, request: Json) -> None:
    """The same for one statement with conditions, which then decide alone."""
    grant = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    judged = {**grant, "Effect": effect, "Condition": condition}
    policies = {
        "identity": [{"Version": "2012-10-17", "Statement": [judged] if effect == "Allow" else [grant, judged]}],
        "boundary": None,
        "session": None,
        "resource": None,
    }

    assert specified(request, policies) == decide(prepare(policies), request).decision


@settings(max_examples=500)
@given(policy_sets, requests, st.data())
def test_families_combine_as_specified(policies: Json, request: Json, data: st.DataObject) -> None:
    """The same for families whose statements are about everything: how they combine decides alone."""
    for name in ("identity", "boundary", "session"):
        for document in policies[name] or []:
            effect = data.draw(st.sampled_from(["Allow", "Allow", "Deny", ""]))
            action = "*" if effect else "other:Action"
            document["Statement"] = [{"Effect": effect or "Allow", "Action": action, "Resource": "*"}]
    for statement in policies["resource"]["Statement"] if policies["resource"] else []:
        for name in ("NotAction", "NotResource", "Condition"):
            statement.pop(name, None)
        statement.update(Action="*", Resource="*")

    assert specified(request, policies) == decide(prepare(policies), request).decision
