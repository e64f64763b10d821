"""Policies that are decided on together: those of one family, indexed as one by action and by resource.

Attached policies resemble each other. Statements that are about the same resources are asked for it once, and of their
conditions those first that the fewest share, since they tell the statements apart.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from telecine.policy.compiled import KEPT_ACTIONS, CompiledPolicy, CompiledStatement
from telecine.policy.conditions import Condition, Presence
from telecine.policy.match import ArnPatterns
from telecine.policy.variables import Values

Named = tuple[CompiledStatement, str]
"""A statement and the name of its policy."""

_KEPT_BUNDLES = 2048


class _Member(NamedTuple):
    """A statement among those about the same resources."""

    position: int
    """Its place among all statements of the index."""
    conditions: tuple[Condition | Presence, ...]
    named: Named


class _Alike(NamedTuple):
    """The statements about the same resources."""

    position: int
    """That of its first member."""
    resources: ArnPatterns | None
    """None for a Deny that names none, or that has a flaw there: it denies every resource."""
    excepted: bool
    members: tuple[_Member, ...]


Index = tuple[_Alike, ...]
"""Statements about one action, by their resources; those first that hold an earlier statement."""


def first(index: Index, resource: str, values: Values) -> Named | None:
    """The first statement that applies to the resource under its conditions; None when none does."""
    found: Named | None = None
    limit = -1
    for start, resources, excepted, members in index:
        if found is not None and start > limit:
            break
        if resources is not None and resources.match(resource, values) is excepted:
            continue
        for position, conditions, named in members:
            if found is not None and position > limit:
                break
            for condition in conditions:
                if not condition.holds(values):
                    break
            else:
                found, limit = named, position
                break
    return found


class _Bundle:
    """What is remembered of a tuple of policies."""

    __slots__ = ("about", "allowing", "beside", "policies")

    def __init__(self, policies: tuple[CompiledPolicy, ...]) -> None:
        self.policies = policies
        self.about: dict[str, tuple[Index, Index]] = {}
        self.allowing: dict[str, tuple[Named, ...]] = {}
        self.beside: dict[str, tuple[Named, ...]] = {}


_bundles: dict[int, _Bundle] = {}


def _bundle(policies: tuple[CompiledPolicy, ...]) -> _Bundle:
    bundle = _bundles.get(id(policies))
    if bundle is None or bundle.policies is not policies:
        if len(_bundles) >= _KEPT_BUNDLES:
            _bundles.clear()
        # The bundle keeps the tuple alive, so its id cannot come to mean another one.
        bundle = _bundles[id(policies)] = _Bundle(policies)
    return bundle


def about(policies: tuple[CompiledPolicy, ...], action: str) -> tuple[Index, Index]:
    """The statements of all `policies` about `action`, which apply to every caller: those that deny, those that allow.

    An Allow that names a Principal, or no Resource, is left out: neither belongs into such a policy, so it was stored
    by mistake. So is one with a flaw. The answer is remembered for the tuple itself, so callers do well to keep it.
    """
    memory = _bundle(policies).about
    found = memory.get(action)
    if found is None:
        pairs = [(policy.about(action), policy.name) for policy in policies]
        denies = [(statement, name) for (denying, _), name in pairs for statement in denying]
        allows = [named for named in allowing(policies, action) if _is_for_all(named[0])]
        if len(memory) >= KEPT_ACTIONS:
            memory.clear()
        found = memory[action] = _index(denies), _index(allows)
    return found


def _is_for_all(statement: CompiledStatement) -> bool:
    return statement.principals is None and statement.resources is not None and statement.flaw is None


def _index(statements: Sequence[Named]) -> Index:
    if not statements:
        return ()
    alike: dict[tuple[int, bool], list[_Member]] = {}
    for position, named in enumerate(statements):
        statement = named[0]
        # Equal lists of resources are one object: `compiled` sees to that.
        # A flawed Deny has no conditions, and no resources either where the flaw is in them: it denies all the more.
        key = id(statement.resources), statement.except_resources
        alike.setdefault(key, []).append(_Member(position, statement.conditions, named))
    return tuple([_alike(members, excepted=excepted) for (_, excepted), members in alike.items()])


def _alike(members: list[_Member], *, excepted: bool) -> _Alike:
    resources = members[0].named[0].resources
    if len(members) > 1:
        shared = Counter(condition for member in members for condition in member.conditions)
        members = [one._replace(conditions=tuple(sorted(one.conditions, key=shared.__getitem__))) for one in members]
    return _Alike(members[0].position, resources, excepted, tuple(members))


def allowing(policies: tuple[CompiledPolicy, ...], action: str) -> tuple[Named, ...]:
    """Every Allow of all `policies` about `action`, in their order; remembered like `about`."""
    memory = _bundle(policies).allowing
    found = memory.get(action)
    if found is None:
        if len(memory) >= KEPT_ACTIONS:
            memory.clear()
        found = memory[action] = tuple(
            [(statement, policy.name) for policy in policies for statement in policy.about(action)[1]]
        )
    return found


def beside(policies: tuple[CompiledPolicy, ...], action: str) -> tuple[Named, ...]:
    """The statements of all `policies` that allow other actions of `action`'s service; remembered like `about`."""
    memory = _bundle(policies).beside
    found = memory.get(action)
    if found is None:
        lowered = action.lower()
        service = lowered.partition(":")[0]
        if len(memory) >= KEPT_ACTIONS:
            memory.clear()
        found = memory[action] = tuple(
            [
                (statement, policy.name)
                for policy in policies
                for statement in policy.statements
                if statement.allows and statement.is_about_service(service) and not statement.covers_action(lowered)
            ]
        )
    return found
