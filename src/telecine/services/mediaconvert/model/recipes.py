"""Presets and job templates: what jobs are made of again and again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from telecine.core.names import AccountId, Region
from telecine.services.mediaconvert.model.names import preset_arn, template_arn

TEMPLATE_DEFAULTS = (
    "AccelerationSettings",
    "ElementalInferenceSettings",
    "HopDestinations",
    "Priority",
    "Queue",
    "StatusUpdateInterval",
)
"""Members of a template beside its settings, which a job has unless its request says otherwise: each one whole."""

MAX_CUSTOM = 1_000
"""How many presets, and how many templates, an account may have. AWS's quotas are in no public copy: our decision."""

SYSTEM_PREFIX = "System-"
"""What the names of AWS's own begin with."""


class LibraryType(StrEnum):
    CUSTOM = "CUSTOM"
    SYSTEM = "SYSTEM"


class LibrarySort(StrEnum):
    """`ListBy`: the account's own by one of two orders, or the system's by name."""

    NAME = "NAME"
    CREATION_DATE = "CREATION_DATE"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A preset or template as its creator asks for it, checked."""

    name: str
    category: str | None
    description: str | None
    settings: Mapping[str, Any]
    """`PresetSettings` or `JobTemplateSettings`, by the model's member names; given back as they are."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Of a template: those of `TEMPLATE_DEFAULTS` that it has, as given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Settings for an output: video, audio, captions and the container."""

    account: AccountId
    region: Region
    draft: Draft
    type: LibraryType
    created_at: datetime
    updated_at: datetime

    @property
    def arn(self) -> str:
        return preset_arn(self.account, self.region, self.draft.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobTemplate:
    """Settings for a job, and where it shall wait."""

    account: AccountId
    region: Region
    draft: Draft
    type: LibraryType
    created_at: datetime
    updated_at: datetime

    @property
    def arn(self) -> str:
        return template_arn(self.account, self.region, self.draft.name)
