"""Paths: every operation of the REST services is found at its own URI, in both styles of S3."""

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.errors import ApiError
from telecine.wire import models, routing
from telecine.wire.http import HttpRequest
from telecine.wire.models import Protocol
from telecine.wire.paths import resolved

REST = [service for service in models.SERVICES if models.protocol(service) in {Protocol.REST_JSON, Protocol.REST_XML}]

REPLACED = {
    "ListDirectoryBuckets": "ListBuckets",
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}


def _request(service: str, name: str, *, label: str) -> HttpRequest:
    """A request at the URI of an operation, with its required headers and query parameters."""
    model = models.operation_model(service, name)
    path, _, query = model.http["requestUri"].partition("?")
    parts = [part for part in query.split("&") if part]
    headers = [("host", "127.0.0.1:7700")]
    shape = model.input_shape
    for member in shape.required_members if shape is not None else ():
        serialization = shape.members[member].serialization
        if serialization.get("location") == "querystring":
            parts.append(f"{serialization['name']}=1")
        if serialization.get("location") == "header":
            headers.append((serialization["name"].lower(), "1"))
    return HttpRequest(
        method=model.http["method"],
        raw_path=re.sub(r"{.*?}", quote(label, safe=""), path),
        raw_query="&".join(parts),
        headers=tuple(headers),
    )


@pytest.mark.parametrize("label", ["films", "a b/c"])
@pytest.mark.parametrize("service", REST)
def test_every_operation_is_found_at_its_uri(service: str, label: str) -> None:
    """From its URI back to its name, with the labels decoded."""
    wrong = {}
    for name in models.operations(service):
        route = routing.route(service, _request(service, name, label=label), None)
        if route.operation != REPLACED.get(name, name) or not all(value == label for value in route.labels.values()):
            wrong[name] = route
    assert wrong == {}


def test_every_s3_operation_is_found_by_its_host() -> None:
    """The virtual-host style says the same as the path style."""
    wrong = {}
    for name in models.operations("s3"):
        plain = _request("s3", name, label="films")
        if not plain.raw_path.startswith("/films"):
            continue
        hosted = HttpRequest(
            method=plain.method,
            raw_path=plain.raw_path.removeprefix("/films") or "/",
            raw_query=plain.raw_query,
            headers=(("host", "films.media.example:7700"), *plain.headers[1:]),
        )
        found = routing.route("s3", hosted, None, base_domains=("media.example",))
        if found != routing.route("s3", plain, None):
            wrong[name] = found
    assert wrong == {}


@given(st.text(min_size=1, max_size=30).filter(lambda key: key != "/"))
def test_any_key_survives(key: str) -> None:
    """Whatever the key, it is cut from the path and decoded exactly once."""
    try:
        encoded = quote(key, safe="/")
    except UnicodeEncodeError:
        return
    request = HttpRequest(method="GET", raw_path=f"/films/{encoded}", raw_query="", headers=())
    assert routing.route("s3", request, None).labels == {"Bucket": "films", "Key": key}


@pytest.mark.parametrize(
    ("path", "means"),
    [
        ("", "/"),
        ("/a/./b", "/a/b"),
        ("/a//b/", "/a/b/"),
        ("/a/../b", "/b"),
        ("/..", "/"),
        ("/a/b/..", "/a/"),
        ("/.a", "/.a"),
    ],
)
def test_resolved_paths(path: str, means: str) -> None:
    """Dot segments and doubled slashes go, everything else stays."""
    assert resolved(path) == means


@given(st.text("/.ab", max_size=12))
def test_resolving_twice_changes_nothing(path: str) -> None:
    """A resolved path is resolved, and absolute."""
    once = resolved(f"/{path}")
    assert resolved(once) == once
    assert once.startswith("/")


def test_too_many_fields_are_refused() -> None:
    """A query string of a million fields is not worked through."""
    request = HttpRequest(method="GET", raw_path="/films", raw_query="a&" * 20_000, headers=())
    with pytest.raises(ApiError, match="more than"):
        routing.route("s3", request, None)


@pytest.mark.parametrize(
    ("service", "path", "query", "body"),
    [
        ("iam", "/", "", b"Action=GetUser&Version=2010-05-08&UserName=a%00b"),
        ("iam", "/", "", b"Action=GetUser&Version=2010-05-08&UserName=a\0b"),
        ("iam", "/", "Action=GetUser&Version=2010-05-08&UserName=a%00b", b""),
        ("mediaconvert", "/2017-08-29/queues/a%00b", "", b""),
        ("mediaconvert", "/2017-08-29/jobs", "queue=a%00b", b""),
    ],
)
def test_nul_is_refused(service: str, path: str, query: str, body: bytes) -> None:
    """Access rows look names up before they are validated, and PostgreSQL takes no NUL."""
    request = HttpRequest(method="POST" if body else "GET", raw_path=path, raw_query=query, headers=())
    with pytest.raises(ApiError, match="NUL") as caught:
        routing.route(service, request, body)
    assert caught.value.status == 400


def test_an_escaped_percent_sign_is_no_nul() -> None:
    """`%2500` is `%00` in letters."""
    request = HttpRequest(method="GET", raw_path="/2017-08-29/queues/a%2500b", raw_query="", headers=())
    assert routing.route("mediaconvert", request, None).labels == {"name": "a%00b"}
