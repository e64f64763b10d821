"""Every table of the house, gathered into one metadata."""

from telecine.db import metadata
from telecine.events import outbox
from telecine.events import tables as events
from telecine.seal import tables as seal
from telecine.services.iam import tables as iam
from telecine.services.kms import tables as kms
from telecine.services.mediaconvert import tables as mediaconvert
from telecine.services.s3 import tables as s3
from telecine.services.sts import tables as sts

__all__ = ["events", "iam", "kms", "mediaconvert", "metadata", "outbox", "s3", "seal", "sts"]
