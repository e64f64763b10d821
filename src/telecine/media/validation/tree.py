"""One pass over settings: at each structure the rules of its shape, then the structures below it.

A rule is a function of one structure alone. It knows nothing of where the structure stands, so that a rule of
`H264Settings` holds in a job, a template and a preset alike; its findings are told by paths below the structure, and a
path is written out only once something is wrong.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from telecine.media.settings import Structure
from telecine.media.validation.issue import Enough, Issue, Issues, Place, wire_name, written

Finding = tuple[str, str]
"""(path below the structure, message): `("/maxBitrate", "Should be …")`; the path is empty for the structure itself."""

Rule = Callable[[Structure], Iterable[Finding]]
"""What is wrong with one structure; nothing (`()`) when it keeps the rule."""


@dataclass(frozen=True, slots=True)
class On:
    """A rule that only concerns structures which have `member`, or have it with one of `values`."""

    member: str
    rule: Rule
    values: frozenset[object] | None = None
    """None for any value."""


class Kind(Enum):
    """How a member holds structures."""

    ONE = auto()
    EACH = auto()
    """A list; its positions are steps of the path."""
    NAMED = auto()
    """A map from names; the names are steps of the path."""


Tree = Mapping[str, Mapping[str, tuple[Kind, str]]]
"""By shape and member: how it holds structures, and of which shape. Only those that lead to a rule are there."""

Rules = Mapping[str, tuple[Rule | On, ...]]
"""By shape."""


@dataclass(slots=True)
class Node:
    """One shape, compiled. Not frozen: a shape may be reached by many members, and is filled in after it is known."""

    always: tuple[Rule, ...] = ()
    sometimes: tuple[tuple[str, frozenset[object] | None, Rule], ...] = ()
    asked: frozenset[str] = frozenset()
    """The members of `sometimes`: most structures have none of them, which one intersection tells."""
    below: Mapping[str, tuple[str, Kind, "Node"]] = field(default_factory=dict)
    """By member: its name on the wire, how it holds structures, their shape."""


def compiled(root: str, tree: Tree, *tables: Rules) -> Node:
    """The node of the shape `root`; where several tables speak of a shape, the rules of the first come first."""
    nodes: dict[str, Node] = {}

    def node(shape: str) -> Node:
        if shape in nodes:
            return nodes[shape]
        made = nodes[shape] = Node()
        rules = [rule for table in tables for rule in table.get(shape, ())]
        made.always = tuple(rule for rule in rules if not isinstance(rule, On))
        made.sometimes = tuple((rule.member, rule.values, rule.rule) for rule in rules if isinstance(rule, On))
        made.asked = frozenset(member for member, _values, _rule in made.sometimes)
        made.below = {
            member: (wire_name(member), kind, node(inner)) for member, (kind, inner) in tree.get(shape, {}).items()
        }
        return made

    return node(root)


def run(node: Node, settings: Structure, sound: Collection[int] = ()) -> list[Issue]:
    """Everything that is wrong, in the order of the settings; a structure's own findings before those below it.

    `sound`: the `id`s of structures that are known to keep every rule.
    """
    issues = Issues(sound)
    with suppress(Enough):
        _visit(node, settings, None, issues)
    return list(dict.fromkeys(issues))  # two rules may ask for the same


def _visit(node: Node, own: Structure, at: Place, issues: Issues) -> None:
    for rule in node.always:
        for path, message in rule(own):
            issues.append(Issue(path=written(at) + path, message=message))
    for member, values, rule in () if node.asked.isdisjoint(own) else node.sometimes:
        value = own.get(member)
        if value is not None and (values is None or value in values):
            for path, message in rule(own):
                issues.append(Issue(path=written(at) + path, message=message))
    members = node.below
    if not members:
        return
    held: Any
    for member, held in own.items():
        entry = members.get(member)
        if entry is None or held is None:
            continue
        step, kind, below = entry
        if kind is Kind.ONE:
            _visit(below, held, (at, step), issues)
            continue
        around = (at, step)
        for name, item in held.items() if kind is Kind.NAMED else enumerate(held):
            if item is not None and id(item) not in issues.sound:
                _visit(below, item, (around, name), issues)


def on(member: str, rule: Rule, *values: object) -> On:
    """`rule` for structures that have `member` (with one of `values`, if any are named)."""
    return On(member, rule, frozenset(values) if values else None)


def inside(own: Structure, *members: str) -> Structure:
    """The structure that is reached by `members`, or an empty one."""
    found: Any = own
    for member in members:
        found = found.get(member)
        if found is None:
            return _NOTHING
    structure: Structure = found
    return structure


_NOTHING: Structure = {}


def each(own: Structure, member: str) -> Collection[Structure]:
    """The structures in the list `member`; none when it is absent."""
    found: Any = own.get(member)
    return () if found is None else found
