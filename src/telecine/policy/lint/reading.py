"""A policy document as the linter reads it: whatever is in order stays, whatever is not becomes a finding.

`telecine.policy.parse` stops at the first breach of the grammar; here every one is told, with its place, and the rest
of the document is still looked at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from telecine.policy.lint.source import Form, Member, Node, Source

_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PRINCIPAL_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")

CODES = (
    "JSON_SYNTAX_ERROR",
    "DATA_TYPE_MISMATCH",
    "DUPLICATE_ELEMENT",
    "INVALID_POLICY_ELEMENT",
    "UNSUPPORTED_ELEMENT_COMBINATION",
    "INVALID_PRINCIPAL_FORMAT",
    "INVALID_PRINCIPAL_KEY",
)
"""The findings that reading itself makes: errors, all of them."""


class Hit(NamedTuple):
    """A finding of a rule: where, and what to say."""

    node: Node
    message: str


class Breach(NamedTuple):
    """A breach of the grammar."""

    code: str
    hit: Hit


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One line of a Condition."""

    operator: Node
    """The operator's name."""
    key: Node
    """The condition key's name."""
    values: tuple[Node, ...]
    whole: Node
    """The value or the list of values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """One principal."""

    key: str
    """`AWS`, `Service`, `Federated` or `CanonicalUser`."""
    node: Node
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement. None marks an element that is not there, or not of its form."""

    index: int
    node: Node
    sid: Node | None = None
    effect: Node | None = None
    actions: tuple[Node, ...] | None = None
    not_actions: tuple[Node, ...] | None = None
    resources: tuple[Node, ...] | None = None
    not_resources: tuple[Node, ...] | None = None
    principals: tuple[Named, ...] | None = None
    not_principals: tuple[Named, ...] | None = None
    conditions: tuple[Clause, ...] = ()
    has: frozenset[str] = frozenset()
    """The elements that stand in it, whatever their form."""

    @property
    def allows(self) -> bool:
        return self.effect is not None and self.effect.text == "Allow"

    @property
    def denies(self) -> bool:
        return self.effect is not None and self.effect.text == "Deny"

    def element(self, name: str) -> Node:
        """The value of the element `name`; the statement itself where it has none."""
        return next((member.value for member in self.node.members if member.name.text == name), self.node)

    def name(self, name: str) -> Node:
        """The name of the element `name`; the statement itself where it has none."""
        return next((member.name for member in self.node.members if member.name.text == name), self.node)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A document as far as it can be read."""

    root: Node
    version: Node | None
    statements: tuple[Statement, ...]
    has_statement: bool
    """There is an element `Statement`, whatever its form."""
    breaches: tuple[Breach, ...]

    @property
    def has_variables(self) -> bool:
        """Only documents of the newer version have policy variables."""
        return self.version is not None and self.version.text == "2012-10-17"


def read_policy(source: Source) -> Policy:
    """The policy in a JSON document."""
    return _Reading().policy(source.root)


class _Reading:
    def __init__(self) -> None:
        self.breaches: list[Breach] = []

    def policy(self, root: Node) -> Policy:
        if root.form is not Form.OBJECT:
            self._mismatch(root, "a policy", Form.OBJECT)
        found = self._members(root, ("Version", "Id", "Statement"), "a policy")
        version = self._text(found.get("Version"), "Version")
        self._text(found.get("Id"), "Id")
        listed = found.get("Statement")
        nodes = () if listed is None else listed.items if listed.form is Form.LIST else (listed,)
        statements = tuple(self._statements(nodes))
        return Policy(
            root=root,
            version=version,
            statements=statements,
            has_statement=listed is not None,
            breaches=tuple(self.breaches),
        )

    def _statements(self, nodes: tuple[Node, ...]) -> Iterator[Statement]:
        for index, node in enumerate(nodes):
            if node.form is Form.OBJECT:
                yield self._statement(index, node)
            else:
                self._mismatch(node, "a statement", Form.OBJECT)

    def _statement(self, index: int, node: Node) -> Statement:
        found = self._members(node, _ELEMENTS, "a statement")
        for name in ("Action", "Resource", "Principal"):
            if name in found and f"Not{name}" in found:
                message = f"{name} and Not{name} exclude each other: keep one of them."
                self._breach("UNSUPPORTED_ELEMENT_COMBINATION", found[f"Not{name}"], message)
        return Statement(
            index=index,
            node=node,
            sid=self._text(found.get("Sid"), "Sid"),
            effect=self._text(found.get("Effect"), "Effect"),
            actions=self._texts(found.get("Action"), "Action"),
            not_actions=self._texts(found.get("NotAction"), "NotAction"),
            resources=self._texts(found.get("Resource"), "Resource"),
            not_resources=self._texts(found.get("NotResource"), "NotResource"),
            principals=self._principals(found.get("Principal")),
            not_principals=self._principals(found.get("NotPrincipal")),
            conditions=tuple(self._conditions(found.get("Condition"))),
            has=frozenset(found),
        )

    def _members(self, node: Node, known: tuple[str, ...], owner: str) -> Mapping[str, Node]:
        """The members with known names; of two with the same name the last one, as readers of JSON have it."""
        found: dict[str, Node] = {}
        for member in node.members:
            name = member.name.text
            if name in found:
                self._twice(member.name)
            if name in known:
                found[name] = member.value
                continue
            meant = next((one for one in known if one.lower() == name.lower()), None)
            hint = f"did you mean {meant}?" if meant else f"{owner} has {', '.join(known)}."
            self._breach("INVALID_POLICY_ELEMENT", member.name, f"There is no element {name}: {hint}")
        return found

    def _conditions(self, node: Node | None) -> Iterator[Clause]:
        if node is None:
            return
        if node.form is not Form.OBJECT:
            self._mismatch(node, "Condition", Form.OBJECT)
        for operator in self._each(node):
            if operator.value.form is not Form.OBJECT:
                self._mismatch(operator.value, f"Condition.{operator.name.text}", Form.OBJECT)
            for key in self._each(operator.value):
                whole = key.value
                nodes = whole.items if whole.form is Form.LIST else (whole,)
                values = tuple(one for one in nodes if self._is_value(one))
                yield Clause(operator=operator.name, key=key.name, values=values, whole=whole)

    def _each(self, node: Node) -> Iterator[Member]:
        seen: set[str] = set()
        for member in node.members:
            if member.name.text in seen:
                self._twice(member.name)
            seen.add(member.name.text)
            yield member

    def _is_value(self, node: Node) -> bool:
        is_value = node.form in (Form.TEXT, Form.NUMBER, Form.TRUTH)
        if not is_value:
            message = f"A condition's value is a string, a number or true or false, not {node.form.value}."
            self._breach("DATA_TYPE_MISMATCH", node, message)
        return is_value

    def _principals(self, node: Node | None) -> tuple[Named, ...] | None:
        if node is None:
            return None
        if node.form is Form.TEXT and node.text == "*":
            return (Named(key="AWS", node=node, name="*"),)
        if node.form is not Form.OBJECT:
            written = node.text if node.form is Form.TEXT else "…"
            message = f'A principal is written {{"AWS": "{written}"}}; "*" alone means everybody.'
            self._breach("INVALID_PRINCIPAL_FORMAT", node, message)
            return None
        found: list[Named] = []
        for member in self._each(node):
            key = member.name.text
            if key not in _PRINCIPAL_KEYS:
                message = f"There is no kind of principal {key}: there are {', '.join(_PRINCIPAL_KEYS)}."
                self._breach("INVALID_PRINCIPAL_KEY", member.name, message)
                continue
            for one in self._texts(member.value, f"Principal.{key}") or ():
                found.append(Named(key=key, node=one, name=one.text))  # noqa: PERF401 - two loops read better than one
        return tuple(found)

    def _texts(self, node: Node | None, owner: str) -> tuple[Node, ...] | None:
        if node is None:
            return None
        if node.form is Form.LIST:
            return tuple(one for one in node.items if self._text(one, owner) is not None)
        return None if self._text(node, owner) is None else (node,)

    def _text(self, node: Node | None, owner: str) -> Node | None:
        if node is None or node.form is Form.TEXT:
            return node
        self._mismatch(node, owner, Form.TEXT)
        return None

    def _mismatch(self, node: Node, owner: str, wanted: Form) -> None:
        verb = f"{owner[:1].upper()}{owner[1:]} is {wanted.value}, not {node.form.value}."
        self._breach("DATA_TYPE_MISMATCH", node, verb)

    def _twice(self, name: Node) -> None:
        message = f"{name.text} stands twice: readers differ in which one counts. Keep one of them."
        self._breach("DUPLICATE_ELEMENT", name, message)

    def _breach(self, code: str, node: Node, message: str) -> None:
        self.breaches.append(Breach(code, Hit(node, message)))
