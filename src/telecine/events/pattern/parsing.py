"""From the text of a pattern to its tree. The reasons of errors are event-ruler's, as PutRule answers with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from telecine.events.pattern import leaves
from telecine.events.pattern.leaves import Malformed, Test
from telecine.events.pattern.problems import InvalidEventPattern
from telecine.events.pattern.reading import Node, Pair, Reader

OR = "$or"
_RESERVED = frozenset(
    {
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
        *("=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case"),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Names that no field may have below `$or`: what was meant is an operator in the wrong place."""

_NOT_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"
_NOT_EXCLUDED = "Value of anything-but must be an array or single string/number value."
_MIXED = "Inside anything but list, either all values are number or string, mixed type is not supported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What the values of one field must be."""

    path: tuple[str, ...]
    """From the event down, its own name last."""
    tests: tuple[Test, ...]
    """One is enough."""
    may_be_absent: bool
    """`{"exists": false}` is among the alternatives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class All:
    """Every part must hold."""

    parts: "tuple[Field | Within | OneOf, ...]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Within:
    """What must hold in the object under a name."""

    name: str
    inner: All


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOf:
    """`$or`: one branch must hold."""

    branches: tuple[All, ...]


def parse(text: str) -> All:
    """The tree of a pattern. Raises `InvalidEventPattern`."""
    reader = Reader(text)
    root = reader.read()
    if root.kind != "object":
        raise reader.fail("Filter is not an object", root.seen)
    return _Parser(reader).object(root, (), set(), is_branch=False)


class _Parser:
    """Goes through one pattern."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def object(self, node: Node, path: tuple[str, ...], taken: set[tuple[str, ...]], *, is_branch: bool) -> All:
        """What `node` says of the object at `path`. `taken` are the paths that were spoken of before."""
        parts: list[Field | Within | OneOf] = []
        for pair in node.value:
            value, here = pair.node, (*path, pair.name)
            if pair.name == OR:
                parts.append(self._either(value, path, taken))
                continue
            if is_branch and pair.name in _RESERVED:
                raise self._fail(
                    f"{pair.name} is Ruler reserved fieldName which cannot be used inside {OR}.", value.seen
                )
            if value.kind == "object":
                inner = self.object(value, here, taken, is_branch=is_branch)
                parts.append(Within(name=pair.name, inner=inner))
            elif value.kind == "array":
                parts.append(self._field(value, here, taken))
            else:
                raise self._fail(f'"{pair.name}" must be an object or an array', value.seen)
        if not parts:
            raise self._fail("Empty objects are not allowed", node.end)
        return All(parts=tuple(parts))

    def _either(self, node: Node, path: tuple[str, ...], taken: set[tuple[str, ...]]) -> OneOf:
        if node.kind != "array":
            raise self._fail(f"It must be an Array followed with {OR}.", node.seen)
        branches, named = [], set(taken)
        for one in node.value:
            if one.kind != "object":
                raise self._fail(f"Only JSON object is allowed in array of {OR} relationship.", one.seen)
            own = set(taken)
            branches.append(self.object(one, path, own, is_branch=True))
            named |= own
        if len(branches) < 2:
            raise self._fail(f"There must have at least 2 Objects in {OR} relationship.", node.end)
        taken |= named
        return OneOf(branches=tuple(branches))

    def _field(self, node: Node, path: tuple[str, ...], taken: set[tuple[str, ...]]) -> Field:
        scalars: list[leaves.Leaf] = []
        tests: list[Test] = []
        may_be_absent = False
        for one in node.value:
            if one.kind == "object":
                test = self._expression(one)
                if test is None:
                    may_be_absent = True
                else:
                    tests.append(test)
            elif one.kind == "array":
                raise self._fail("Match value must be String, number, true, false, or null", one.seen)
            else:
                scalars.append(one.value)
        if not node.value:
            raise self._fail("Empty arrays are not allowed", node.end)
        if path in taken:
            raise self._fail(f"Path `{'.'.join(path)}` cannot be allowed multiple times", node.end)
        taken.add(path)
        if scalars:
            tests.insert(0, leaves.exactly(scalars))
        return Field(path=path, tests=tuple(tests), may_be_absent=may_be_absent)

    def _expression(self, node: Node) -> Test | None:
        """The test of `{"operator": operand}`; None for absence."""
        if not node.value:
            raise self._fail("Match expression name not found", node.end)
        pair = node.value[0]
        operand = pair.node
        if pair.name == "exists":
            if operand.kind != "word" or operand.value is None:
                raise self._fail("exists match pattern must be either true or false.", operand.seen)
            test = (lambda _leaf: True) if operand.value else None
        else:
            known = self._OPERATORS.get(pair.name)
            if known is None:
                raise self._fail(f"Unrecognized match type {pair.name}", operand.seen)
            try:
                test = known(self, operand)
            except Malformed as error:
                raise self._fail(str(error), operand.end) from error
        if len(node.value) > 1:
            is_numeric = pair.name in {"numeric", "anything-but"}
            raise self._fail(_TOO_MANY if is_numeric else _NOT_ONE_KEY, node.value[1].node.seen)
        return test

    def _prefix(self, operand: Node) -> Test:
        if operand.kind == "object":
            return leaves.begins([self._ignoring_case("prefix", operand)], ignore_case=True)
        return leaves.begins([self._text(operand, "prefix match pattern must be a string")])

    def _suffix(self, operand: Node) -> Test:
        if operand.kind == "object":
            return leaves.ends([self._ignoring_case("suffix", operand)], ignore_case=True)
        return leaves.ends([self._text(operand, "suffix match pattern must be a string")])

    def _ignoring_case(self, operator: str, operand: Node) -> str:
        """The text of `{"prefix": {"equals-ignore-case": text}}`."""
        pair = self._only(operand, f"{operator.capitalize()} expression name not found")
        if pair.name != "equals-ignore-case":
            raise self._fail(f"Unsupported {operator} pattern: {pair.name}", pair.node.seen)
        return self._text(pair.node, "equals-ignore-case match pattern must be a string")

    def _equals_ignoring_case(self, operand: Node) -> Test:
        return leaves.equals_ignoring_case([self._text(operand, "equals-ignore-case match pattern must be a string")])

    def _wildcard(self, operand: Node) -> Test:
        return leaves.wildcard([self._text(operand, "wildcard match pattern must be a string")])

    def _cidr(self, operand: Node) -> Test:
        # "prefix" is what AWS says here, too.
        return leaves.in_network(self._text(operand, "prefix match pattern must be a string"))

    def _anything_but(self, operand: Node) -> Test:
        if operand.kind == "object":
            return self._anything_but_like(operand)
        if operand.kind == "array":
            for one in operand.value:
                if one.kind not in {"string", "number"}:
                    raise self._fail("Inside anything but list, start|null|boolean is not supported.", one.seen)
            if len({one.kind for one in operand.value}) != 1:
                raise self._fail(_MIXED, operand.end)
            excluded = operand.value
        elif operand.kind in {"string", "number"}:
            excluded = [operand]
        else:
            raise self._fail(_NOT_EXCLUDED, operand.seen)
        for one in excluded:
            if one.kind == "number":
                leaves.check_number(one.value)
        return leaves.anything_but([one.value for one in excluded])

    def _anything_but_like(self, operand: Node) -> Test:
        """`{"anything-but": {"prefix": …}}` and its kin, each with one text or a list of them."""
        pair = self._only(operand, "Anything-But expression name not found", many=_TOO_MANY)
        kind, given = pair.name, pair.node
        if kind not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
            raise self._fail(f"Unsupported anything-but pattern: {kind}", given.seen)
        if given.kind not in {"array", "string", "number"}:
            raise self._fail(_NOT_EXCLUDED, given.seen)
        reason = {
            "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not "
            "supported.",
            "wildcard": "wildcard match pattern must be a string",
        }.get(kind, "prefix/suffix match pattern must be a string")
        texts = [self._text(one, reason) for one in (given.value if given.kind == "array" else [given])]
        if kind == "equals-ignore-case":
            return leaves.outside(leaves.equals_ignoring_case(texts))
        if kind == "wildcard":
            return leaves.outside(leaves.wildcard(texts))
        if "" in texts:
            raise self._fail("Null prefix/suffix not allowed", given.end)
        return leaves.outside(leaves.begins(texts) if kind == "prefix" else leaves.ends(texts))

    def _numeric(self, operand: Node) -> Test:
        if operand.kind != "array":
            raise self._fail("Value of numeric must be an array.", operand.seen)
        terms: list[Node] = operand.value
        if not terms or terms[0].kind != "string":
            shown = "]" if not terms else self._reader.text[terms[0].seen - 1 : terms[0].end]
            raise self._fail(f"Invalid member in numeric match: {shown}", terms[0].seen if terms else operand.end)
        operator = terms[0].value
        if operator not in {"=", "<", "<=", ">", ">="}:
            raise self._fail(f"Unrecognized numeric range operator: {operator}", terms[0].end)
        number = self._number(terms, 1, "equals" if operator == "=" else None)
        if operator in {">", ">="}:
            return self._range(operand, number)
        if operator == "=":
            test = leaves.between(number, number)
        else:
            test = leaves.between(None, number, is_high_open=operator == "<")
        if len(terms) > 2:
            raise self._fail(_TOO_MANY, terms[2].seen)
        return test

    def _range(self, operand: Node, low: float) -> Test:
        """`[">", low]`, or with an upper end behind it."""
        terms: list[Node] = operand.value
        is_low_open = terms[0].value == ">"
        if len(terms) == 2:
            return leaves.between(low, None, is_low_open=is_low_open)
        if terms[2].kind != "string":
            shown = self._reader.text[terms[2].seen - 1 : terms[2].end]
            raise self._fail(f"Bad value in numeric range: {shown}", terms[2].seen)
        if terms[2].value not in {"<", "<="}:
            raise self._fail(f"Bad numeric range operator: {terms[2].value}", terms[2].end)
        high = self._number(terms, 3, None)
        if len(terms) > 4:
            raise self._fail("Too many terms in numeric range expression", terms[4].seen)
        return leaves.between(low, high, is_low_open=is_low_open, is_high_open=terms[2].value == "<")

    def _number(self, terms: list[Node], at: int, name: str | None) -> float:
        """The number behind an operator."""
        if at < len(terms) and terms[at].kind == "number":
            number: float = terms[at].value
            return number
        operator = terms[at - 1]
        raise self._fail(
            f"Value of {name or operator.value} must be numeric", terms[at].seen if at < len(terms) else operator.end
        )

    def _only(self, node: Node, missing: str, *, many: str = _NOT_ONE_KEY) -> Pair:
        """The one pair of an object."""
        if not node.value:
            raise self._fail(missing, node.end)
        if len(node.value) > 1:
            raise self._fail(many, node.value[1].node.seen)
        pair: Pair = node.value[0]
        return pair

    def _text(self, node: Node, reason: str) -> str:
        if node.kind != "string":
            raise self._fail(reason, node.seen)
        text: str = node.value
        return text

    def _fail(self, reason: str, offset: int) -> InvalidEventPattern:
        return self._reader.fail(reason, offset)

    _OPERATORS: ClassVar["dict[str, Callable[[_Parser, Node], Test]]"] = {
        "prefix": _prefix,
        "suffix": _suffix,
        "equals-ignore-case": _equals_ignoring_case,
        "wildcard": _wildcard,
        "cidr": _cidr,
        "numeric": _numeric,
        "anything-but": _anything_but,
    }
