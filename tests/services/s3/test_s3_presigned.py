"""URLs that boto3 presigns with Signature Version 2, its default for an endpoint of one's own."""

from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

from services.s3.conftest import ACCOUNT, SECRET
from telecine.core.names import AccountId
from telecine.wire.http import HttpRequest, HttpResponse

KEYS = ["a", "a b+c", "naïve/日本", "%41", "//..//b", "x=1&y?z#"]


@pytest.fixture
def signer(world: Any, s3: Any) -> Any:
    """A client of the owner with boto3's defaults."""
    return _signer()


def _signer(account: AccountId = ACCOUNT, **config: Any) -> Any:
    return boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:7700",
        region_name="us-east-1",
        aws_access_key_id=f"AKIA{account}ROOT",
        aws_secret_access_key=SECRET,
        config=Config(**config),
    )


def _send(world: Any, method: str, url: str, body: bytes = b"", **headers: str) -> HttpResponse:
    """What somebody without credentials gets, who has the URL."""
    parts = urlsplit(url)
    named = {"host": parts.netloc, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body:
        named["content-length"] = str(len(body))
    request = HttpRequest(method=method, raw_path=parts.path, raw_query=parts.query, headers=tuple(named.items()))
    return world.server.call(request, body)


def _url(signer: Any, operation: str, seconds: int = 600, **parameters: Any) -> str:
    url: str = signer.generate_presigned_url(operation, {"Bucket": "films", **parameters}, seconds)
    assert "AWSAccessKeyId=" in url
    return url


@pytest.mark.parametrize("key", KEYS)
def test_objects_are_written_and_read(world: Any, signer: Any, key: str) -> None:
    """Whoever has the URL may do that one thing, whatever the key looks like."""
    put = _url(signer, "put_object", Key=key)
    assert _send(world, "PUT", put, b"hello").status == 200
    assert _send(world, "GET", _url(signer, "get_object", Key=key)).body == b"hello"
    for method, url in (("GET", put), ("DELETE", put), ("PUT", put.replace("/films/", "/films/x"))):
        assert b"SignatureDoesNotMatch" in _send(world, method, url, b"x" if method == "PUT" else b"").body


def test_headers_in_the_url_count(world: Any, s3: Any, signer: Any) -> None:
    """What boto3 puts into the URL is part of the request, and can be neither changed, added to nor contradicted."""
    url = _url(signer, "put_object", Key="a", ContentType="video/mp4", Metadata={"director": "zoe"})
    assert _send(world, "PUT", url, b"hello").status == 200
    head = s3.head_object(Bucket="films", Key="a")
    assert (head["ContentType"], head["Metadata"]) == ("video/mp4", {"director": "zoe"})
    for changed in (url.replace("video%2Fmp4", "text%2Fhtml"), f"{url}&x-amz-acl=private", f"{url}&x-amz-meta-a=b"):
        assert _send(world, "PUT", changed, b"hello").status == 403
    assert _send(world, "PUT", url, b"hello", x_amz_meta_other="b").status == 403
    assert _send(world, "PUT", url, b"hello", x_amz_meta_director="me").status == 400
    assert _send(world, "PUT", url, b"hello", content_type="video/mp4").status == 200


def test_response_overrides_are_signed(world: Any, s3: Any, signer: Any) -> None:
    """They are honoured as signed, and cannot be added."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    url = _url(signer, "get_object", Key="a", ResponseContentType="text/x; charset=a")
    assert dict(_send(world, "GET", url).headers)["Content-Type"] == "text/x; charset=a"
    plain = _url(signer, "get_object", Key="a")
    assert _send(world, "GET", f"{plain}&response-content-type=text%2Fhtml").status == 403
    assert _send(world, "GET", f"{plain}&response%2Dcontent-type=text%2Fhtml").status == 403


@pytest.mark.parametrize("added", ["acl", "tagging", "%61cl", "uploads", "versionId=x"])
def test_no_sub_resource_can_be_added(world: Any, s3: Any, signer: Any, added: str) -> None:
    """A URL for an object is none for what belongs to it."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    answer = _send(world, "GET", f"{_url(signer, 'get_object', Key='a')}&{added}")
    assert (answer.status, b"SignatureDoesNotMatch" in answer.body) == (403, True)


@pytest.mark.parametrize("added", ["attributes", "retention", "legal-hold", "encryption", "publicAccessBlock"])
def test_what_the_old_signature_does_not_cover_is_refused(world: Any, signer: Any, added: str) -> None:
    """Sub-resources that are younger than Signature Version 2 would not be signed."""
    answer = _send(world, "GET", f"{_url(signer, 'get_object', Key='a')}&{added}")
    assert (answer.status, b"does not cover the sub-resource" in answer.body) == (400, True)


def test_time_and_keys(world: Any, signer: Any) -> None:
    """An expired URL, one of an unknown key and one of another secret are no good, each in S3's code."""
    url = _url(signer, "get_object", Key="a")
    assert b"Request has expired" in _send(world, "GET", _url(signer, "get_object", -5, Key="a")).body
    later = url.replace("Expires=", "Expires=9")
    assert b"SignatureDoesNotMatch" in _send(world, "GET", later).body
    assert b"InvalidAccessKeyId" in _send(world, "GET", url.replace("ROOT", "ROOD")).body
    assert b"AccessDenied" in _send(world, "GET", url.replace("Expires=", "Expired=")).body
    assert b"given more than once" in _send(world, "GET", f"{url}&Expires=1").body
    assert _send(world, "GET", f"{url}&X-Amz-Algorithm=AWS4-HMAC-SHA256").status == 400


def test_a_token_belongs_to_its_key(world: Any, signer: Any) -> None:
    """A long-term key comes with no session token, and a token in the URL is covered by the signature."""
    signer._request_signer._credentials = Credentials(f"AKIA{ACCOUNT}ROOT", SECRET, "token")
    url = _url(signer, "get_object", Key="a")
    assert b"InvalidToken" in _send(world, "GET", url).body
    assert b"SignatureDoesNotMatch" in _send(world, "GET", url.replace("=token", "=other")).body


def test_policies_tell_the_versions_apart(world: Any, s3: Any, signer: Any) -> None:
    """`s3:signatureversion` is AWS, `s3:authType` the query string's."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    url = _url(signer, "get_object", Key="a")
    assert _send(world, "GET", url).status == 200
    s3.put_bucket_policy(
        Bucket="films",
        Policy='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":'
        '"arn:aws:s3:::films/*","Condition":{"StringEquals":{"s3:signatureversion":"AWS","s3:authType":'
        '"REST-QUERY-STRING"}}}}',
    )
    assert _send(world, "GET", url).status == 403
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"x"


def test_headers_in_a_url_of_version_4_count(world: Any, s3: Any) -> None:
    """The JavaScript SDK moves headers into the URL: they are signed there, and honoured."""
    signer = _signer(signature_version="s3v4")

    def hoist(request: Any, **_: object) -> None:
        del request.headers["x-amz-meta-a"]
        request.url += "?x-amz-meta-a=b"

    signer.meta.events.register("before-sign.s3.PutObject", hoist)
    url = signer.generate_presigned_url("put_object", {"Bucket": "films", "Key": "a", "Metadata": {"a": "b"}})
    assert "x-amz-meta-a%3Bhost" not in url
    assert _send(world, "PUT", url, b"hello").status == 200
    assert s3.head_object(Bucket="films", Key="a")["Metadata"] == {"a": "b"}
