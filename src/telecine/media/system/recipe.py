"""What a system preset and a system template consist of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A system preset or job template."""

    name: str
    category: str
    description: str
    settings: Mapping[str, Any]
    """`PresetSettings` or `JobTemplateSettings`, by the model's member names."""
