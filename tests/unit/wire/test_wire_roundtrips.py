"""Every operation: what botocore writes we read, what we write botocore reads."""

from typing import Any

import pytest
from botocore import parsers
from botocore.model import Shape, StructureShape

from telecine.wire import compiled, models, routing
from telecine.wire.http import HttpResponse
from unit.wire.samples import botocore_request, botocore_response, is_event_stream, sample

BARE_TEXT = "GetBucketLocation"
"""botocore reads this answer with a handler of its own; test_wire_rest_xml has it."""

AMBIGUOUS = {"GetBucketNotification", "PutBucketNotification"}
"""Deprecated: their shapes give two members the same element, so that they cannot be read back by anybody."""

IN_ITS_PLACE = {
    # Each shares method, path and literals with the operation that took its place.
    "ListDirectoryBuckets": "ListBuckets",
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "minimal"])
@pytest.mark.parametrize("service", models.SERVICES)
def test_requests_of_botocore_are_read_back(service: str, is_full: bool) -> None:
    """For every operation routing finds its name, and the parameters come out as they went into boto3's serializer."""
    wrong: dict[str, Any] = {}
    for name in models.operations(service):
        model = models.operation_model(service, name)
        params = sample(model.input_shape, is_full=is_full) if model.input_shape is not None else {}
        request, body = botocore_request(model, params)
        route = routing.route(service, request, body)
        if route.operation != IN_ITS_PLACE.get(name, name):
            wrong[name] = route.operation
        read = compiled.operation(service, name).parse(request, route, body)
        # botocore adds the length of a body that the caller did not count.
        if "ContentLength" not in params:
            read.pop("ContentLength", None)
        wanted = _without_empty(params) if service in {"iam", "sts"} else params
        if name not in AMBIGUOUS and read != wanted:
            wrong[name] = (wanted, read)
    assert wrong == {}


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "minimal"])
@pytest.mark.parametrize("service", models.SERVICES)
def test_answers_are_read_by_botocore(service: str, is_full: bool) -> None:
    """For every operation boto3's parser finds exactly the result that was serialized, and the request id."""
    wrong: dict[str, Any] = {}
    for name in models.operations(service):
        model = models.operation_model(service, name)
        shape = model.output_shape
        if is_event_stream(shape) or name in {BARE_TEXT, *AMBIGUOUS}:
            continue
        result = sample(shape, is_full=is_full) if shape is not None else {}
        response = compiled.operation(service, name).serialize(result, request_id="the-request-id")
        parser = parsers.create_parser(model.service_model.metadata["protocol"])
        read = parser.parse(botocore_response(response), shape)
        metadata = read.pop("ResponseMetadata")
        assert metadata["RequestId"] == "the-request-id"
        is_part = any(header == "Content-Range" for header, _value in response.headers)
        assert response.status == (206 if is_part else model.http.get("responseCode", 200))
        wanted = _as_botocore_shows(shape, result, response) if shape is not None else {}
        if read != wanted:
            wrong[name] = (wanted, read)
    assert wrong == {}


def _without_empty(params: dict[str, Any]) -> dict[str, Any]:
    """A structure without members leaves nothing in a form."""
    return {name: value for name, value in params.items() if value != {}}


def _as_botocore_shows(shape: StructureShape, result: dict[str, Any], response: HttpResponse) -> dict[str, Any]:
    """The result with what botocore makes of absent members and of headers that are always there."""
    shown = dict(result)
    headers = dict(response.headers)
    for name, member in shape.members.items():
        if member.serialization.get("name") in {"Content-Length", "Content-Type"} and name not in result:
            _put(shown, name, headers.get(member.serialization["name"]), member)
        if member.serialization.get("location") == "headers":
            shown.setdefault(name, {})
    if "ContentLength" in shape.members and shape.serialization.get("payload"):
        shown["ContentLength"] = len(response.body)
    payload = shape.serialization.get("payload")
    if payload is not None:
        is_raw = shape.members[payload].type_name in {"blob", "string"}
        shown[payload] = response.body.decode() if is_raw else result.get(payload, {})
    return shown


def _put(shown: dict[str, Any], name: str, text: str | None, member: Shape) -> None:
    if text is not None:
        shown[name] = int(text) if member.type_name == "long" else text
