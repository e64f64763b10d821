"""What would have allowed a denied request, said from the trace alone, which is what an audit log keeps.

A remedy is about one family of policies at a time: the smallest statement that would make it allow, and where that is
to be written; or the condition that failed, where a statement allows the very same under it; or the Deny that stands in
the way. Following it, and then whatever the next trace says, ends in an allowed request unless a Deny is in the way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from telecine.core.arn import Arn, MalformedArn
from telecine.policy.decision import Answer, Family
from telecine.policy.near_misses import HIDDEN, Missed
from telecine.policy.request import PrincipalKind
from telecine.policy.traces import PASSED_TO

Facts = Mapping[str, object]
_GUESTS = (PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS)
_OWN = (Family.IDENTITY, Family.BOUNDARY, Family.SESSION)
"""The families that come with the caller."""
_UNSHARED = ("mediaconvert", "iam")
"""Services without resource-based policies: what is theirs cannot be used from another account."""
_NAMING = (Family.RESOURCE, Family.TRUST, Family.RCP, Family.ENDPOINT)
"""The families whose statements say whom they are about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remedy:
    """What to change in one family of policies."""

    family: Family
    where: str
    """A sentence: which policy of whom."""
    statement: dict[str, object] | None
    """The statement to add there; None when a condition is to be met, or a Deny to go."""
    note: str
    """What else there is to know, in sentences: which condition failed and how, which statement was near."""
    others: tuple["Remedy", ...] = field(default=())
    """What must be changed besides, because several families must allow and do not: both sides of a request to another
    account, or a boundary next to the identity policies."""


def remedy(request: Facts, trace: Facts) -> Remedy | None:
    """What would have allowed the request of a `trace`; None when it was allowed, or when the trace says too little.

    `request` has the fields of the trace's own `request` and goes before it: a log may know more, or the trace be of a
    time when it held less.
    """
    asked = {**cast("Facts", trace.get("request") or {}), **request}
    blocked_by = trace.get("blockedBy")
    if trace.get("decision") == Answer.ALLOW or blocked_by is None or not asked.get("action"):
        return None
    if trace.get("decision") == Answer.EXPLICIT_DENY:
        return _denied(Family(str(blocked_by)), asked, trace)
    silent = _silent_families(Family(str(blocked_by)), asked, trace)
    first, *others = [_silent(family, asked, trace) for family in silent]
    return replace(first, others=tuple(others))


def remedy_json(found: Remedy) -> dict[str, object]:
    """A remedy as JSON."""
    return {
        "family": str(found.family),
        "where": found.where,
        "statement": found.statement,
        "note": found.note,
        "others": [remedy_json(other) for other in found.others],
    }


def _denied(family: Family, asked: Facts, trace: Facts) -> Remedy:
    statements = cast("Sequence[Facts]", trace.get("statements") or ({},))
    statement = statements[0]
    conditions = cast("Sequence[Facts]", statement.get("conditions") or ())
    because = "".join(f" It applies because {_held(condition)}." for condition in conditions)
    return Remedy(
        family=family,
        where=f"{_capital(name_statement(statement))}, {_place(family, asked)}, denies it explicitly.",
        statement=None,
        note=f"No Allow outweighs a Deny: take it away, or narrow it so that it spares this request.{because}",
    )


def _silent_families(blocked_by: Family, asked: Facts, trace: Facts) -> Iterator[Family]:
    """The family that limited the request, then those which must allow it too, and did not."""
    yield blocked_by
    if asked.get("principalType") in (*_GUESTS, PrincipalKind.ROOT):
        return
    families = cast("Facts", trace.get("families") or {})
    must: tuple[Family, ...] = ()
    if not _is_own_account(asked):
        on_resource = Family.TRUST if Family.TRUST in families else Family.RESOURCE
        must = (on_resource, *_OWN)
        families = {on_resource: Answer.IMPLICIT_DENY, **families}  # no policy is as silent as one without an Allow
    elif blocked_by in _OWN:
        must = (Family.BOUNDARY, Family.SESSION)
    elif blocked_by in (Family.RESOURCE, Family.TRUST) and asked.get("principalType") == PrincipalKind.ASSUMED_ROLE:
        must = (Family.BOUNDARY, Family.SESSION)  # naming the role leaves these to say their word
    for family in must:
        if family is not blocked_by and families.get(family) == Answer.IMPLICIT_DENY:
            yield family


def _is_own_account(asked: Facts) -> bool:
    account = asked.get("account")
    return account is not None and account == asked.get("resourceAccount")


def _silent(family: Family, asked: Facts, trace: Facts) -> Remedy:
    """The remedy for a family that has no Allow for the request."""
    near = [miss for miss in cast("Sequence[Facts]", trace.get("nearMisses") or ()) if miss.get("family") == family]
    best = near[0] if near else None
    if best is not None and best.get("missed") == Missed.CONDITION:
        failed = [best, *cast("Sequence[Facts]", best.get("also") or ())]
        return Remedy(
            family=family,
            where=f"{_capital(name_statement(best))}, {_place(family, asked)}, allows it under conditions.",
            statement=None,
            note=" ".join([*(_capital(f"{say_miss(miss)}.") for miss in failed), *_family_note(family)]),
        )
    service = str(asked["action"]).partition(":")[0]
    if family is Family.RESOURCE and service in _UNSHARED:
        return Remedy(
            family=family,
            where=f"Nowhere: {service} has no resource-based policies, so nobody can use what is another account's.",
            statement=None,
            note=f"Assume a role of the account {asked.get('resourceAccount')} and ask again with its session.",
        )
    statement, escaped = _statement(family, asked)
    notes = list(_family_note(family))
    if best is not None:
        notes.insert(0, f"{_capital(name_statement(best))} comes near, but {say_miss(best)}.")
    if escaped:
        notes.append('The signs "*", "?" and "$" of the name stand as variables, which need Version 2012-10-17.')
    if _principal(asked) == "*" and family in _NAMING:
        notes.append("The caller was anonymous: allowing it allows everybody.")
    return Remedy(family=family, where=f"{_capital(_place(family, asked))}.", statement=statement, note=" ".join(notes))


def _statement(family: Family, asked: Facts) -> tuple[dict[str, object], bool]:
    """The smallest statement that allows the request, and whether signs of the resource's name had to be escaped."""
    resource = str(asked.get("resource") or "*")
    statement: dict[str, object] = {"Effect": "Allow", "Action": asked["action"]}
    if family in _NAMING:
        # An RCP's Principal can be nothing but "*" (Organizations user guide, "RCP syntax").
        statement = {"Effect": "Allow", "Principal": "*" if family is Family.RCP else _principal(asked), **statement}
    if family is Family.TRUST:
        return statement, False
    is_key = family is Family.RESOURCE and resource.startswith("arn:") and resource.split(":")[2] == "kms"
    if is_key or resource.count(":") < 5:
        # In a key policy "*" is the key itself (KMS developer guide, "Key policies").
        return {**statement, "Resource": "*"}, False
    exact = escaped(resource)
    passed_to = asked.get("passedTo")
    narrowed = {} if passed_to is None else {"Condition": {"StringEquals": {PASSED_TO: passed_to}}}
    return {**statement, "Resource": exact, **narrowed}, exact != resource


def escaped(resource: str) -> str:
    """The pattern that matches `resource` alone; only the part that names the resource can need escapes."""
    *head, name = resource.split(":", 5)
    exact = "".join(f"${{{sign}}}" if sign in "*?" else sign for sign in name.replace("${", "\0"))
    return ":".join([*head, exact.replace("\0", "${$}{")])


def _principal(asked: Facts) -> object:
    """How a resource policy names the caller; for a session the role behind it."""
    arn, kind = asked.get("principal"), asked.get("principalType")
    if kind == PrincipalKind.ANONYMOUS or not arn:
        return "*"
    if kind == PrincipalKind.SERVICE:
        return {"Service": arn}
    if kind == PrincipalKind.ASSUMED_ROLE:
        return {"AWS": asked.get("identity") or arn}
    return {"AWS": arn}


def _family_note(family: Family) -> Iterator[str]:
    if family is Family.BOUNDARY:
        yield "A boundary grants nothing by itself: it limits what the identity policies may grant."
    elif family is Family.SESSION:
        yield "Session policies are given when a session is made; this one lasts until it expires, so make a new one."
    elif family in (Family.SCP, Family.RCP):
        yield "Every level of the organization must allow: its root, each unit on the way, and the account."


def _place(family: Family, asked: Facts) -> str:
    """`in an identity-based policy of the user alice (arn:…)`: where policies of this family are written."""
    resource = str(asked.get("resource") or "*")
    owner = _owner(asked)
    if family is Family.IDENTITY:
        group = ", or of a group it is in" if owner.startswith("the user") else ""
        return f"in an identity-based policy of {owner}{group}"
    if family is Family.BOUNDARY:
        return f"in the permissions boundary of {owner}"
    if family is Family.SESSION:
        return f"in the session policy that {asked.get('principal')} got with its session"
    if family is Family.TRUST:
        return f"in the trust policy of the role {_last(resource)} ({resource})"
    if family is Family.RESOURCE:
        return f"in the {_of_resource(resource)}"
    if family is Family.ENDPOINT:
        return "in the policy of the VPC endpoint that the request came through"
    account = asked.get("account") if family is Family.SCP else asked.get("resourceAccount")
    kind = "service" if family is Family.SCP else "resource"
    return f"in a {kind} control policy of each level above the account {account} that does not allow it yet"


def _owner(asked: Facts) -> str:
    arn, kind = str(asked.get("identity") or asked.get("principal") or ""), asked.get("principalType")
    if kind == PrincipalKind.FEDERATED_USER:
        return f"the user {_last(arn)} ({arn}), who asked for the session"
    return f"the {'role' if kind == PrincipalKind.ASSUMED_ROLE else 'user'} {_last(arn)} ({arn})"


def _of_resource(resource: str) -> str:
    try:
        arn = Arn.parse(resource)
    except MalformedArn:
        return f"resource-based policy of {resource}"
    if arn.service == "s3":
        bucket = arn.resource.partition("/")[0]
        return f"bucket policy of {bucket} ({Arn(arn.partition, 's3', '', '', bucket)})"
    if arn.service == "kms":
        return f"key policy of {resource}"
    return f"resource-based policy of {resource}"


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def name_statement(statement: Facts) -> str:
    """`statement "Films" of policy "arn:…" (line 3, column 5)`, of a statement as a trace has it."""
    sid, policy, line = statement.get("sid"), statement.get("policy"), statement.get("line")
    named = f'statement "{sid}"' if sid else f"statement {int(str(statement.get('index') or 0)) + 1}"
    of = f' of policy "{policy}"' if policy else ""
    place = f" (line {line}, column {statement.get('column')})" if line else ""
    return f"{named}{of}{place}"


def say_miss(miss: Facts) -> str:
    """What a statement lacks, as the end of a sentence; of a miss as a trace has it."""
    missed, wanted = miss.get("missed"), listed(miss.get("wanted"))
    if missed == Missed.CONDITION:
        return f"the condition {miss.get('operator')} on {miss.get('key')} wants {wanted}, and {_has(miss)}"
    if missed == Missed.FLAW:
        return f"it cannot be evaluated as written, at {', '.join(_texts(miss.get('wanted')))}, and allows nothing"
    actual = "" if miss.get("actual") is None else str(miss.get("actual"))
    if missed == Missed.RESOURCE and not _texts(miss.get("wanted")):
        return "it names no resource"
    what = {
        Missed.RESOURCE: "is about the resource",
        Missed.PRINCIPAL: "names the principal",
        Missed.ACTION: "is about the action",
    }.get(Missed(str(missed)), "wants")
    every = "everything but " if miss.get("operator") == "NotResource" else ""
    return f"it {what} {every}{wanted}, and the request's is {actual}"


def _held(condition: Facts) -> str:
    return (
        f"the condition {condition.get('operator')} on {condition.get('key')} with {listed(condition.get('wanted'))} "
        f"holds where {_has(condition)}"
    )


def _has(miss: Facts) -> str:
    actual = miss.get("actual")
    if actual is None:
        return "the request has no such key"
    return f"the request has {listed(actual)}"


def listed(values: object) -> str:
    """`"a", "b" or "c"`; values that are hidden stand for themselves."""
    quoted = [text if text == HIDDEN else f'"{text}"' for text in _texts(values)]
    if len(quoted) < 2:
        return "".join(quoted) or "nothing"
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _texts(values: object) -> list[str]:
    if values is None:
        return []
    return [values] if isinstance(values, str) else [str(value) for value in cast("Sequence[object]", values)]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
