"""The ledger: for every member of a job's settings, what this server does with it. A member not listed is refused.

`SHAPES[shape][member]` is a rule (`rules.py`). The documentation of what is supported is generated from it.
"""

from telecine.media.validation.ledger.codecs import CODECS
from telecine.media.validation.ledger.groups import GROUPS
from telecine.media.validation.ledger.job import JOB
from telecine.media.validation.ledger.rules import (
    Each,
    Honoured,
    HonouredFirst,
    Inert,
    Named,
    Neutral,
    Refused,
    Rule,
    Shapes,
    Within,
)

SHAPES: Shapes = {**JOB, **GROUPS, **CODECS}

ROOT = "JobSettings"

__all__ = [
    "ROOT",
    "SHAPES",
    "Each",
    "Honoured",
    "HonouredFirst",
    "Inert",
    "Named",
    "Neutral",
    "Refused",
    "Rule",
    "Shapes",
    "Within",
]
