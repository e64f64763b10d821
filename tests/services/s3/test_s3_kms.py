"""SSE-KMS through boto3, with the real KMS and IAM behind it: who may, with which key, and what happens without it."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from sqlalchemy import select

from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Caller
from telecine.services.kms.tables import ALIASES
from telecine.services.s3.operations import OPERATIONS, STREAMS
from telecine.testing.client import InProcess
from telecine.wire.http import BLOCK_BYTES, HttpRequest

Aws = Any  # the fixture of tests/services/conftest.py

BODY = b"a secret scene " * 20
ALL_OF_S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
MISSING = "1234abcd-12ab-34cd-56ef-1234567890ab"


def client(aws: Aws, keys: Any = None) -> Any:
    return aws.client("s3", keys, s3={"addressing_style": "path"}, signature_version="s3v4")


def kms_on(key: str, *actions: str, **conditions: Any) -> dict[str, Any]:
    names = [f"kms:{action}" for action in actions]
    return {"Effect": "Allow", "Action": names, "Resource": key, **({"Condition": conditions} if conditions else {})}


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client of the administrator, and the bucket `films`."""
    made = client(aws)
    made.create_bucket(Bucket="films")
    return made


@pytest.fixture
def kms(aws: Aws) -> Any:
    return aws.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a new key with the default policy."""
    arn: str = kms.create_key()["KeyMetadata"]["Arn"]
    return arn


def with_key(key: str, **more: Any) -> dict[str, Any]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, **more}


def told(answer: Mapping[str, Any]) -> dict[str, Any]:
    names = ("ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", "BucketKeyEnabled")
    return {name: answer[name] for name in names if name in answer}


def set_default(s3: Any, *, bucket_key: bool = False, **by_default: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", **by_default}}
    rules = {"Rules": [{**rule, "BucketKeyEnabled": bucket_key}]}
    s3.put_bucket_encryption(Bucket="films", ServerSideEncryptionConfiguration=rules)


def error(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")


def test_an_object_under_a_key(s3: Any, key: str) -> None:
    """Every answer names the key, those to writers the context as well; the ETag is no MD5."""
    context = base64.b64encode(b'{"reel":"7"}').decode()
    asked = with_key(key, SSEKMSEncryptionContext=context)
    put = s3.put_object(Bucket="films", Key="a", Body=BODY, **asked)
    copied = s3.copy_object(Bucket="films", Key="b", CopySource="films/a", **with_key(key))
    plain = s3.copy_object(Bucket="films", Key="c", CopySource="films/a")
    upload = s3.create_multipart_upload(Bucket="films", Key="d", **asked)
    place = {"Bucket": "films", "Key": "d", "UploadId": upload["UploadId"]}
    part = s3.upload_part(**place, PartNumber=1, Body=BODY)
    copied_part = s3.upload_part_copy(**place, PartNumber=2, CopySource="films/a")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = s3.complete_multipart_upload(**place, MultipartUpload=parts)
    got, head = s3.get_object(Bucket="films", Key="d"), s3.head_object(Bucket="films", Key="d")

    named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert told(put) == told(upload) == {**named, "SSEKMSEncryptionContext": context}
    assert [told(answer) for answer in (copied, part, copied_part, done, got, head)] == [named] * 6
    assert told(plain) == {"ServerSideEncryption": "AES256"}
    assert got["Body"].read() == BODY
    assert s3.get_object(Bucket="films", Key="b")["Body"].read() == BODY
    md5 = hashlib.md5(BODY).hexdigest()
    assert plain["CopyObjectResult"]["ETag"] == f'"{md5}"'
    assert md5 not in put["ETag"] + copied["CopyObjectResult"]["ETag"] + part["ETag"]
    assert len({put["ETag"], copied["CopyObjectResult"]["ETag"], part["ETag"]}) == 3


def test_without_a_key_s3s_own_is_used(s3: Any, kms: Any) -> None:
    """It is made the first time, and only S3 may use it."""
    put = s3.put_object(Bucket="films", Key="a", Body=BODY, ServerSideEncryption="aws:kms")
    again = s3.put_object(Bucket="films", Key="b", Body=BODY, ServerSideEncryption="aws:kms")

    described = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (put["SSEKMSKeyId"], described["KeyManager"]) == (described["Arn"], "AWS")
    assert again["SSEKMSKeyId"] == put["SSEKMSKeyId"]
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == BODY


def test_a_buckets_default_key(s3: Any, kms: Any, key: str) -> None:
    """By ARN, id or alias; a request's own words come before it; what is there already stays as it is."""
    s3.put_object(Bucket="films", Key="before", Body=BODY)
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    for name in (key, key.rpartition("/")[2], "alias/films"):
        set_default(s3, KMSMasterKeyID=name)
        assert told(s3.put_object(Bucket="films", Key="a", Body=BODY)) == {
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": key,
        }
    rule = s3.get_bucket_encryption(Bucket="films")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "alias/films"
    own = s3.put_object(Bucket="films", Key="own", Body=BODY, ServerSideEncryption="AES256")
    assert told(own) == {"ServerSideEncryption": "AES256"}
    assert told(s3.head_object(Bucket="films", Key="before")) == {"ServerSideEncryption": "AES256"}
    set_default(s3, KMSMasterKeyID="aws/s3")
    assert error(s3.put_object, Bucket="films", Key="x", Body=b"x")[:2] == ("KMS.NotFoundException", 400)


def test_writing_and_reading_each_need_their_action(aws: Aws, s3: Any, key: str) -> None:
    """GenerateDataKey to write, Decrypt to read and to add parts, nothing for headers; the denial names action and key."""
    set_default(s3, KMSMasterKeyID=key)
    s3.put_object(Bucket="films", Key="a", Body=BODY)
    none, writer, reader = (
        client(aws, aws.user(name, ALL_OF_S3, *statements))
        for name, statements in (
            ("none", ()),
            ("writer", (kms_on(key, "GenerateDataKey"),)),
            ("reader", (kms_on(key, "Decrypt"),)),
        )
    )
    at = {"Bucket": "films", "Key": "a"}

    code, status, message = error(none.get_object, **at)
    assert (code, status) == ("AccessDenied", 403)
    assert f'is not authorized to perform: kms:Decrypt on resource: "{key}"' in message
    assert "kms:GenerateDataKey" in error(none.put_object, **at, Body=b"x")[2]
    assert none.head_object(**at)["SSEKMSKeyId"] == key
    assert reader.get_object(**at)["Body"].read() == BODY
    assert "kms:GenerateDataKey" in error(reader.put_object, **at, Body=b"x")[2]
    assert "kms:GenerateDataKey" in error(reader.copy_object, Bucket="films", Key="b", CopySource="films/a")[2]
    writer.put_object(**at, Body=b"new")
    assert "kms:Decrypt" in error(writer.get_object, **at)[2]
    assert "kms:Decrypt" in error(writer.copy_object, Bucket="films", Key="b", CopySource="films/a")[2]
    upload = writer.create_multipart_upload(**at)["UploadId"]
    part = {**at, "UploadId": upload, "PartNumber": 1}
    assert "kms:Decrypt" in error(writer.upload_part, **part, Body=b"x")[2]
    assert "kms:Decrypt" in error(writer.upload_part_copy, **part, CopySource="films/a")[2]
    assert "kms:Decrypt" in error(writer.list_parts, **at, UploadId=upload)[2]
    reader.upload_part(**part, Body=b"x")
    assert len(reader.list_parts(**at, UploadId=upload)["Parts"]) == 1
    for told in ("Checksum", "ObjectParts"):
        assert "kms:Decrypt" in error(writer.get_object_attributes, **at, ObjectAttributes=[told])[2]
    assert writer.get_object_attributes(**at, ObjectAttributes=["ObjectSize"])["ObjectSize"] == 3
    assert s3.get_object(**at)["Body"].read() == b"new"


def test_s3_asks_kms_as_the_caller(aws: Aws, s3: Any, kms: Any, key: str) -> None:
    """Policies see the service, the caller's account and the object's ARN; to KMS itself the same caller may not go."""
    conditions = {
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
        "kms:CallerAccount": key.split(":")[4],
        "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::films/in/a",
        "aws:ViaAWSService": "true",
    }
    keys = aws.user("ann", ALL_OF_S3, kms_on(key, "GenerateDataKey", "Decrypt", StringEquals=conditions))
    ann = client(aws, keys)
    ann.put_object(Bucket="films", Key="in/a", Body=BODY, **with_key(key))

    assert ann.get_object(Bucket="films", Key="in/a")["Body"].read() == BODY
    assert error(ann.put_object, Bucket="films", Key="in/b", Body=BODY, **with_key(key))[0] == "AccessDenied"
    direct = error(aws.client("kms", keys).generate_data_key, KeyId=key, KeySpec="AES_256")
    assert direct[0] == "AccessDeniedException"


def test_a_key_policy_counts_before_all_else(aws: Aws, s3: Any, kms: Any) -> None:
    """Whoever it leaves out reads nothing, whatever IAM allows; a grant lets in."""
    root = {"AWS": f"arn:aws:iam::{aws.client('sts').get_caller_identity()['Account']}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    only_admin = {**statement, "Condition": {"StringEquals": {"aws:username": "admin"}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [only_admin]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    s3.put_object(Bucket="films", Key="a", Body=BODY, **with_key(key))
    bob = client(aws, aws.user("bob", ALL_OF_S3, kms_on("*", "*")))
    assert error(bob.get_object, Bucket="films", Key="a")[:2] == ("AccessDenied", 403)

    arn = aws.client("iam").get_user(UserName="bob")["User"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])
    assert bob.get_object(Bucket="films", Key="a")["Body"].read() == BODY


def keys_that_fail(kms: Any, key: str) -> Iterator[tuple[str, str]]:
    kms.disable_key(KeyId=key)
    yield "KMS.DisabledException", f"{key} is disabled."
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    yield "KMS.KMSInvalidStateException", f"{key} is pending deletion."


@pytest.mark.parametrize("bucket_key", [False, True])
def test_a_key_that_is_not_usable_is_an_error(s3: Any, kms: Any, key: str, *, bucket_key: bool) -> None:
    """Disabled or about to be deleted: 400 for whoever reads or writes, and nothing is stored, at once."""
    set_default(s3, bucket_key=bucket_key, KMSMasterKeyID=key)
    s3.put_object(Bucket="films", Key="a", Body=BODY)
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == BODY
    upload = s3.create_multipart_upload(Bucket="films", Key="b")["UploadId"]
    part = {"Bucket": "films", "Key": "b", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    for code, message in keys_that_fail(kms, key):
        assert error(s3.get_object, Bucket="films", Key="a") == (code, 400, message)
        assert error(s3.head_object, Bucket="films", Key="a", ChecksumMode="ENABLED")[1] == 400
        checksum = {"Bucket": "films", "Key": "a", "ObjectAttributes": ["Checksum"]}
        assert error(s3.get_object_attributes, **checksum)[:2] == (code, 400)
        assert s3.head_object(Bucket="films", Key="a")["ContentLength"] == len(BODY)
        assert error(s3.put_object, Bucket="films", Key="c", Body=b"x") == (code, 400, message)
        assert error(s3.upload_part, **part)[0] == code
        assert error(s3.copy_object, Bucket="films", Key="c", CopySource="films/a")[0] == code
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)

    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]] == ["a"]
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == BODY


def _open_files() -> Iterator[Path]:
    """What this process has open now; other threads open and close meanwhile."""
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield descriptor.readlink()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ServerSideEncryption": "aws:kms"}, "KMS.DisabledException"),
        ({"ChecksumAlgorithm": "SHA512"}, "NotImplemented"),
    ],
)
def test_a_copy_that_is_refused_lets_its_source_go(
    aws: Aws, s3: Any, kms: Any, key: str, given: Any, code: str
) -> None:
    """Neither a descriptor nor a reader is left: the source's file goes as soon as it is deleted."""
    s3.put_object(Bucket="films", Key="a", Body=bytes(BLOCK_BYTES + 1))
    kms.disable_key(KeyId=key)
    more = {**given, "SSEKMSKeyId": key} if "ServerSideEncryption" in given else given
    with pytest.raises(ClientError, match=code):
        s3.copy_object(Bucket="films", Key="b", CopySource="films/a", **more)

    assert [path for path in _open_files() if path.is_relative_to(aws.folder / "objects")] == []
    s3.delete_object(Bucket="films", Key="a")
    assert [path for path in (aws.folder / "objects").rglob("*") if path.is_file() and path.name != "opened"] == []


def test_a_key_that_is_missing_is_an_error(s3: Any) -> None:
    """It is never stored in plain, and never answered with 200."""
    for key_id in (MISSING, "alias/missing", "nonsense"):
        code, status, _ = error(s3.put_object, Bucket="films", Key="a", Body=b"x", **with_key(key_id))
        assert (code, status) == ("KMS.NotFoundException", 400)
    set_default(s3, KMSMasterKeyID=MISSING)
    assert error(s3.put_object, Bucket="films", Key="a", Body=b"x")[0] == "KMS.NotFoundException"
    assert error(s3.create_multipart_upload, Bucket="films", Key="a")[0] == "KMS.NotFoundException"
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0


def test_bucket_keys(aws: Aws, s3: Any, kms: Any, key: str) -> None:
    """With one the context is the bucket's ARN, of which KMS is asked once; headers override the bucket's setting."""
    set_default(s3, bucket_key=True, KMSMasterKeyID=key)
    condition = {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::films"}
    ann = client(aws, aws.user("ann", ALL_OF_S3, kms_on(key, "GenerateDataKey", "Decrypt", StringEquals=condition)))
    first, second = (ann.put_object(Bucket="films", Key=name, Body=BODY) for name in "ab")
    other = s3.put_object(Bucket="films", Key="c", Body=BODY, **with_key(key, BucketKeyEnabled=False))

    assert [told(answer).get("BucketKeyEnabled") for answer in (first, second, other)] == [True, True, None]
    for name in "ab":
        got = ann.get_object(Bucket="films", Key=name)
        assert (got["Body"].read(), got["BucketKeyEnabled"]) == (BODY, True)
    assert error(ann.get_object, Bucket="films", Key="c")[0] == "AccessDenied"
    objects = aws.api.objects
    kept = [objects.get("films", name).encryption for name in "ab"]
    assert kept[0].key_blob == kept[1].key_blob
    keys = {objects.data_keys.open(objects.get("films", name), kept[0], None).plaintext for name in "ab"}
    assert len(keys) == 2
    kms.rotate_key_on_demand(KeyId=key)
    ann.put_object(Bucket="films", Key="d", Body=BODY)
    assert objects.get("films", "d").encryption.key_blob != kept[0].key_blob
    assert ann.get_object(Bucket="films", Key="a")["Body"].read() == BODY


def test_what_a_request_says_wrongly(s3: Any, key: str) -> None:
    """A key without the method, a context that is none or that lies about the object, an unsigned request."""
    at = {"Bucket": "films", "Key": "a", "Body": b"x"}
    lie = base64.b64encode(b'{"aws:s3:arn":"arn:aws:s3:::films/other"}').decode()
    for parameters in (
        {"SSEKMSKeyId": key},
        {"ServerSideEncryption": "AES256", "SSEKMSKeyId": key},
        with_key(key, SSEKMSEncryptionContext="no base64"),
        with_key(key, SSEKMSEncryptionContext=base64.b64encode(b'{"a":1}').decode()),
        with_key(key, SSEKMSEncryptionContext=lie),
    ):
        assert error(s3.put_object, **at, **parameters)[:2] == ("InvalidArgument", 400), parameters


def test_anonymous_callers_use_no_key(aws: Aws, s3: Any, key: str) -> None:
    """A bucket that is open to everybody opens no key of KMS."""
    s3.put_object(Bucket="films", Key="a", Body=BODY, **with_key(key))
    s3.delete_public_access_block(Bucket="films")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::films/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="films", Policy=policy)
    anybody = aws.client("s3", s3={"addressing_style": "path"}, signature_version=UNSIGNED)
    code, status, _ = error(anybody.get_object, Bucket="films", Key="a")
    assert code in {"InvalidArgument", "AccessDenied"}
    assert status in {400, 403}
    assert error(anybody.put_object, Bucket="films", Key="b", Body=b"x", **with_key(key))[1] in {400, 403}
    said = error(anybody.put_object, Bucket="films", Key="b", Body=b"x", ServerSideEncryption="aws:kms")
    assert said[0] == "InvalidArgument"
    with aws.api.ground.database.read() as connection:
        assert "" not in connection.execute(select(ALIASES.c.account)).scalars().all()


def test_nothing_is_done_with_a_key_that_was_not_decided_on(aws: Aws, s3: Any, key: str) -> None:
    """An object or alias that changes between decision and operation is an error that clients try again."""
    s3.put_object(Bucket="films", Key="a", Body=BODY, **with_key(key))
    account = key.split(":")[4]
    principal = Principal(kind=PrincipalKind.ROOT, arn=f"arn:aws:iam::{account}:root", account=AccountId(account))
    call: Any = SimpleNamespace(
        account=AccountId(account),
        caller=Caller(principal=principal, user_id=account, access_key_id=None),
        is_secure=True,
        now=datetime.now(UTC),
        pins=frozenset({("kms:Decrypt", "another key", frozenset())}),
        signature=SimpleNamespace(version="AWS4-HMAC-SHA256"),
        trailing=None,
    )
    at = {"Bucket": "films", "Key": "a"}
    for run in (
        lambda: OPERATIONS["GetObject"](aws.api.objects, call, dict(at)),
        lambda: OPERATIONS["CopyObject"](aws.api.objects, call, {**at, "Key": "b", "CopySource": "films/a"}),
        lambda: OPERATIONS["CreateMultipartUpload"](aws.api.objects, call, {**at, **with_key(key)}),
        lambda: STREAMS["PutObject"](aws.api.objects, call, {**at, "ContentLength": 1, **with_key(key)}),
    ):
        with pytest.raises(ApiError) as refusal:
            run()
        assert (refusal.value.code, refusal.value.status) == ("ServiceUnavailable", 503)


def test_old_signatures_use_no_key(aws: Aws, s3: Any, key: str) -> None:
    """Who signs with Signature Version 2 hears that KMS takes Version 4 alone."""
    s3.put_object(Bucket="films", Key="a", Body=BODY, **with_key(key))
    old = aws.client("s3", s3={"addressing_style": "path"}, signature_version="s3")
    # boto3 counts from this machine's clock, which is not the server's here.
    link = old.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "a"}, ExpiresIn=10**9)
    url = urlsplit(link)
    assert "Signature=" in url.query
    assert "AWS4" not in url.query
    request = HttpRequest(method="GET", raw_path=url.path, raw_query=url.query, headers=(("host", url.netloc),))
    answer = InProcess(aws.api.pipeline).call(request)

    assert answer.status == 400
    assert b"require AWS Signature Version 4" in answer.body


def test_a_policy_can_demand_a_key(aws: Aws, s3: Any, kms: Any, key: str) -> None:
    """By the header alone, and by the key's ARN, however the request names it."""
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    deny = {
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": {"StringNotEquals": {header: key}},
    }
    ann = client(aws, aws.user("ann", ALL_OF_S3, deny, kms_on("*", "*")))
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    other = kms.create_key()["KeyMetadata"]["Arn"]

    for name in (key, key.rpartition("/")[2], "alias/films"):
        ann.put_object(Bucket="films", Key="a", Body=BODY, **with_key(name))
    assert error(ann.put_object, Bucket="films", Key="a", Body=BODY, **with_key(other))[0] == "AccessDenied"
    assert error(ann.put_object, Bucket="films", Key="a", Body=BODY)[0] == "AccessDenied"
