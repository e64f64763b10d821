"""Records of the audit log as a caller of their account sees them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from telecine.services.contract import Result
from telecine.services.operator.audit import Page, Record

_ON_THINGS = ("resource", "trust", "rcp", "endpoint")
"""The families of policies that belong to whoever owns the resource, not to the caller."""


def page(found: Page) -> Result:
    """A page of records."""
    return {"records": [record(one) for one in found.records], "nextToken": found.next_token}


def record(found: Record) -> dict[str, Any]:
    """One record in the form of CloudTrail's LookupEvents, with the whole of it as JSON."""
    identity = found.get("userIdentity") or {}
    return {
        "eventId": found.get("eventID"),
        "eventName": found.get("eventName", ""),
        "eventSource": found.get("eventSource"),
        "eventTime": _moment(found.get("eventTime")),
        "requestId": found.get("requestID"),
        "readOnly": found.get("readOnly"),
        "accessKeyId": identity.get("accessKeyId"),
        "username": identity.get("userName"),
        "errorCode": found.get("errorCode"),
        "cloudTrailEvent": json.dumps(_shown(found), separators=(",", ":")),
    }


def _shown(found: Record) -> Record:
    """The record without what it tells of another account's policies."""
    own = found.get("telecine")
    trace = own.get("trace") if isinstance(own, Mapping) else None
    if not isinstance(own, Mapping) or not isinstance(trace, Mapping):
        return found
    asked = trace.get("request")
    owner = asked.get("resourceAccount") if isinstance(asked, Mapping) else None
    if owner is not None and owner == found.get("recipientAccountId"):
        return found
    kept = {
        name: [one for one in value if one.get("family") not in _ON_THINGS]
        if name in ("statements", "nearMisses") and isinstance(value, list)
        else value
        for name, value in trace.items()
    }
    return {**found, "telecine": {**own, "trace": kept}}


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
