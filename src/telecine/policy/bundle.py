"""Policies that are decided on together: those of one family, indexed as one by action."""

from telecine.policy.compiled import KEPT_ACTIONS, CompiledPolicy, CompiledStatement

Named = tuple[CompiledStatement, str]
"""A statement and the name of its policy."""

_KEPT_BUNDLES = 2048


class _Bundle:
    """What is remembered of a tuple of policies."""

    __slots__ = ("about", "beside", "policies")

    def __init__(self, policies: tuple[CompiledPolicy, ...]) -> None:
        self.policies = policies
        self.about: dict[str, tuple[tuple[Named, ...], tuple[Named, ...]]] = {}
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


def about(policies: tuple[CompiledPolicy, ...], action: str) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """The statements of all `policies` about `action`, which apply to every caller: those that deny, those that allow.

    An Allow that names a Principal, or no Resource, is left out: neither belongs into such a policy, so it was stored
    by mistake. The answer is remembered for the tuple itself, so callers do well to keep it.
    """
    bundle = _bundle(policies)
    found = bundle.about.get(action)
    if found is None:
        pairs = [(policy.about(action), policy.name) for policy in policies]
        found = (
            tuple((statement, name) for (denies, _), name in pairs for statement in denies),
            tuple((statement, name) for (_, allows), name in pairs for statement in allows if _is_for_all(statement)),
        )
        if len(bundle.about) >= KEPT_ACTIONS:
            bundle.about.clear()
        bundle.about[action] = found
    return found


def _is_for_all(statement: CompiledStatement) -> bool:
    return statement.principals is None and statement.resources is not None


def beside(policies: tuple[CompiledPolicy, ...], action: str) -> tuple[Named, ...]:
    """The statements of all `policies` that allow other actions of `action`'s service; remembered like `about`."""
    bundle = _bundle(policies)
    found = bundle.beside.get(action)
    if found is None:
        lowered = action.lower()
        service = lowered.partition(":")[0]
        found = tuple(
            (statement, policy.name)
            for policy in policies
            for statement in policy.statements
            if statement.allows and statement.is_about_service(service) and not statement.covers_action(lowered)
        )
        if len(bundle.beside) >= KEPT_ACTIONS:
            bundle.beside.clear()
        bundle.beside[action] = found
    return found
