"""Checking a job takes a signature and nothing else: the caller hears of its own permissions, which it can also find
out by trying, and of everything else what it may know anyway (`services.operator.checks`)."""

from telecine.services.contract import Needs, nothing_needed
from telecine.services.operator.face import Operator

ROWS: dict[str, Needs[Operator]] = {"CheckJob": nothing_needed}
