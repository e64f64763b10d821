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
    """The record without what it tells of another account's policies: neither what they say nor whether they deny."""
    own = found.get("telecine")
    trace = own.get("trace") if isinstance(own, Mapping) else None
    if not isinstance(own, Mapping) or not isinstance(trace, Mapping):
        return found
    asked = trace.get("request")
    owner = asked.get("resourceAccount") if isinstance(asked, Mapping) else None
    if owner is not None and owner == found.get("recipientAccountId"):
        return found
    return {**found, "telecine": {**own, "trace": _own_part(trace)}}


def _own_part(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a trace what the caller's own policies had to say."""
    kept = dict(trace)
    for name in ("statements", "nearMisses"):
        if isinstance(trace.get(name), list):
            kept[name] = [one for one in trace[name] if one.get("family") not in _ON_THINGS]
    if isinstance(trace.get("families"), Mapping):
        kept["families"] = {name: said for name, said in trace["families"].items() if name not in _ON_THINGS}
    if trace.get("blockedBy") in _ON_THINGS:
        kept.pop("decision", None)
    return kept


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
