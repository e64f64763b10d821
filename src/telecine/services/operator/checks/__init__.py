"""Checking a job before it is submitted: whether its caller may submit it, and its role do what it will do."""

from telecine.services.operator.checks.face import JobChecks
from telecine.services.operator.checks.model import Permission, Problem, Report, Side, Step, Unchecked

__all__ = ["JobChecks", "Permission", "Problem", "Report", "Side", "Step", "Unchecked"]
