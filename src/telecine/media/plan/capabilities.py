"""What the machine that will run a plan can do. It goes into the plan, so that its bytes are the same anywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """Given by the engine when it plans a job, and fixed in the plan from then on."""

    threads: int = 2
    """Threads for the decoder and for the filtergraph; each encoder has one, so that its bytes repeat."""
