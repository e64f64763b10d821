"""Lifecycle rules: what of a key's versions is due to go, and which uploads. Pure.

Source: S3 user guide, "Lifecycle configuration elements", "Expiring objects", "How Amazon S3 calculates how long an
object has been noncurrent". Days end at midnight UTC: an object that is a day old at noon is due twelve hours later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telecine.core.clock import from_epoch_ms
from telecine.services.s3.model import StoredObject, Tags, Upload

_ENABLED = "Enabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule that is in force."""

    prefix: str = ""
    tags: Tags = field(default_factory=dict)
    """All of them must be there."""
    above: int | None = None
    """Objects must be larger than so many bytes."""
    below: int | None = None
    """And smaller than so many."""
    days: int | None = None
    """The current version is due so many days after it was made."""
    date: datetime | None = None
    """The current version is due from then on."""
    removes_markers: bool = False
    """A delete marker with no versions behind it is due."""
    noncurrent_days: int | None = None
    """Another version is due so many days after it was superseded."""
    kept_noncurrent: int = 0
    """So many of these stay, the newest."""
    abort_days: int | None = None
    """An upload is due so many days after it was begun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What is to happen to a key."""

    expires: bool = False
    """The current version is to be deleted, as the bucket deletes objects."""
    versions: Sequence[str] = ()
    """Versions and delete markers that are to go for good."""

    def __bool__(self) -> bool:
        return self.expires or bool(self.versions)


def rules_of(document: Mapping[str, Any]) -> list[Rule]:
    """The rules in force of a configuration as it is stored: as the API has it, but with epoch milliseconds."""
    return [_rule(given) for given in document["Rules"] if given["Status"] == _ENABLED]


def due(rules: Sequence[Rule], versions: Sequence[StoredObject], now: datetime) -> Due:
    """What is due of one key, whose versions come the newest first."""
    current, others = versions[0], versions[1:]
    assert current.superseded_at is None
    gone = [version.version for number, version in enumerate(others) if _is_stale(rules, number, version, now)]
    if not current.is_delete_marker:
        return Due(expires=any(_expires(rule, current, now) for rule in rules), versions=gone)
    if len(gone) == len(others) and any(_clears(rule, current, now) for rule in rules):
        # With the last version its marker goes.
        gone.append(current.version)
    return Due(versions=gone)


def is_due(rules: Sequence[Rule], upload: Upload, now: datetime) -> bool:
    """Whether the upload is to be aborted."""
    return any(
        rule.abort_days is not None
        and upload.key.startswith(rule.prefix)
        and _is_over(upload.initiated_at, rule.abort_days, now)
        for rule in rules
    )


def _is_stale(rules: Sequence[Rule], number: int, version: StoredObject, now: datetime) -> bool:
    return any(
        rule.noncurrent_days is not None
        and number >= rule.kept_noncurrent
        and version.superseded_at is not None
        and _is_about(rule, version)
        and _is_over(version.superseded_at, rule.noncurrent_days, now)
        for rule in rules
    )


def _expires(rule: Rule, current: StoredObject, now: datetime) -> bool:
    return _is_about(rule, current) and _is_past(rule, current, now)


def _clears(rule: Rule, marker: StoredObject, now: datetime) -> bool:
    """Rules that let objects expire clear away markers that old as well."""
    return marker.key.startswith(rule.prefix) and (
        rule.removes_markers or (_is_about(rule, marker) and _is_past(rule, marker, now))
    )


def _is_past(rule: Rule, current: StoredObject, now: datetime) -> bool:
    if rule.date is not None:
        return now >= rule.date
    return rule.days is not None and _is_over(current.modified_at, rule.days, now)


def _is_about(rule: Rule, stored: StoredObject) -> bool:
    return (
        stored.key.startswith(rule.prefix)
        and all(stored.tags.get(key) == value for key, value in rule.tags.items())
        and (rule.above is None or stored.size > rule.above)
        and (rule.below is None or stored.size < rule.below)
    )


def _is_over(since: datetime, days: int, now: datetime) -> bool:
    """Whether so many days have passed, and the day that followed them is over, too."""
    end = since + timedelta(days=days)
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    return now >= (end if end == midnight else midnight + timedelta(days=1))


def _rule(given: Mapping[str, Any]) -> Rule:
    filter_ = given.get("Filter") or {}
    narrowed: Mapping[str, Any] = filter_.get("And") or filter_
    tags = narrowed.get("Tags") or ([narrowed["Tag"]] if "Tag" in narrowed else ())
    expiration = given.get("Expiration") or {}
    noncurrent = given.get("NoncurrentVersionExpiration") or {}
    return Rule(
        prefix=given.get("Prefix") or narrowed.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags},
        above=narrowed.get("ObjectSizeGreaterThan"),
        below=narrowed.get("ObjectSizeLessThan"),
        days=expiration.get("Days"),
        date=from_epoch_ms(expiration["Date"]) if "Date" in expiration else None,
        removes_markers=expiration.get("ExpiredObjectDeleteMarker", False),
        noncurrent_days=noncurrent.get("NoncurrentDays"),
        kept_noncurrent=noncurrent.get("NewerNoncurrentVersions", 0),
        abort_days=(given.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
    )
