"""Buckets open to everybody: anonymous callers, and the public access block that keeps them out."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py

OTHER = "444455556666"
BUCKET, OBJECTS = "arn:aws:s3:::films", "arn:aws:s3:::films/*"
ALL_ON = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ALL_OFF = dict.fromkeys(ALL_ON, False)
DENIED = ("AccessDenied", 403, "Access Denied")


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, *actions: str, on: Any = OBJECTS) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": on}


def deny(principal: Any, *actions: str, on: Any = OBJECTS) -> dict[str, Any]:
    return {**allow(principal, *actions, on=on), "Effect": "Deny"}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def body(s3: Any, key: str = "reel") -> bytes:
    data: bytes = s3.get_object(Bucket="films", Key=key)["Body"].read()
    return data


def unsigned(aws: Aws) -> Any:
    return aws.client("s3", signature_version=UNSIGNED)


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client of the administrator, and the bucket `films` with one object."""
    client = aws.client("s3")
    client.create_bucket(Bucket="films")
    client.put_object(Bucket="films", Key="reel", Body=b"moving pictures")
    return client


@pytest.fixture
def open_s3(s3: Any) -> Any:
    """The same, and the bucket may be opened to everybody."""
    s3.delete_public_access_block(Bucket="films")
    return s3


@pytest.fixture
def strangers(aws: Aws) -> Any:
    """The credentials of another account's administrator."""
    made: list[Any] = []
    aws.api.ground.directory.accounts.create("Strangers", "root@strangers.example", OTHER, hand_over=made.append)
    key = made[0].key
    return type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)


# ── everybody ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_comes_in_unsigned_unless_the_policy_says_so(aws: Aws, open_s3: Any) -> None:
    """Anonymous callers get what the policy gives everybody, and nothing more."""
    anonymous = unsigned(aws)
    assert refusal(anonymous.get_object, Bucket="films", Key="reel") == DENIED
    assert refusal(anonymous.list_buckets) == DENIED
    assert refusal(anonymous.create_bucket, Bucket="mine-now") == DENIED
    open_s3.put_bucket_policy(Bucket="films", Policy=policy(allow("*", "s3:GetObject")))
    assert body(anonymous) == b"moving pictures"
    for call, more in (
        (anonymous.get_object, {"Key": "missing"}),
        (anonymous.put_object, {"Key": "reel", "Body": b"x"}),
        (anonymous.delete_object, {"Key": "reel"}),
        (anonymous.list_objects_v2, {}),
        (anonymous.get_bucket_policy, {}),
    ):
        assert refusal(call, Bucket="films", **more) == DENIED
    assert refusal(anonymous.get_object, Bucket="no-such-bucket", Key="reel")[0] == "NoSuchBucket"
    open_s3.put_bucket_policy(
        Bucket="films", Policy=policy(allow("*", "s3:GetObject"), deny("*", "s3:GetObject", on=f"{BUCKET}/reel"))
    )
    assert refusal(anonymous.get_object, Bucket="films", Key="reel") == DENIED


def test_what_nobody_does_without_a_name(aws: Aws, open_s3: Any) -> None:
    """Multipart uploads, copies and other headers of an answer take a signature, whatever the policy grants."""
    anonymous = unsigned(aws)
    open_s3.put_bucket_policy(Bucket="films", Policy=policy(allow("*", "s3:*", on=[BUCKET, OBJECTS])))
    anonymous.put_object(Bucket="films", Key="guest", Body=b"unsigned")
    assert body(open_s3, "guest") == b"unsigned"
    beginning = refusal(anonymous.create_multipart_upload, Bucket="films", Key="guest")
    assert beginning == (
        "AccessDenied",
        403,
        "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
    )
    copying = refusal(anonymous.copy_object, Bucket="films", Key="b", CopySource="films/reel")
    assert copying == ("AccessDenied", 403, "Anonymous users cannot copy objects.  Please authenticate.")
    overriding = refusal(anonymous.get_object, Bucket="films", Key="reel", ResponseContentType="text/html")
    assert overriding[:2] == ("InvalidRequest", 400)
    assert refusal(anonymous.delete_bucket_policy, Bucket="films")[0] == "MethodNotAllowed"


def test_unsigned_requests_to_other_services_lack_a_signature(aws: Aws) -> None:
    """S3 alone has anonymous callers."""
    for service, call in (("iam", "list_users"), ("mediaconvert", "list_queues")):
        client = aws.client(service, signature_version=UNSIGNED)
        assert refusal(getattr(client, call))[0].startswith("MissingAuthenticationToken")


def test_the_anonymous_caller_in_the_audit_log(aws: Aws, open_s3: Any) -> None:
    """As CloudTrail writes it: of the account ANONYMOUS_PRINCIPAL."""
    refusal(unsigned(aws).get_object, Bucket="films", Key="reel")
    aws.api.ground.audit.close()
    lines = "".join(path.read_text() for path in sorted((aws.folder / "audit").iterdir())).splitlines()
    assert json.loads(lines[-1])["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": "",
        "accountId": "ANONYMOUS_PRINCIPAL",
    }


# ── public access ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_public_access_block_is_on_in_new_buckets(aws: Aws, s3: Any) -> None:
    """All four settings; they are changed, read and taken away as a whole."""
    read = lambda: s3.get_public_access_block(Bucket="films")["PublicAccessBlockConfiguration"]  # noqa: E731
    assert read() == ALL_ON
    s3.put_public_access_block(Bucket="films", PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
    assert read() == {**ALL_OFF, "BlockPublicPolicy": True}
    s3.delete_public_access_block(Bucket="films")
    assert refusal(s3.get_public_access_block, Bucket="films") == (
        "NoSuchPublicAccessBlockConfiguration",
        404,
        "The public access block configuration was not found",
    )


def test_a_public_policy_is_refused_while_they_are_blocked(aws: Aws, s3: Any) -> None:
    """With AWS's sentence; one that is not public is taken."""
    public = policy(allow("*", "s3:GetObject"))
    assert refusal(s3.put_bucket_policy, Bucket="films", Policy=public) == (
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{aws.account}:user/admin is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"{BUCKET}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access',
    )
    assert refusal(s3.get_bucket_policy, Bucket="films")[0] == "NoSuchBucketPolicy"
    s3.put_bucket_policy(Bucket="films", Policy=policy(allow({"AWS": aws.account}, "s3:GetObject")))
    assert s3.get_bucket_policy_status(Bucket="films")["PolicyStatus"] == {"IsPublic": False}
    s3.put_public_access_block(Bucket="films", PublicAccessBlockConfiguration={**ALL_ON, "BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket="films", Policy=public)
    assert s3.get_bucket_policy_status(Bucket="films")["PolicyStatus"] == {"IsPublic": True}


def test_a_restricted_bucket_is_its_accounts_alone(aws: Aws, open_s3: Any, strangers: Any) -> None:
    """RestrictPublicBuckets: a public policy counts for the owner's account; others stay outside, even by name."""
    everybody = allow("*", "s3:GetObject")
    by_name = allow({"AWS": OTHER}, "s3:GetObject")
    anonymous, other, ada = unsigned(aws), aws.client("s3", strangers), aws.client("s3", aws.user("ada"))
    open_s3.put_bucket_policy(Bucket="films", Policy=policy(everybody, by_name))
    assert body(anonymous) == body(other) == body(ada) == b"moving pictures"
    open_s3.put_public_access_block(
        Bucket="films", PublicAccessBlockConfiguration={**ALL_OFF, "RestrictPublicBuckets": True}
    )
    assert refusal(anonymous.get_object, Bucket="films", Key="reel") == DENIED
    assert refusal(other.get_object, Bucket="films", Key="reel") == DENIED
    assert body(ada) == b"moving pictures"
    # A policy that is not public goes on counting.
    open_s3.put_bucket_policy(Bucket="films", Policy=policy(by_name))
    assert body(other) == b"moving pictures"
