"""One line of a Condition, compiled: an operator with its combinators, a key, and a matcher.

The combinators are applied here, once for all operators (IAM user guide, "Condition operators" and "Multivalued context
keys"):

* `Not…` is the complement of the positive form, also for values that are not of the type.
* An absent key: false; true for `Not…`, for `…IfExists` and for `ForAllValues:`; false for `ForAnyValue:`.
* `ForAllValues:` and `ForAnyValue:` ask the (possibly negated) operator of each value of the request.
* Two keys that differ by case alone make no Allow apply, and every Deny: whoever may write tags could otherwise add
  `Team` beside `team` and so escape it.
* A multivalued key under an operator without either prefix does not match. In a Deny, a `Not…` matches it all the same:
  such a statement must not lose its force through a policy's mistake.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache

from telecine.policy.conditions.operators import NULL, OPERATORS, Matcher, UnreadableValue
from telecine.policy.conditions.values import truth
from telecine.policy.document import SYNTAX_ERROR, Clause, MalformedPolicy
from telecine.policy.variables import MalformedVariable, Values

_IF_EXISTS = "IfExists"
_LONGEST_KNOWN = 4096
"""Signs of a clause that is remembered: a simulator's caller may send longer ones, again and again."""

Test = Callable[[Values], bool]
"""Whether a condition holds for the values of a request."""
Quantify = Callable[[Iterable[object]], bool]


class UnknownOperator(ValueError):
    """A name that is no condition operator."""


class Ambiguous(tuple[str, ...]):
    """The values of keys that differ by case alone. Keys are compared without case: nobody can say which is meant."""

    __slots__ = ()


class Quantifier(Enum):
    """How an operator treats the values of a multivalued key."""

    ONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Condition:
    """A compiled clause; `holds` is asked for each request. Equal clauses of any policies are one object."""

    __slots__ = ("clause", "holds", "key")

    holds: Test
    """Whether the request's value of the key satisfies the clause."""

    def __init__(
        self,
        clause: Clause,
        *,
        matcher: Matcher,
        is_negated: bool,
        quantifier: Quantifier,
        absent: bool,
        in_deny: bool,
    ) -> None:
        self.clause = clause
        self.key = clause.key.lower()
        if quantifier is Quantifier.ONE:
            # Only in a Deny does a negated operator match several values.
            self.holds = _of_one(
                self.key,
                matcher,
                is_negated=is_negated,
                absent=absent,
                several=is_negated and in_deny,
                ambiguous=in_deny,
            )
        else:
            quantify = all if quantifier is Quantifier.ALL else any
            self.holds = _of_several(
                self.key, matcher, quantify, is_negated=is_negated, absent=absent, ambiguous=in_deny
            )


def _of_one(key: str, matcher: Matcher, *, is_negated: bool, absent: bool, several: bool, ambiguous: bool) -> Test:
    """The test of an operator without a quantifier; `several` is its answer to a multivalued key."""

    def holds(values: Values) -> bool:
        value = values.get(key)
        if type(value) is str:
            return not matcher(value, values) if is_negated else bool(matcher(value, values))
        if type(value) is Ambiguous:
            return ambiguous
        return several if value else absent

    return holds


def _of_several(
    key: str, matcher: Matcher, quantify: Quantify, *, is_negated: bool, absent: bool, ambiguous: bool
) -> Test:
    """The test of an operator that is asked of each value."""

    def holds(values: Values) -> bool:
        value = values.get(key)
        # An empty string is an empty set (IAM user guide, "Multivalued context keys": a null data set).
        several = ((value,) if value else ()) if type(value) is str else value
        if not several:
            return absent
        if type(value) is Ambiguous:
            return ambiguous
        return quantify(bool(matcher(one, values)) is not is_negated for one in several)  # type: ignore[attr-defined]  # a sequence of strings

    return holds


class Presence:
    """`Null`: asks whether the key is there. An empty multivalued key is absent."""

    __slots__ = ("absent", "clause", "key", "present")

    def __init__(self, clause: Clause, *, absent: bool, present: bool) -> None:
        self.clause = clause
        self.key = clause.key.lower()
        self.absent = absent
        self.present = present

    def holds(self, values: Values) -> bool:
        """Whether the key is there or not, as asked."""
        value = values.get(self.key)
        is_absent = value is None or (not isinstance(value, str) and not value)
        return self.absent if is_absent else self.present


def compile_clause(clause: Clause, *, variables: bool, in_deny: bool) -> Condition | Presence:
    """The compiled form of `clause`; one object for equal clauses, wherever they stand, unless they are very long.

    `variables`: whether `${…}` is a variable in this document; `in_deny`: whether the statement denies. Raises
    `MalformedPolicy` for an unknown operator (names are exact) and for a value that is not of the operator's type.
    """
    try:
        size = len(clause.key) + sum(map(len, clause.values))
        make = _known if size <= _LONGEST_KNOWN else _compiled
        return make(clause.operator, clause.key, clause.values, variables=variables, in_deny=in_deny)
    except (UnknownOperator, UnreadableValue, MalformedVariable) as error:
        raise MalformedPolicy(SYNTAX_ERROR, element=clause.element) from error


def _compiled(
    operator: str, key: str, values: tuple[str, ...], *, variables: bool, in_deny: bool
) -> Condition | Presence:
    clause = Clause(operator=operator, key=key, values=values, element="")
    if operator == NULL:
        return _presence(clause)
    quantifier, rest = Quantifier.ONE, operator
    for prefixed in (Quantifier.ALL, Quantifier.ANY):
        if rest.startswith(prefixed.value):
            quantifier, rest = prefixed, rest.removeprefix(prefixed.value)
    name = rest.removesuffix(_IF_EXISTS)
    found = OPERATORS.get(name)
    if found is None:
        raise UnknownOperator(operator)
    matcher = found.build(values, variables=variables)
    is_lenient = name != rest or quantifier is Quantifier.ALL
    absent = is_lenient or (found.is_negated and quantifier is Quantifier.ONE)
    return Condition(
        clause,
        matcher=matcher,
        is_negated=found.is_negated,
        quantifier=quantifier,
        absent=absent,
        in_deny=in_deny,
    )


_known = lru_cache(maxsize=4096)(_compiled)


def _presence(clause: Clause) -> Presence:
    wanted = [truth(value) for value in clause.values]
    if None in wanted:
        raise UnreadableValue(clause.values)
    return Presence(clause, absent="true" in wanted, present="false" in wanted)
