"""Descriptions and checksums as columns hold them: JSON that says what was said, and nothing of what was not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telecine.core.clock import epoch_ms, from_epoch_ms
from telecine.services.s3.checksums import Algorithm, Checksum, Extent
from telecine.services.s3.model import STANDARD, Description

_TEXTS = ("content_type", "cache_control", "content_disposition", "content_encoding", "content_language")


def description_json(description: Description) -> Mapping[str, object]:
    """What was said, without what was not."""
    said: dict[str, object] = {
        name: getattr(description, name) for name in _TEXTS if getattr(description, name) is not None
    }
    if description.expires is not None:
        said["expires"] = epoch_ms(description.expires)
    if description.storage_class != STANDARD:
        said["storage_class"] = description.storage_class
    if description.metadata:
        said["metadata"] = dict(description.metadata)
    return said


def description(said: Mapping[str, Any]) -> Description:
    expires: datetime | None = from_epoch_ms(said["expires"]) if "expires" in said else None
    return Description(
        **{name: said[name] for name in (*_TEXTS, "storage_class") if name in said},
        expires=expires,
        metadata=said.get("metadata", {}),
    )


def checksum_json(checksum: Checksum | None) -> Mapping[str, str] | None:
    if checksum is None:
        return None
    return {"algorithm": checksum.algorithm, "value": checksum.value, "extent": checksum.extent}


def checksum(said: Mapping[str, str] | None) -> Checksum | None:
    if said is None:
        return None
    return Checksum(algorithm=Algorithm(said["algorithm"]), value=said["value"], extent=Extent(said["extent"]))
