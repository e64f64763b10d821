"""What nearly allowed: the Allows that a condition, the resource, the principal or the action alone kept from applying.

Found after the decision, when somebody asks. A policy family that allows is left out: what else it might have allowed
helps nobody.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from telecine.policy.bundle import allowing, beside
from telecine.policy.compiled import CompiledPolicy, CompiledStatement, compile_policy
from telecine.policy.conditions import Condition, Presence
from telecine.policy.decision import Answer, Family, StatementRef
from telecine.policy.document import PrincipalElement
from telecine.policy.evaluate import PolicySet, Scope
from telecine.policy.principals import Reach
from telecine.policy.request import Request

KEPT = 8
"""So many near misses are told; the first ones are the likeliest to help."""
_LONGEST = 256
"""No value is told further than that."""
_MOST_VALUES = 8
_SECRET_KEYS = frozenset({"sts:externalid", "aws:referer"})
"""Keys whose values work as passwords: what is wanted and what came stays out of logs."""
HIDDEN = "(hidden)"


class Missed(StrEnum):
    """What kept a statement from applying; in this order, the first being the nearest miss."""

    CONDITION = "condition"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    ACTION = "action"
    FLAW = "flaw"
    """The statement cannot be evaluated as written, so it allows nothing."""


_RANKS = {missed: rank for rank, missed in enumerate(Missed)}
_CONDITION = _RANKS[Missed.CONDITION]
_LACKS_RESOURCE = 1, _RANKS[Missed.RESOURCE]
_LACKS_ACTION = 1, _RANKS[Missed.ACTION]


class Miss(NamedTuple):
    """One thing that a statement lacks."""

    missed: Missed
    key: str | None
    """The condition key, for a condition."""
    operator: str | None
    """Of a condition; otherwise the element that lists what is wanted: `Resource`, `NotResource`, `Principal`, …"""
    wanted: tuple[str, ...]
    """The policy's values as written; for a flaw, the element that holds it."""
    actual: str | tuple[str, ...] | None
    """The request's; None for a key that it lacks."""


class NearMiss(NamedTuple):
    """An Allow that one thing (or several conditions) kept from applying."""

    statement: StatementRef
    misses: tuple[Miss, ...]
    """At least one; several only when all are conditions."""

    @property
    def missed(self) -> Missed:
        return self.misses[0].missed


class Group(NamedTuple):
    """Policies that are decided on together."""

    family: Family
    policies: tuple[CompiledPolicy, ...]
    level: int | None = None
    """For SCPs and RCPs: the level of the organization, from 0."""

    @property
    def names_principals(self) -> bool:
        return self.family in (Family.RESOURCE, Family.TRUST, Family.RCP, Family.ENDPOINT)


def groups(policies: PolicySet) -> Iterator[Group]:
    """The families that take part, in the order of the decision."""
    yield from (Group(Family.SCP, level, number) for number, level in enumerate(policies.scp))
    yield from (Group(Family.RCP, level, number) for number, level in enumerate(policies.rcp))
    if policies.endpoint is not None:
        yield Group(Family.ENDPOINT, policies.endpoint)
    resource = policies.resource
    on_resource = () if resource is None else (compile_policy(resource.text, name=resource.name),)
    if resource is not None and resource.family is not Family.TRUST:
        yield Group(resource.family, on_resource)
    yield Group(Family.IDENTITY, policies.identity)
    if policies.boundary is not None:
        yield Group(Family.BOUNDARY, policies.boundary)
    if policies.session is not None:
        yield Group(Family.SESSION, policies.session)
    if resource is not None and resource.family is Family.TRUST:
        yield Group(resource.family, on_resource)


class _Candidate(NamedTuple):
    """An Allow that nearly applies, and why it does not, before anything is put into words."""

    rank: tuple[int, int]
    """How many things are missing, and the kind of them."""
    family: Family
    statement: CompiledStatement
    policy: str
    missed: Missed
    conditions: tuple[Condition | Presence, ...] = ()

    def told(self, scope: Scope) -> NearMiss:
        return NearMiss(
            statement=self.statement.ref(self.family, self.policy),
            misses=tuple(of_condition(one, scope) for one in self.conditions)
            or (_of_element(self.missed, self.statement, scope),),
        )


class Survey(NamedTuple):
    """What a second look at a request that nobody denies explicitly finds."""

    answers: tuple[tuple[Family, Answer], ...]
    """What each family that takes part says by itself; one entry for each level of SCPs and RCPs."""
    near_misses: tuple[NearMiss, ...]
    """The best `KEPT`, the nearest first."""


def survey(request: Request, policies: PolicySet) -> Survey:
    """Which families allow, and the near misses of those that do not: fewest things missing first, then a condition
    before a resource before a principal before an action."""
    scope = Scope(request, has_boundary=policies.boundary is not None)
    answers: list[tuple[Family, Answer]] = []
    candidates: list[_Candidate] = []
    for group in groups(policies):
        found = _candidates(group, scope)
        answers.append((group.family, Answer.ALLOW if found is None else Answer.IMPLICIT_DENY))
        candidates += found or ()
    candidates.sort(key=_rank)
    return Survey(tuple(answers), tuple([candidate.told(scope) for candidate in candidates[:KEPT]]))


def _rank(candidate: _Candidate) -> tuple[int, int]:
    return candidate.rank


def _candidates(group: Group, scope: Scope) -> list[_Candidate] | None:
    """The group's near misses; None when one of its statements allows."""
    found: list[_Candidate] = []
    family, resource, is_plain = group.family, scope.resource, not group.names_principals
    for statement, policy in allowing(group.policies, scope.action):
        resources = statement.resources
        if is_plain and resources is not None and statement.principals is None and statement.flaw is None:
            # The common case, without a list of reasons.
            if resources.match(resource, scope) is not statement.except_resources:
                unmet = statement.unmet(scope)
                if not unmet:
                    return None
                found.append(_Candidate((len(unmet), _CONDITION), family, statement, policy, Missed.CONDITION, unmet))
            elif statement.conditions_hold(scope):
                found.append(_Candidate(_LACKS_RESOURCE, family, statement, policy, Missed.RESOURCE))
            continue
        reasons = _reasons(statement, group, scope)
        unmet = () if len(reasons) > 1 or statement.flaw is not None else statement.unmet(scope)
        if unmet:
            reasons = [*reasons, Missed.CONDITION]
        if not reasons:
            return None
        if len(reasons) == 1:
            rank = len(unmet) or 1, _RANKS[reasons[0]]
            found.append(_Candidate(rank, family, statement, policy, reasons[0], unmet))
    for statement, policy in beside(group.policies, scope.action):
        # Most are about other resources: that is asked first, and costs the least.
        if (
            statement.covers_resource(resource, scope)
            and not _reasons(statement, group, scope)
            and statement.conditions_hold(scope)
        ):
            found.append(_Candidate(_LACKS_ACTION, family, statement, policy, Missed.ACTION))
    return found


def _reasons(statement: CompiledStatement, group: Group, scope: Scope) -> list[Missed]:
    """What keeps an Allow from applying, but for its action and its conditions."""
    found: list[Missed] = []
    if not _names_caller(statement, group, scope):
        found.append(Missed.PRINCIPAL)
    if statement.flaw is not None:
        found.append(Missed.FLAW)
    elif not _is_in_place(statement, group) or not statement.covers_resource(scope.resource, scope):
        found.append(Missed.RESOURCE)
    return found


def _is_in_place(statement: CompiledStatement, group: Group) -> bool:
    """Whether an Allow has the elements that belong into its kind of policy: only a trust policy names no resource."""
    if statement.resources is None:
        return group.family is Family.TRUST
    return statement.principals is None or group.names_principals


def _names_caller(statement: CompiledStatement, group: Group, scope: Scope) -> bool:
    if statement.principals is None:
        return group.family not in (Family.RESOURCE, Family.TRUST)
    return statement.reach(scope.principal, has_boundary=scope.has_boundary) > Reach.NONE


def of_condition(condition: Condition | Presence, scope: Scope) -> Miss:
    """What a condition wants, and what the request has."""
    clause = condition.clause
    value = scope.get(condition.key)
    actual: str | tuple[str, ...] | None
    if condition.key in _SECRET_KEYS:
        wanted: tuple[str, ...] = (HIDDEN,)
        actual = None if value is None else HIDDEN
    else:
        wanted = _known_cut(clause.values)
        actual = None if value is None else _told(value)
    return Miss(Missed.CONDITION, clause.key, clause.operator, wanted, actual)


def _told(value: object) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    return _cut(tuple(str(one) for one in value))  # type: ignore[attr-defined]  # a string or a sequence of them


def _cut(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…" for value in values[:_MOST_VALUES]])


_known_cut = lru_cache(maxsize=4096)(_cut)
"""The same for the values of policies, which are told again and again."""


def _of_element(missed: Missed, statement: CompiledStatement, scope: Scope) -> Miss:
    source = statement.source
    if missed is Missed.RESOURCE:
        name = "NotResource" if statement.except_resources else "Resource"
        wanted = source.not_resource if statement.except_resources else source.resource
        return Miss(missed, None, name, _known_cut(wanted or ()), _told(scope.resource))
    if missed is Missed.ACTION:
        return Miss(missed, None, "Action", _known_cut(source.action or ()), _told(scope.action))
    if missed is Missed.PRINCIPAL:
        named = _principals(source.principal or source.not_principal or PrincipalElement())
        return Miss(missed, None, "Principal", _known_cut(named), _told(scope.principal.arn or "anonymous"))
    flaw = statement.flaw
    return Miss(missed, None, None, () if flaw is None else (flaw.element,), None)


def _principals(element: PrincipalElement) -> tuple[str, ...]:
    return (*element.aws, *element.service, *element.federated, *element.canonical)


def matching(request: Request, policies: PolicySet) -> tuple[StatementRef, ...]:
    """Every statement, of whatever family and effect, that applies to the request: what a simulator shows."""
    scope = Scope(request, has_boundary=policies.boundary is not None)
    return tuple(
        statement.ref(group.family, policy.name)
        for group in groups(policies)
        for policy in group.policies
        for statements in policy.about(request.action)
        for statement in statements
        if _applies(statement, group, scope)
    )


def _applies(statement: CompiledStatement, group: Group, scope: Scope) -> bool:
    if statement.allows:
        is_asked = _is_in_place(statement, group) and _names_caller(statement, group, scope)
    elif group.names_principals:
        is_asked = statement.reach(scope.principal, has_boundary=scope.has_boundary) > Reach.NONE
    else:
        is_asked = True
    return is_asked and statement.applies(scope.resource, scope)
