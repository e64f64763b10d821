"""Conditions: a table of operators, and the combinators that make every form of them."""

from telecine.policy.conditions.clause import Ambiguous, Condition, Presence, compile_clause
from telecine.policy.conditions.operators import EVALUATED

__all__ = ["EVALUATED", "Ambiguous", "Condition", "Presence", "compile_clause"]
