"""Forms that put objects: what their policies let others upload, and nothing else."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from services.s3.conftest import ACCOUNT, SECRET
from telecine.core.errors import ApiError
from telecine.wire.form_data import MAX_FIELDS_BYTES, FormReader, boundary
from telecine.wire.http import HttpRequest, HttpResponse

BODY = b"--x\r\n--boundar" + bytes(range(256)) * 9000


def _signer(version: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:7700",
        region_name="us-east-1",
        aws_access_key_id=f"AKIA{ACCOUNT}ROOT",
        aws_secret_access_key=SECRET,
        config=Config(signature_version=version),
    )


@pytest.fixture(params=["s3v4", "s3"])
def signer(request: Any, s3: Any) -> Any:
    """A client that signs forms in either version; the bucket `films` is there."""
    return _signer(request.param)


def _form(fields: dict[str, str], body: bytes | None, file_name: str = "a.mp4", after: str = "") -> bytes:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    if body is not None:
        head = f'Content-Disposition: form-data; name="file"; filename="{file_name}"\r\nContent-Type: text/x\r\n\r\n'
        parts.append(head.encode() + body)
    if after:
        parts.append(f'Content-Disposition: form-data; name="{after}"\r\n\r\nx'.encode())
    return b"".join(b"--boundary\r\n" + part + b"\r\n" for part in parts) + b"--boundary--\r\n"


def _send(world: Any, content: bytes, path: str = "/films", host: str = "127.0.0.1:7700", **more: str) -> HttpResponse:
    headers = {**more, "host": host, "content-type": "multipart/form-data; boundary=boundary"}
    headers["content-length"] = str(len(content))
    request = HttpRequest(method="POST", raw_path=path, raw_query="", headers=tuple(headers.items()))
    return world.server.call(request, content)


def _post(world: Any, post: dict[str, Any], body: bytes | None = BODY, **more: str) -> HttpResponse:
    return _send(world, _form({**post["fields"], **more}, body), urlsplit(post["url"]).path)


def test_a_form_puts_an_object(world: Any, s3: Any, signer: Any) -> None:
    """As boto3 signs it, with the headers that its fields stand for; fields after the file are not looked at."""
    fields = {"Content-Type": "video/mp4", "x-amz-meta-director": "zoë", "acl": "private"}
    conditions = [{name: value} for name, value in fields.items()]
    post = signer.generate_presigned_post("films", "in/${filename}", Fields=fields, Conditions=[*conditions, ["starts-with", "$key", "in/"]])  # fmt: skip
    answer = _send(world, _form(post["fields"], BODY, "C:\\own\\film 1.mp4", after="key"), "/films/")

    assert (answer.status, answer.body) == (204, b"")
    got = s3.get_object(Bucket="films", Key="in/film 1.mp4")
    assert got["Body"].read() == BODY
    assert (got["ContentType"], got["ETag"]) == ("video/mp4", dict(answer.headers)["ETag"])
    assert world.records[-2]["eventName"] == "PutObject"


def test_conditions_are_kept(world: Any, s3: Any, signer: Any) -> None:
    """Another key, a longer file, a field more, a policy that was changed or that has expired: nothing is stored."""
    post = signer.generate_presigned_post(
        "films", "in/a", Conditions=[["content-length-range", 2, 10], ["starts-with", "$key", "in/"]]
    )
    refusals = {
        "Policy Condition failed": _post(world, post, b"hello", key="out/a"),
        "EntityTooLarge": _post(world, post, b"hello world"),
        "EntityTooSmall": _post(world, post, b"h"),
        "Extra input fields: x-amz-meta-a": _post(world, post, b"hello", **{"x-amz-meta-a": "b"}),
        "exactly one file": _post(world, post, None),
        "SignatureDoesNotMatch": _post(world, post, b"hello", policy=base64.b64encode(b"{}").decode()),
        "Policy expired": _post(world, signer.generate_presigned_post("films", "in/a", ExpiresIn=-1), b"hello"),
    }
    for words, answer in refusals.items():
        assert words in answer.body.decode()
        assert answer.status in {400, 403}
    elsewhere = {**post, "url": "http://127.0.0.1:7700/other"}
    s3.create_bucket(Bucket="other")
    assert b"Policy Condition failed" in _post(world, elsewhere, b"hello").body
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0
    assert _post(world, post, b"hello").status == 204


def _own_policy(document: Any, **fields: str) -> dict[str, Any]:
    """A form whose policy is this document, signed in Version 2."""
    client = _signer("s3")
    policy = base64.b64encode(json.dumps(document).encode()).decode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), policy.encode(), "sha1")).decode()
    given = {"key": "a", "AWSAccessKeyId": f"AKIA{ACCOUNT}ROOT", "policy": policy, "signature": signature, **fields}
    return {"url": f"{client.meta.endpoint_url}/films", "fields": given}


LATER = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
WHERE = [{"bucket": "films"}, {"key": "a"}]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "Invalid JSON"),
        ({"conditions": WHERE}, "Invalid JSON"),
        ({"expiration": "soon", "conditions": WHERE}, "Invalid JSON"),
        ({"expiration": LATER, "conditions": [{"key": "a"}]}, "Extra input fields: bucket"),
        ({"expiration": LATER, "conditions": [*WHERE, ["ends-with", "$key", "a"]]}, "Invalid condition"),
        ({"expiration": LATER, "conditions": [*WHERE, ["eq", "key", "a"]]}, "Invalid condition"),
        ({"expiration": LATER, "conditions": [*WHERE, ["content-length-range", "1", 2]]}, "content-length-range"),
        ({"expiration": LATER, "conditions": [*WHERE, ["content-length-range", 3, 2]]}, "content-length-range"),
        ({"expiration": LATER, "conditions": [*WHERE, {"a": "b", "c": "d"}]}, "Invalid condition"),
    ],
)
def test_policies_that_cannot_be_read_allow_nothing(world: Any, s3: Any, document: Any, words: str) -> None:
    """What we do not understand is no leave to do anything."""
    answer = _post(world, _own_policy(document), b"hello")
    assert answer.status in {400, 403}
    assert words in answer.body.decode()


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("x-amz-copy-source", "NotImplemented"),
        ("x-amz-tagging", "NotImplemented"),
        ("x-amz-decoded-content-length", "NotImplemented"),
    ],
)
def test_fields_that_would_make_another_request_of_it(world: Any, s3: Any, field: str, code: str) -> None:
    """Whoever may put by a form may not copy by it, nor change how its body is read."""
    document = {"expiration": LATER, "conditions": [*WHERE, {field: "/films/b"}]}
    assert code in _post(world, _own_policy(document, **{field: "/films/b"}), b"hello").body.decode()


TAGS = "<Tagging><TagSet><Tag><Key>Team</Key><Value>film &amp; tv</Value></Tag></TagSet></Tagging>"


def test_a_form_gives_tags(world: Any, s3: Any) -> None:
    """The field `tagging` holds them as PutObjectTagging does, and whoever signs the form must be allowed to tag."""

    def post(tagging: str) -> HttpResponse:
        document = {"expiration": LATER, "conditions": [*WHERE, {"tagging": tagging}]}
        return _post(world, _own_policy(document, tagging=tagging), b"hello")

    assert post(TAGS.replace(" &amp; ", "+")).status == 204
    assert s3.get_object_tagging(Bucket="films", Key="a")["TagSet"] == [{"Key": "Team", "Value": "film+tv"}]
    assert b"InvalidTag" in post(TAGS).body
    for malformed in ("Team=film", "<Tagging/>", TAGS.replace("Value>", "Worth>"), TAGS.replace("Tag>", "Mark>")):
        assert b"MalformedXML" in post(malformed).body
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObjectTagging", "Resource": "arn:aws:s3:::films/*"}
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps({"Version": "2012-10-17", "Statement": deny}))
    assert b"AccessDenied" in post(TAGS.replace(" &amp; ", "+")).body


def test_an_acl_in_a_form_counts_as_in_a_header(world: Any, s3: Any) -> None:
    """Where the owner's ownership is enforced, `bucket-owner-full-control` alone may be asked for."""

    def post(acl: str) -> HttpResponse:
        return _post(world, _own_policy({"expiration": LATER, "conditions": [*WHERE, {"acl": acl}]}, acl=acl), b"hello")

    assert post("bucket-owner-full-control").status == 204
    assert b"AccessControlListNotSupported" in post("public-read").body


def test_answers_for_browsers(world: Any, s3: Any) -> None:
    """A status, a document or a redirect, as the form asks for."""
    starred = {"expiration": LATER, "conditions": [*WHERE, ["starts-with", "$success_action_status", ""], ["starts-with", "$success_action_redirect", ""]]}  # fmt: skip

    def post(**fields: str) -> HttpResponse:
        named = {"success_action_status": "", "success_action_redirect": "", **fields}
        return _post(world, _own_policy(starred, **named), b"hello")

    assert post(success_action_status="200").status == 200
    assert post(success_action_status="404").status == 204
    made = post(success_action_status="201")
    assert (made.status, dict(made.headers)["Content-Type"]) == (201, "application/xml")
    assert b"<Location>http://127.0.0.1:7700/films/a</Location><Bucket>films</Bucket><Key>a</Key>" in made.body
    sent = post(success_action_redirect="https://example.com/done?a=b")
    target = urlsplit(dict(sent.headers)["Location"])
    assert (sent.status, target.netloc, target.path) == (303, "example.com", "/done")
    etag = s3.head_object(Bucket="films", Key="a")["ETag"]
    assert parse_qs(target.query) == {"a": ["b"], "bucket": ["films"], "key": ["a"], "etag": [etag]}
    assert post(success_action_redirect="javascript:alert(1)").status == 204


def test_bucket_policies_know_forms(world: Any, s3: Any, signer: Any) -> None:
    """`s3:authType` is POST; a form that nobody signed is anonymous."""
    post = signer.generate_presigned_post("films", "a")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::films/*"}
    s3.put_bucket_policy(
        Bucket="films",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": {**deny, "Condition": {"StringEquals": {"s3:authType": "POST"}}}}),
    )  # fmt: skip
    assert _post(world, post, b"hello").status == 403
    unsigned = {"url": post["url"], "fields": {"key": "a"}}
    assert _post(world, unsigned, b"hello").status == 403
    s3.delete_public_access_block(Bucket="films")
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps({"Version": "2012-10-17", "Statement": {**deny, "Effect": "Allow"}}))  # fmt: skip
    assert _post(world, unsigned, b"hello").status == 204
    assert _post(world, post, b"hello").status == 204


def test_a_form_at_the_buckets_own_host(world: Any, s3: Any) -> None:
    """The bucket may stand in the Host header."""
    form = _form(_own_policy({"expiration": LATER, "conditions": WHERE})["fields"], b"hello")
    assert _send(world, form, "/", "films.localhost:7700").status == 204
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"hello"


@given(cuts=st.lists(st.integers(0, 400), max_size=8), body=st.binary(max_size=120))
def test_however_a_form_is_split(cuts: list[int], body: bytes) -> None:
    """The same bytes make the same fields and the same file."""
    form = b"ignored" + b"\r\n" + _form({"Key": "a", "empty": ""}, body)
    ends = [0, *sorted(min(cut, len(form)) for cut in cuts), len(form)]
    reader, found = FormReader(b"boundary"), b""
    for start, end in pairwise(ends):
        found += reader.feed(form[start:end])
        if reader.file_name is not None:
            reader.limit(0, 1000)
            found += reader.feed(b"")
    assert (dict(reader.fields), found, reader.finish()) == ({"key": "a", "empty": ""}, body, {})


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"", "InvalidArgument"),
        (b"--boundary--\r\n", "InvalidArgument"),
        (b"--boundary!\r\n", "MalformedPOSTRequest"),
        (b"--boundary\r\nContent-Disposition: form-data\r\n\r\nx\r\n--boundary--", "MalformedPOSTRequest"),
        (_form({"a": "b" * MAX_FIELDS_BYTES}, b"x"), "MaxPostPreDataLengthExceeded"),
        (b"x" * MAX_FIELDS_BYTES * 2, "MaxPostPreDataLengthExceeded"),
        (_form({"a": "b"}, b"x").replace(b'name="file"', b'name="a"'), "InvalidArgument"),
        (_form({"a": "b"}, b"x").replace(b"b\r\n", b"\xff\r\n"), "InvalidArgument"),
        (_form({"a": "b"}, b"x").replace(b"\r\n--boundary--\r\n", b""), "MalformedPOSTRequest"),
    ],
)  # fmt: skip
def test_forms_that_are_none(form: bytes, code: str) -> None:
    """Refused in S3's codes, with no more kept than fields may be."""
    with pytest.raises(ApiError) as caught:
        _read(form)
    assert caught.value.code == code


def _read(form: bytes) -> bytes:
    reader = FormReader(b"boundary")
    reader.limit(0, 1000)
    found = reader.feed(form)
    reader.finish()
    return found


def test_boundaries() -> None:
    """As browsers and clients write them; without one it is no form."""
    assert boundary("multipart/form-data; boundary=----abc'+_") == b"----abc'+_"
    assert boundary('multipart/form-data; charset=utf-8; boundary="a b"') == b"a b"
    assert boundary("application/x-www-form-urlencoded") is None
    assert boundary("multipart/form-data") is None
    assert boundary(None) is None


def test_a_page_sees_the_answer_to_its_form(world: Any, s3: Any) -> None:
    """By the rules for POST, which it has sent, and not by those for PUT, which it stands for."""
    post = _signer("s3v4").generate_presigned_post("films", "a")
    for method, is_shared in (("POST", True), ("PUT", False)):
        rules = [{"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": [method]}]
        s3.put_bucket_cors(Bucket="films", CORSConfiguration={"CORSRules": rules})
        answer = _send(world, _form(post["fields"], b"x"), "/films", origin="https://app.example.com")
        assert answer.status == 204
        assert ("Access-Control-Allow-Origin" in dict(answer.headers)) is is_shared
