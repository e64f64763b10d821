"""Rules on what says the same twice."""

from collections.abc import Callable, Iterator

from telecine.policy.lint.overlap import arn_covers, covers
from telecine.policy.lint.reading import Hit, Statement
from telecine.policy.lint.rule import Scope, actions, resources
from telecine.policy.lint.source import Node

_COMPARED = 256
"""So many entries of a list, or statements, are compared with each other: the effort grows with the square."""


def _redundant(nodes: tuple[Node, ...], covers: Callable[[str, str], bool]) -> Iterator[tuple[Node, str]]:
    """The entries that another one covers, with that other; of two equal ones the later."""
    first: dict[str, Node] = {}
    for node in nodes:
        if first.setdefault(node.text, node) is not node:
            yield node, node.text
    distinct = tuple(first.values())[:_COMPARED]
    for node in distinct:
        wider = next((one.text for one in distinct if one is not node and covers(one.text, node.text)), None)
        if wider is not None:
            yield node, wider


def action(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """An action that another one of the list covers."""
    for node, wider in _redundant(actions(statement), _action_covers):
        yield Hit(node, f"{node.text} is covered by {wider} in the same statement: remove it.")


def resource(statement: Statement, _scope: Scope) -> Iterator[Hit]:
    """A resource that another one of the list covers."""
    for node, wider in _redundant(resources(statement), arn_covers):
        yield Hit(node, f"{node.text} is covered by {wider} in the same statement: remove it.")


def _action_covers(wider: str, narrower: str) -> bool:
    # Which of two spellings of one action goes is a matter of order: the one that covers is the first.
    one, two = wider.lower(), narrower.lower()
    return one != two and covers(one, two)


def statement(scope: Scope) -> Iterator[Hit]:
    """A statement that another one covers."""
    compared = scope.policy.statements[:_COMPARED]
    for one in compared:
        wider = next((other for other in compared if other is not one and _covers(other, one)), None)
        if wider is not None:
            name = f"statement {wider.index + 1}" + (f" ({wider.sid.text})" if wider.sid and wider.sid.text else "")
            yield Hit(one.node, f"The statement says nothing that {name} does not say: remove it.")


def _covers(wider: Statement, narrower: Statement) -> bool:
    is_alike = _rest(wider) == _rest(narrower) and wider.actions is not None and narrower.actions is not None
    if not is_alike or not _all(wider.actions, narrower.actions, lambda a, b: covers(a.lower(), b.lower())):
        return False
    if not _all(wider.resources, narrower.resources, arn_covers):
        return False
    is_same = _texts(wider.actions) == _texts(narrower.actions) and _texts(wider.resources) == _texts(
        narrower.resources
    )
    return not is_same or wider.index < narrower.index


def _rest(one: Statement) -> tuple[object, ...]:
    """What two statements must have in common for one to cover the other."""
    return (
        one.effect and one.effect.text,
        one.has - {"Sid", "Condition"},
        _principals(one),
        frozenset(
            (clause.operator.text, clause.key.text.lower(), frozenset(node.text for node in clause.values))
            for clause in one.conditions
        ),
        _texts(one.not_resources),
        _texts(one.not_actions),
    )


def _principals(one: Statement) -> tuple[object, object]:
    listed, excepted = one.principals, one.not_principals
    return (
        listed and frozenset((name.key, name.name) for name in listed),
        excepted and frozenset((name.key, name.name) for name in excepted),
    )


def _texts(nodes: tuple[Node, ...] | None) -> frozenset[str]:
    return frozenset(node.text for node in nodes or ())


def _all(wider: tuple[Node, ...] | None, narrower: tuple[Node, ...] | None, covers: Callable[[str, str], bool]) -> bool:
    """Whether each of `narrower` is covered by one of `wider`."""
    if (wider is None) != (narrower is None):
        return False
    given = (wider or ())[:_COMPARED]
    return all(any(covers(one.text, node.text) for one in given) for node in (narrower or ())[: _COMPARED + 1])
