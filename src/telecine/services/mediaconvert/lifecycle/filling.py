"""What a request for a job becomes with the template that it names."""

from collections.abc import Mapping
from typing import Any

from telecine.media import merge
from telecine.services.mediaconvert.model import JobTemplate


def filled(params: Mapping[str, Any], template: JobTemplate) -> dict[str, Any]:
    """The parameters of CreateJob with everything that they leave to the template."""
    draft = template.draft
    settings = merge.merge_job(params.get("Settings", {}), draft.settings)
    return {**draft.defaults, **params, "Settings": settings}
