"""Planning: settings, probes and capabilities become a `Plan`, which is data."""

from telecine.media.plan.build import VERSION, plan
from telecine.media.plan.capabilities import Capabilities
from telecine.media.plan.model import Artifact, Expectation, GroupPlan, ObjectTerms, OutputPlan, Plan, Step
from telecine.media.plan.serial import from_json, to_json

__all__ = [
    "VERSION", "Artifact", "Capabilities", "Expectation", "GroupPlan", "ObjectTerms", "OutputPlan", "Plan", "Step",
    "from_json", "plan", "to_json",
]  # fmt: skip
