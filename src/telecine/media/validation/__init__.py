"""Is a job's `Settings` something that this server can honour? The wire has checked the model's constraints before."""

from telecine.media.settings import Structure
from telecine.media.validation import groups, walk
from telecine.media.validation.issue import Issue

__all__ = ["Issue", "check"]


def check(settings: Structure) -> list[Issue]:
    """Everything that is wrong, first what is not supported and then what does not go together; empty when nothing is.

    Paths begin at the settings: `/outputGroups/0/outputs/0/videoDescription/codecSettings/codec`.
    """
    return [*walk.unsupported(settings), *groups.job(settings)]
