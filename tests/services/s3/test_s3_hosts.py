"""Buckets in the name of the host: `films.localhost`."""

from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from services.s3.conftest import ACCOUNT, SECRET
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.routing import host_bucket


@pytest.fixture
def hosted(world: Any, s3: Any) -> Any:
    """A client of the owner that addresses buckets by host."""
    return world.root(endpoint="localhost:7700", addressing="virtual")


def test_objects_at_their_buckets_host(s3: Any, hosted: Any) -> None:
    """All of it works as by path: signed without the bucket in the path, with keys that look like buckets."""
    assert hosted.meta.config.s3["addressing_style"] == "virtual"
    hosted.create_bucket(Bucket="more.films")
    for key in ("films/a", "a b", "//x", "more.films"):
        hosted.put_object(Bucket="films", Key=key, Body=key.encode())
        assert hosted.get_object(Bucket="films", Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in hosted.list_objects_v2(Bucket="films")["Contents"]] == [
        entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]
    ]
    assert hosted.list_objects_v2(Bucket="more.films")["KeyCount"] == 0
    hosted.delete_bucket(Bucket="more.films")
    assert [bucket["Name"] for bucket in hosted.list_buckets()["Buckets"]] == ["films"]


def test_an_upload_says_where_its_object_is(hosted: Any) -> None:
    """At our own address, not at the bucket's within itself."""
    upload = hosted.create_multipart_upload(Bucket="films", Key="a")["UploadId"]
    where = {"Bucket": "films", "Key": "a", "UploadId": upload}
    etag = hosted.upload_part(**where, PartNumber=1, Body=b"x")["ETag"]
    done = hosted.complete_multipart_upload(**where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert done["Location"] == "http://localhost:7700/films/a"


def test_a_domain_below_another() -> None:
    """The longest domain is the server's name: what stands before that is the bucket, or nothing."""
    domains = ("localhost", "s3.localhost")

    def bucket(host: str) -> str | None:
        return host_bucket(HttpRequest(method="GET", raw_path="/", raw_query="", headers=(("host", host),)), domains)

    assert bucket("films.s3.localhost:7700") == "films"
    assert bucket("s3.localhost:7700") is None
    assert bucket("films.localhost") == "films"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_urls_are_for_one_bucket(world: Any, s3: Any, version: str) -> None:
    """Both signatures cover the bucket in the host."""
    s3.create_bucket(Bucket="other")
    for bucket in ("films", "other"):
        s3.put_object(Bucket=bucket, Key="a", Body=bucket.encode())
    signer = boto3.client(
        "s3",
        endpoint_url="http://localhost:7700",
        region_name="us-east-1",
        aws_access_key_id=f"AKIA{ACCOUNT}ROOT",
        aws_secret_access_key=SECRET,
        config=Config(signature_version=version, s3={"addressing_style": "virtual"}),
    )
    parts = urlsplit(signer.generate_presigned_url("get_object", {"Bucket": "films", "Key": "a"}))

    def get(host: str) -> HttpResponse:
        headers = (("host", host),)
        request = HttpRequest(method="GET", raw_path=parts.path, raw_query=parts.query, headers=headers)
        return world.server.call(request)

    assert (parts.netloc, get(parts.netloc).body) == ("films.localhost:7700", b"films")
    assert get("other.localhost:7700").status == 403
