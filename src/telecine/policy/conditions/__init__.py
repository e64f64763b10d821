"""Conditions: a table of operators, and the combinators that make every form of them."""

from telecine.policy.conditions.clause import Condition, Presence, compile_clause
from telecine.policy.conditions.operators import EVALUATED

__all__ = ["EVALUATED", "Condition", "Presence", "compile_clause"]
