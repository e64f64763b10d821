"""The life of a job, from its submission to its end: the face of MediaConvert.

Operations submit, cancel and read; the engine claims, reports and settles. A status changes here and nowhere else.
What jobs need beside them hangs on it as parts: queues, presets, templates, searches, tags, uploads, retention, …
"""

from telecine.services.mediaconvert.errors import LeaseLost
from telecine.services.mediaconvert.lifecycle.face import Lifecycle
from telecine.services.mediaconvert.lifecycle.filling import filled
from telecine.services.mediaconvert.lifecycle.listings import JobPage, JobQuery
from telecine.services.mediaconvert.lifecycle.paging import PAGE_SIZE
from telecine.services.mediaconvert.lifecycle.queues import QueuePage, QueueQuery
from telecine.services.mediaconvert.lifecycle.recipes import Library, LibraryPage, LibraryQuery
from telecine.services.mediaconvert.lifecycle.searches import QueryResults

__all__ = [
    "PAGE_SIZE",
    "JobPage",
    "JobQuery",
    "LeaseLost",
    "Library",
    "LibraryPage",
    "LibraryQuery",
    "Lifecycle",
    "QueryResults",
    "QueuePage",
    "QueueQuery",
    "filled",
]
