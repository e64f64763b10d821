"""What a job asks of the S3 that its outputs go to, held against what that can do: before the work, not after it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from telecine.media.settings import fields
from telecine.services.mediaconvert import errors
from telecine.wire.validate import small

_BELOW = "destinationSettings/s3Settings/storageClass"
_WORDS = "is not supported by this server, whose S3 does not restore objects: use GLACIER_IR or STANDARD_IA."


def problems(kept: Collection[str] | None, settings: Mapping[str, Any]) -> Iterator[errors.Finding]:
    """Storage classes that output groups name and that S3 does not keep; `kept`: those that it does, None: it is
    another server's S3, which says so itself, to the job."""
    if kept is None:
        return
    for number, group in enumerate(fields.children(settings, "OutputGroups")):
        for kind, own in fields.child(group, "OutputGroupSettings").items():
            if not isinstance(own, Mapping):
                continue  # its type
            asked = fields.child(fields.child(own, "DestinationSettings"), "S3Settings").get("StorageClass")
            if asked is not None and asked not in kept:
                yield f"/outputGroups/{number}/outputGroupSettings/{small(kind)}/{_BELOW}", f"{asked} {_WORDS}"
