"""One line of a Condition, compiled: an operator with its combinators, a key, and a matcher.

The combinators are applied here, once for all operators (IAM user guide, "Condition operators" and "Multivalued context
keys"):

* `Not…` is the complement of the positive form, also for values that are not of the type.
* An absent key: false; true for `Not…`, for `…IfExists` and for `ForAllValues:`; false for `ForAnyValue:`.
* `ForAllValues:` and `ForAnyValue:` ask the (possibly negated) operator of each value of the request.
* A multivalued key under an operator without either prefix does not match. In a Deny, a `Not…` matches it all the same:
  such a statement must not lose its force through a policy's mistake.
"""

from enum import Enum

from telecine.policy.conditions.operators import NULL, OPERATORS, Matcher, UnreadableValue
from telecine.policy.conditions.values import truth
from telecine.policy.document import SYNTAX_ERROR, Clause, MalformedPolicy
from telecine.policy.variables import MalformedVariable, Values

_IF_EXISTS = "IfExists"


class Quantifier(Enum):
    """How an operator treats the values of a multivalued key."""

    ONE = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


class Condition:
    """A compiled clause; `holds` is asked for each request."""

    __slots__ = ("absent", "clause", "is_negated", "key", "matcher", "quantifier", "several")

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
        self.matcher = matcher
        self.is_negated = is_negated
        self.quantifier = quantifier
        self.absent = absent
        self.several = is_negated and in_deny

    def holds(self, values: Values) -> bool:
        """Whether the request's value of the key satisfies the clause."""
        value = values.get(self.key)
        if value is None:
            return self.absent
        quantifier = self.quantifier
        if type(value) is str:
            if quantifier is Quantifier.ONE:
                return bool(self.matcher(value, values)) is not self.is_negated
            several: tuple[str, ...] = (value,) if value else ()
        else:
            several = tuple(value)  # type: ignore[arg-type]  # a context value is a string or a sequence of them
        if not several:
            return self.absent
        if quantifier is Quantifier.ONE:
            return self.several
        quantify = all if quantifier is Quantifier.ALL else any
        return quantify(bool(self.matcher(one, values)) is not self.is_negated for one in several)


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
    """The compiled form of `clause`.

    `variables`: whether `${…}` is a variable in this document; `in_deny`: whether the statement denies. Raises
    `MalformedPolicy` for an unknown operator (names are exact) and for a value that is not of the operator's type.
    """
    if clause.operator == NULL:
        return _presence(clause)
    quantifier, rest = Quantifier.ONE, clause.operator
    for prefixed in (Quantifier.ALL, Quantifier.ANY):
        if rest.startswith(prefixed.value):
            quantifier, rest = prefixed, rest.removeprefix(prefixed.value)
    name = rest.removesuffix(_IF_EXISTS)
    operator = OPERATORS.get(name)
    if operator is None:
        raise MalformedPolicy(SYNTAX_ERROR, element=clause.element)
    try:
        matcher = operator.build(clause.values, variables=variables)
    except (UnreadableValue, MalformedVariable) as error:
        raise MalformedPolicy(SYNTAX_ERROR, element=clause.element) from error
    if name != rest or quantifier is Quantifier.ALL:
        absent = True
    else:
        absent = operator.is_negated and quantifier is Quantifier.ONE
    return Condition(
        clause,
        matcher=matcher,
        is_negated=operator.is_negated,
        quantifier=quantifier,
        absent=absent,
        in_deny=in_deny,
    )


def _presence(clause: Clause) -> Presence:
    wanted = [truth(value) for value in clause.values]
    if None in wanted:
        raise MalformedPolicy(SYNTAX_ERROR, element=clause.element)
    return Presence(clause, absent="true" in wanted, present="false" in wanted)
