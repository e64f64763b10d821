"""Clients that nobody has modified, on http and https: boto3, the AWS CLI, the AWS SDK for JavaScript, s3cmd.

They sign and frame bodies in different ways, over http in other ways than over https, and none of them is told more
than where the server is and whom to trust.
"""

import base64
import hashlib
import http.client
import io
import json
import os
import random
import socket
import ssl
import urllib.request
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from acceptance.clients import AWSCLI, JAVASCRIPT, NODE, S3CMD, harvest, plant, run

Server = Any  # the fixtures of conftest.py

MEBIBYTE = 1 << 20
ODD_NAMES = {
    name: name.encode() * 3
    for name in (
        "plain.txt",
        "two words.txt",
        "a+b&c=d.txt",
        "percent%2e%2e/%41.txt",
        "quotes'\"`.txt",
        "question?#[x]{y}.txt",
        "umlaut-ü-日本.txt",
        "UPPER/case.txt",
        "upper/case.txt",
        ".hidden/~tilde",
        "..dots../...",
        "trailing /space .txt",
        "empty/nothing",
        "back\\slash;semi:colon,comma@at$dollar!.txt",
    )
} | {"empty/nothing": b""}


def _client(server: Server, scheme: str) -> Any:
    return server.client("s3") if scheme == "http" else server.https_client("s3")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_boto3_writes_and_reads_what_it_checks_itself(server: Server, scheme: str) -> None:
    """With its defaults: a checksum in a header over http, in a trailer over https; whole objects, parts, and ranges."""
    client = _client(server, scheme)
    bucket = f"boto3-{scheme}"
    client.create_bucket(Bucket=bucket)
    body = bytes(range(256)) * 4096
    put = client.put_object(Bucket=bucket, Key="whole", Body=body, ContentEncoding="identity")
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    got = client.get_object(Bucket=bucket, Key="whole", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert (got["ContentEncoding"], got["ContentLength"]) == ("identity", len(body))
    assert client.get_object(Bucket=bucket, Key="whole", Range="bytes=5-8")["Body"].read() == body[5:9]
    for algorithm in ("SHA1", "SHA256"):
        client.put_object(Bucket=bucket, Key=algorithm, Body=io.BytesIO(body[:1000]), ChecksumAlgorithm=algorithm)
        shown = client.head_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
        assert f"Checksum{algorithm}" in shown, algorithm
    transfer = TransferConfig(multipart_threshold=MEBIBYTE, multipart_chunksize=5 * MEBIBYTE, max_concurrency=2)
    client.upload_fileobj(io.BytesIO(body * 6), bucket, "parts", Config=transfer)
    received = io.BytesIO()
    client.download_fileobj(bucket, "parts", received, Config=transfer)
    assert received.getvalue() == body * 6
    assert client.put_object(Bucket=bucket, Key="nothing", Body=b"")["ETag"] == f'"{hashlib.md5(b"").hexdigest()}"'


@pytest.mark.parametrize("signed", ["s3", "s3v4"])
def test_links_of_boto3_work_on_https(server: Server, signed: str) -> None:
    """Presigned in the old way, boto3's default for endpoints that are not AWS's, and in the new one: up and down."""
    session = boto3.Session(**server.admin(), region_name="us-east-1")
    client = session.client("s3", endpoint_url=server.https_url, config=Config(signature_version=signed))
    bucket = f"links-{signed}"
    server.client("s3").create_bucket(Bucket=bucket)
    context = ssl.create_default_context(cafile=str(server.data_dir / "ca.pem"))
    for operation, method, sent, kind in (
        ("put_object", "PUT", b"hello", {"ContentType": "text/plain"}),
        ("get_object", "GET", None, {}),
    ):
        link = client.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a+b ü.txt", **kind})
        assert ("X-Amz-Signature=" in link) is (signed == "s3v4")
        headers = (
            {"Content-Type": "text/plain"} if kind else {}
        )  # a browser sends it, and the link is good for no other
        request = urllib.request.Request(link, sent, headers, method=method)
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            received = answer.read()
    assert received == b"hello"


def test_a_bucket_has_a_host_name_and_a_certificate_of_its_own(server: Server) -> None:
    """`https://films.localhost`: no wildcard covers it, so the listener makes what the client asks for."""
    session = boto3.Session(**server.admin(), region_name="us-east-1")
    address = urlsplit(server.https_url)
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    client = session.client("s3", endpoint_url=f"https://localhost:{address.port}", config=config)
    plain = server.client("s3")
    plain.create_bucket(Bucket="virtual")
    plain.put_object(Bucket="virtual", Key="a.txt", Body=b"hello")
    link = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": "virtual", "Key": "a.txt"}))
    assert (link.hostname, link.path) == ("virtual.localhost", "/a.txt")
    context = ssl.create_default_context(cafile=str(server.data_dir / "ca.pem"))
    raw = socket.create_connection((address.hostname, address.port), timeout=30)  # not every machine resolves the name
    with raw, context.wrap_socket(raw, server_hostname=link.hostname) as secured:
        connection = http.client.HTTPConnection(link.netloc)
        connection.sock = secured
        connection.request("GET", f"{link.path}?{link.query}")
        assert connection.getresponse().read() == b"hello"


def test_keys_of_customers_travel_on_https_alone(server: Server) -> None:
    """SSE-C: who has the key reads the object, who has not gets an error; over http boto3 does not even send it."""
    secure, plain = server.https_client("s3"), server.client("s3")
    secure.create_bucket(Bucket="customers")
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": bytes(range(32))}
    secure.put_object(Bucket="customers", Key="a", Body=b"hush", **key)
    assert secure.get_object(Bucket="customers", Key="a", **key)["Body"].read() == b"hush"
    with pytest.raises(secure.exceptions.ClientError, match="InvalidRequest"):
        secure.get_object(Bucket="customers", Key="a")
    with pytest.raises(plain.exceptions.ClientError, match=r"InvalidRequest.*secure connection"):
        plain.get_object(Bucket="customers", Key="a", **key)


def test_the_aws_cli_copies_syncs_and_removes_a_folder_of_odd_names(server: Server, tmp_path: Path) -> None:
    """Up over https, down over http, with changes in between: the same names with the same bytes, and then nothing."""
    secure, plain = server.environment("--https"), server.environment()
    here, there = plant(tmp_path / "here", ODD_NAMES), tmp_path / "there"
    for path in here.rglob("*"):  # S3 tells whole seconds: what is as young as that is sent again
        os.utime(path, (0, 0))

    def aws(*words: str | Path, **environment: str) -> list[str]:
        printed = run(AWSCLI, "s3", *words, home=tmp_path, **environment)
        return [line.partition(":")[0] for line in printed.splitlines()]

    server.client("s3").create_bucket(Bucket="cli")
    aws("cp", "--no-progress", "--recursive", here, "s3://cli/folder/", **secure)
    aws("sync", "--no-progress", "s3://cli/folder", there, **plain)
    assert harvest(there) == ODD_NAMES
    (here / "plain.txt").write_bytes(b"another text, and another length")
    (here / "two words.txt").unlink()
    synced = aws("sync", "--no-progress", "--delete", here, "s3://cli/folder", **secure)
    assert sorted(synced) == ["delete", "upload"]
    assert server.client("s3").get_object(Bucket="cli", Key="folder/plain.txt")["ContentLength"] == 32
    assert aws("rm", "--recursive", "s3://cli/folder", **plain) == ["delete"] * (len(ODD_NAMES) - 1)
    assert server.client("s3").list_objects_v2(Bucket="cli")["KeyCount"] == 0


def test_streams_of_the_javascript_sdk(server: Server, tmp_path: Path) -> None:
    """Bodies whose hash is known only at their end, in trailers on http and https alike."""
    server.client("s3").create_bucket(Bucket="javascript")
    printed = run(
        NODE,
        Path(__file__).parent / "javascript/streams.cjs",
        "javascript",
        server.https_url,
        server.url,
        home=tmp_path,
        NODE_PATH=str(JAVASCRIPT),
        **server.environment("--https"),
    )
    one = b"".join(bytes([number]) * MEBIBYTE for number in range(3))
    parts = b"".join(bytes([number]) * MEBIBYTE for number in range(6))
    for scheme, line in zip(("https", "http"), printed.splitlines(), strict=True):
        seen = json.loads(line)
        assert seen["crc32c"] == "yZRlqg=="
        assert seen["put"]["crc32"] == base64.b64encode(zlib.crc32(one).to_bytes(4, "big")).decode()
        assert seen["one"] == {
            "sha256": hashlib.sha256(one).hexdigest(),
            "metadata": {"made": "by-a-stream"},
            "encoding": None,
        }
        assert seen["range"] == [0, 1]
        assert seen["parts"]["sha256"] == hashlib.sha256(parts).hexdigest()
        assert seen["parts"]["etag"].endswith('-2"')
        assert (
            seen["keys"]
            == seen["deleted"]
            == [f"{scheme}/{name}" for name in ("checked.txt", "one piece ü+&.bin", "parts.bin")]
        )
        assert seen["error"] == ["NoSuchKey", 404]


def test_s3cmd_syncs_a_folder_over_https(server: Server, tmp_path: Path) -> None:
    """A client with a signer of its own: buckets, a sync both ways, a multipart upload, a listing, a removal."""
    keys = server.admin()
    where = server.https_url.removeprefix("https://")
    (tmp_path / "s3cfg").touch()
    options = [
        f"--config={tmp_path / 's3cfg'}",
        f"--access_key={keys['aws_access_key_id']}",
        f"--secret_key={keys['aws_secret_access_key']}",
        f"--host={where}",
        f"--host-bucket={where}",
        f"--ca-certs={server.data_dir / 'ca.pem'}",
        "--no-progress",
    ]

    def s3cmd(*words: str | Path) -> str:
        return run(S3CMD, *options, *words, home=tmp_path)

    here = plant(tmp_path / "here", {**ODD_NAMES, "large.bin": bytes(6 * MEBIBYTE)})
    s3cmd("mb", "s3://s3cmd")
    s3cmd("sync", "--multipart-chunk-size-mb=5", f"{here}/", "s3://s3cmd/folder/")
    (tmp_path / "there").mkdir()
    s3cmd("sync", "s3://s3cmd/folder/", f"{tmp_path / 'there'}/")
    assert harvest(tmp_path / "there") == harvest(here)
    listed = s3cmd("ls", "--recursive", "s3://s3cmd/")
    assert len(listed.splitlines()) == len(ODD_NAMES) + 1
    s3cmd("rb", "--recursive", "--force", "s3://s3cmd")
    assert "s3cmd" not in [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]


def _spelled(key: bytes) -> dict[str, str]:
    """The members of SSE-C as headers have them, for the operations where boto3 does not make them of a key."""
    return {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(key).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode(),
    }


def test_boto3_moves_large_objects_with_customer_keys(server: Server, tmp_path: Path) -> None:
    """Managed transfers over https: in parts and in ranges, copied from key to key; nothing without the right key."""
    s3 = server.https_client("s3")
    s3.create_bucket(Bucket="large-customers")
    data = random.Random(3).randbytes(11 * 2**20)
    (tmp_path / "film").write_bytes(data)
    keys = [bytes(range(32)), bytes(range(32, 64))]
    key, other = ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": secret} for secret in keys)
    parts = TransferConfig(multipart_threshold=2**20, multipart_chunksize=5 * 2**20)
    source = {"Bucket": "large-customers", "Key": "a"}

    s3.upload_file(str(tmp_path / "film"), *source.values(), ExtraArgs=key, Config=parts)
    s3.download_file(*source.values(), str(tmp_path / "back"), ExtraArgs=key, Config=parts)
    assert (tmp_path / "back").read_bytes() == data
    of_source = {f"CopySource{name}": value for name, value in key.items()}
    s3.copy(source, "large-customers", "b", ExtraArgs={**of_source, **other}, Config=parts)
    got = s3.get_object(Bucket="large-customers", Key="b", Range="bytes=5242870-5242889", **other)
    assert got["Body"].read() == data[5242870:5242890]
    spelled, wrong = (_spelled(secret) for secret in keys)
    assert s3.get_object_attributes(**source, ObjectAttributes=["ObjectSize"], **spelled)["ObjectSize"] == len(data)

    upload = {"Bucket": "large-customers", "Key": "c"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **key)["UploadId"]
    piece = {**upload, "PartNumber": 1, "CopySource": source}
    wrong_source = {f"CopySource{name}": value for name, value in other.items()}
    for call, members, status in (
        (s3.get_object, source, 400),
        (s3.get_object, {**source, **other}, 403),
        (s3.head_object, source, 400),
        (s3.head_object, {**source, **other}, 403),
        (s3.get_object_attributes, {**source, "ObjectAttributes": ["ETag"]}, 400),
        (s3.get_object_attributes, {**source, "ObjectAttributes": ["ETag"], **wrong}, 403),
        (s3.copy_object, {"Bucket": "large-customers", "Key": "d", "CopySource": source}, 400),
        (s3.copy_object, {"Bucket": "large-customers", "Key": "d", "CopySource": source, **wrong_source}, 403),
        (s3.upload_part_copy, {**piece, **key}, 400),
        (s3.upload_part_copy, {**piece, **key, **wrong_source}, 403),
        (s3.upload_part_copy, {**piece, **of_source}, 400),
        (s3.upload_part_copy, {**piece, **of_source, **other}, 400),
        (s3.upload_part, {**upload, "PartNumber": 1, "Body": b"x"}, 400),
        (s3.upload_part, {**upload, "PartNumber": 1, "Body": b"x", **other}, 400),
    ):
        with pytest.raises(s3.exceptions.ClientError) as caught:
            call(**members)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status, (call.__name__, members.keys())
    assert s3.upload_part_copy(**piece, **of_source, **key)["CopyPartResult"]["ETag"]
    assert [kept["Key"] for kept in s3.list_objects_v2(Bucket="large-customers")["Contents"]] == ["a", "b"]
