"""What a rule is: a code, a rank, and a function from a policy to what is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from telecine.policy.catalogue import Action, Catalogue
from telecine.policy.lint.finding import FindingKind, PolicyKind
from telecine.policy.lint.overlap import LONGEST_ARN, arn_fits
from telecine.policy.lint.reading import Hit, Policy, Statement
from telecine.policy.lint.source import Node

_CLOSE = 0.75
"""From this likeness on a name is taken for a misspelled one."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What rules look at."""

    policy: Policy
    kind: PolicyKind
    catalogue: Catalogue
    size: int
    """Characters of the text that are no white space."""
    _fitting: dict[int, frozenset[str]] = field(default_factory=dict)

    def listed(self, statement: Statement) -> tuple[Action, ...] | None:
        """The actions of our services that the statement lists; None when it speaks of others than these too.

        That is the case with NotAction, with `*`, and where the service is not one of ours.
        """
        if statement.actions is None or statement.not_actions is not None:
            return None
        found: dict[str, Action] = {}
        for node in statement.actions:
            if node.text.partition(":")[0].lower() not in self.catalogue.services:
                return None
            found |= {action.full_name: action for action in self.catalogue.matching(node.text)}
        return tuple(found.values())

    def fitting(self, statement: Statement) -> frozenset[str]:
        """The ARN patterns of the resource types that some resource of the statement fits."""
        known = self._fitting.get(statement.index)
        if known is None:
            texts = {node.text for node in statement.resources or () if len(node.text) <= LONGEST_ARN}
            known = self._fitting[statement.index] = frozenset(
                pattern for pattern in self.patterns() if any(arn_fits(text, pattern) for text in texts)
            )
        return known

    def patterns(self) -> Iterator[str]:
        """The ARN pattern of every resource type of our services."""
        for service in self.catalogue.services.values():
            for resource in service.resources.values():
                yield resource.arn


Check = Callable[[Scope], Iterator[Hit]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One thing to look for."""

    code: str
    kind: FindingKind
    check: Check
    """What is wrong, and where."""
    policies: frozenset[PolicyKind] = frozenset(PolicyKind)
    """The kinds of policies that it is about."""


def each(look: Callable[[Statement, Scope], Iterator[Hit]]) -> Check:
    """The check that looks at each statement by itself."""

    def check(scope: Scope) -> Iterator[Hit]:
        for statement in scope.policy.statements:
            yield from look(statement, scope)

    return check


def actions(statement: Statement) -> tuple[Node, ...]:
    """Every action that the statement names, excepted ones too."""
    return (statement.actions or ()) + (statement.not_actions or ())


def resources(statement: Statement) -> tuple[Node, ...]:
    """Every resource that the statement names, excepted ones too."""
    return (statement.resources or ()) + (statement.not_resources or ())


def meant(name: str, known: Iterator[str] | tuple[str, ...]) -> str:
    """` Did you mean …?` for a name that is like a known one; empty when none is."""
    by_lower = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=_CLOSE)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""
