"""PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from telecine.core.clock import epoch_ms, from_epoch_ms
from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import absences, errors
from telecine.services.s3.model import LIFECYCLE
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms

_MAX_RULES = 1000
_MAX_ID = 255
_MAX_KEPT = 100
_MINIMUM_SIZE = "all_storage_classes_128K"
"""The default for transitions, of which there are none."""
_ACTIONS = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
_TRANSITIONS = {"Transitions": "Transition", "NoncurrentVersionTransitions": "NoncurrentVersionTransition"}
_FILTERS = ("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")


def put_bucket_lifecycle_configuration(face: Objects, call: Call, params: Params) -> Result:
    """Raises InvalidArgument, InvalidRequest, MalformedXML, and NotImplemented for transitions."""
    terms.check("PutBucketLifecycleConfiguration", params)
    given: Sequence[Mapping[str, Any]] = (params.get("LifecycleConfiguration") or {}).get("Rules") or ()
    if not 1 <= len(given) <= _MAX_RULES:
        raise errors.malformed_xml()
    for rule in given:
        _check(rule)
    ids = [rule["ID"] for rule in given if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise errors.invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", "")
    size = params.get("TransitionDefaultMinimumObjectSize", _MINIMUM_SIZE)
    # A rule without a name gets one: always the same in one request.
    rules = [
        _stored({**rule, "ID": rule.get("ID") or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{call.request_id}/{number}"))})
        for number, rule in enumerate(given)
    ]
    document = {"Rules": rules, "TransitionDefaultMinimumObjectSize": size}
    face.buckets.configure(terms.bucket(face, params).name, LIFECYCLE, document)
    return {"TransitionDefaultMinimumObjectSize": size}


def get_bucket_lifecycle_configuration(face: Objects, _call: Call, params: Params) -> Result:
    """Raises NoSuchLifecycleConfiguration."""
    terms.check("GetBucketLifecycleConfiguration", params)
    bucket = terms.bucket(face, params)
    document = face.buckets.configuration(bucket.name, LIFECYCLE)
    if document is None:
        raise absences.no_such_lifecycle(bucket.name)
    return {**document, "Rules": [_shown(rule) for rule in document["Rules"]]}


def delete_bucket_lifecycle(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("DeleteBucketLifecycle", params)
    face.buckets.configure(terms.bucket(face, params).name, LIFECYCLE, None)
    return {}


def _check(rule: Mapping[str, Any]) -> None:
    for member, element in _TRANSITIONS.items():
        if rule.get(member):
            raise errors.not_implemented(element)
    if len(rule.get("ID") or "") > _MAX_ID:
        raise errors.invalid_argument("ID length should not exceed allowed limit of 255", "ID", rule["ID"])
    if ("Filter" in rule) is ("Prefix" in rule):
        # One of them; `Prefix` on its own is the old form.
        raise errors.malformed_xml()
    if not any(rule.get(action) for action in _ACTIONS):
        raise errors.invalid_request("At least one action needs to be specified in a rule")
    filter_ = rule.get("Filter") or {}
    if sum(member in filter_ for member in _FILTERS) > 1:
        raise errors.malformed_xml()
    narrowed = filter_.get("And") or filter_
    has_tags, has_sizes = bool(narrowed.get("Tag") or narrowed.get("Tags")), any("Size" in name for name in narrowed)
    _check_expiration(rule.get("Expiration"), has_tags=has_tags)
    _check_noncurrent(rule.get("NoncurrentVersionExpiration"), has_filter="Filter" in rule)
    abort = rule.get("AbortIncompleteMultipartUpload")
    if abort is not None:
        _check_days(abort.get("DaysAfterInitiation"), "DaysAfterInitiation", "AbortIncompleteMultipartUpload")
        if has_tags:
            raise errors.invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")
        if has_sizes:
            raise errors.invalid_request("AbortIncompleteMultipartUpload cannot be specified with Object Size.")


def _check_expiration(expiration: Mapping[str, Any] | None, *, has_tags: bool) -> None:
    if expiration is None:
        return
    if len(expiration) != 1:
        raise errors.malformed_xml()
    if "Days" in expiration:
        _check_days(expiration["Days"], "Days", "Expiration")
    if "Date" in expiration and epoch_ms(expiration["Date"]) % (24 * 3600 * 1000):
        raise errors.invalid_argument("'Date' must be at midnight GMT", "Date", expiration["Date"].isoformat())
    if "ExpiredObjectDeleteMarker" in expiration and has_tags:
        raise errors.invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.")


def _check_noncurrent(noncurrent: Mapping[str, Any] | None, *, has_filter: bool) -> None:
    if noncurrent is None:
        return
    _check_days(noncurrent.get("NoncurrentDays"), "NoncurrentDays", "NoncurrentVersionExpiration")
    kept = noncurrent.get("NewerNoncurrentVersions")
    if kept is not None and (not has_filter or not 1 <= kept <= _MAX_KEPT):
        raise errors.invalid_argument(
            f"'NewerNoncurrentVersions' must be between 1 and {_MAX_KEPT}, in a rule with a Filter",
            "NewerNoncurrentVersions",
            str(kept),
        )


def _check_days(days: int | None, name: str, action: str) -> None:
    if days is None:
        raise errors.malformed_xml()
    if days < 1:
        raise errors.invalid_argument(f"'{name}' for {action} action must be a positive integer", name, str(days))


def _stored(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """With its date as JSON has it."""
    expiration = rule.get("Expiration") or {}
    if "Date" not in expiration:
        return rule
    return {**rule, "Expiration": {**expiration, "Date": epoch_ms(expiration["Date"])}}


def _shown(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    expiration = rule.get("Expiration") or {}
    if "Date" not in expiration:
        return rule
    return {**rule, "Expiration": {**expiration, "Date": from_epoch_ms(expiration["Date"])}}
