"""What pages of other origins may have of a bucket."""

from typing import Any

import pytest

from telecine.services.s3 import cors
from telecine.services.s3.cors import Asked
from telecine.wire.http import HttpRequest, HttpResponse

PAGE = "https://app.example.com"
RULES: list[Any] = [
    {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
     "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 600},
    {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]},
]  # fmt: skip


@pytest.fixture
def shared(s3: Any) -> Any:
    """The client, whose bucket `films` has rules."""
    s3.put_bucket_cors(Bucket="films", CORSConfiguration={"CORSRules": RULES})
    return s3


def ask(world: Any, method: str, path: str, **headers: str) -> HttpResponse:
    given = {"host": "127.0.0.1:7700"} | {name.replace("_", "-"): value for name, value in headers.items()}
    response: HttpResponse = world.server.call(
        HttpRequest(method=method, raw_path=path, raw_query="", headers=tuple(given.items())), b""
    )
    return response


def preflight(world: Any, path: str, origin: str, method: str, wanted: str = "") -> HttpResponse:
    more = {"access_control_request_headers": wanted} if wanted else {}
    return ask(world, "OPTIONS", path, origin=origin, access_control_request_method=method, **more)


def test_rules_are_kept(s3: Any, refused: Any) -> None:
    """As they were written; a bucket without any says so."""
    assert refused(s3.get_bucket_cors, Bucket="films")[:2] == ("NoSuchCORSConfiguration", 404)
    s3.put_bucket_cors(Bucket="films", CORSConfiguration={"CORSRules": RULES})
    assert s3.get_bucket_cors(Bucket="films")["CORSRules"] == RULES
    s3.delete_bucket_cors(Bucket="films")
    assert refused(s3.get_bucket_cors, Bucket="films")[0] == "NoSuchCORSConfiguration"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}, "InvalidRequest"),
        ({"AllowedOrigins": ["*.*"], "AllowedMethods": ["GET"]}, "InvalidRequest"),
        ({"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedHeaders": ["x-*-*"]}, "InvalidRequest"),
        ({"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["x-*"]}, "InvalidRequest"),
        (
            {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "ExposeHeaders": ["a\r\nSet-Cookie: b"]},
            "InvalidRequest",
        ),
    ],
)
def test_rules_that_say_nothing_good_are_refused(s3: Any, refused: Any, rule: Any, code: str) -> None:
    """With S3's words."""
    assert refused(s3.put_bucket_cors, Bucket="films", CORSConfiguration={"CORSRules": [rule]})[0] == code


def test_a_browser_asks_before_it_sends(world: Any, shared: Any) -> None:
    """Without a signature, of objects that need not be there: the first rule that fits answers."""
    answer = preflight(world, "/films/a", PAGE, "PUT", "X-Amz-Date, x-amz-acl")
    assert answer.status == 200
    headers = dict(answer.headers)
    assert headers["Access-Control-Allow-Origin"] == PAGE
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert headers["Access-Control-Allow-Headers"] == "x-amz-date, x-amz-acl"
    assert headers["Access-Control-Max-Age"] == "600"
    assert dict(preflight(world, "/films", "https://other.org", "HEAD").headers)["Access-Control-Allow-Origin"] == "*"
    assert [record["eventName"] for record in world.records[-2:]] == ["Preflight", "Preflight"]


@pytest.mark.parametrize(
    ("path", "origin", "method", "wanted", "words"),
    [
        ("/films/a", "https://other.org", "GET", "", "This CORS request is not allowed"),
        ("/films/a", PAGE, "DELETE", "", "This CORS request is not allowed"),
        ("/films/a", PAGE, "GET", "authorization", "This CORS request is not allowed"),
        ("/music/a", PAGE, "GET", "", "CORS is not enabled for this bucket"),
        ("/nothing/a", PAGE, "GET", "", "Bucket not found"),
    ],
)
def test_a_browser_that_may_not(
    world: Any, shared: Any, path: str, origin: str, method: str, wanted: str, words: str
) -> None:
    """403 with the reason, and nothing for the page."""
    shared.create_bucket(Bucket="music")
    answer = preflight(world, path, origin, method, wanted)

    assert (answer.status, words in answer.body.decode()) == (403, True)
    assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


def test_a_browser_that_asks_for_nothing(world: Any, shared: Any) -> None:
    """Origin and method must be there."""
    assert ask(world, "OPTIONS", "/films/a", access_control_request_method="GET").status == 400
    assert ask(world, "OPTIONS", "/films/a", origin=PAGE).status == 400


def test_answers_are_shared_with_the_page(world: Any, shared: Any) -> None:
    """Errors, too; without an origin, or for one that no rule names, nothing is added."""
    answer = ask(world, "GET", "/films/missing", origin=PAGE)
    assert answer.status == 403
    assert dict(answer.headers)["Access-Control-Expose-Headers"] == "ETag"
    assert "Origin" in dict(answer.headers)["Vary"]
    for other in ({}, {"origin": "https://other.org"}):
        told = ask(world, "GET", "/films/missing", **other)
        assert not any(name.startswith("Access-Control") for name, _ in told.headers)


@pytest.mark.parametrize(
    ("pattern", "origin", "fits"),
    [
        ("https://*.example.com", "https://a.example.com", True),
        ("https://*.example.com", "https://example.com", False),
        ("https://a.example.com", "https://a.example.com.evil.org", False),
        ("https://*a*b", "https://xaxb", False),
        ("http*://a", "https://a", True),
        ("aa*a", "aa", False),
    ],
)
def test_an_origin_has_one_wildcard(pattern: str, origin: str, fits: bool) -> None:
    """It stands for any letters, and nothing else is special."""
    rule = {"AllowedOrigins": [pattern], "AllowedMethods": ["GET"]}
    assert (cors.allowed([rule], Asked(origin=origin, method="GET")) is not None) is fits
