"""Bucket policies end to end: who writes them, whom they let in and whom they keep out."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from telecine.testing.client import InProcess
from telecine.wire.http import HttpRequest

Aws = Any  # the fixture of tests/services/conftest.py

OTHER = "444455556666"
BUCKET, OBJECTS = "arn:aws:s3:::films", "arn:aws:s3:::films/*"
ALL_ON = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def policy(*statements: Mapping[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(principal: Any, *actions: str, on: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": on, **more}


def deny(principal: Any, *actions: str, on: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {**allow(principal, *actions, on=on, **more), "Effect": "Deny"}


def grant(*actions: str, on: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def body(s3: Any, key: str = "reel") -> bytes:
    data: bytes = s3.get_object(Bucket="films", Key=key)["Body"].read()
    return data


DENIED = ("AccessDenied", 403, "Access Denied")
KEY_FIELDS = ("access_key_id", "secret_access_key", "session_token")


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client of the administrator, and the bucket `films` with one object."""
    client = aws.client("s3")
    client.create_bucket(Bucket="films")
    client.put_object(Bucket="films", Key="reel", Body=b"moving pictures")
    return client


@pytest.fixture
def strangers(aws: Aws) -> Any:
    """The credentials of another account's administrator."""
    made: list[Any] = []
    aws.api.ground.directory.accounts.create("Strangers", "root@strangers.example", OTHER, hand_over=made.append)
    key = made[0].key
    return type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)


def root(aws: Aws, account: str, **config: Any) -> Any:
    """A client of the account's root user."""
    key = aws.api.ground.directory.accounts.create_root_key(account)
    keys = type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)
    return aws.client("s3", keys, **config)


# ── the policy itself ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_is_written_read_and_deleted(aws: Aws, s3: Any) -> None:
    """It comes back letter for letter; without one the answer is NoSuchBucketPolicy."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [deny("*", "s3:DeleteObject")]}, indent=1)
    s3.put_bucket_policy(Bucket="films", Policy=text)
    assert s3.get_bucket_policy(Bucket="films")["Policy"] == text
    s3.delete_bucket_policy(Bucket="films")
    s3.delete_bucket_policy(Bucket="films")
    gone = ("NoSuchBucketPolicy", 404, "The bucket policy does not exist")
    assert refusal(s3.get_bucket_policy, Bucket="films") == gone
    assert refusal(s3.get_bucket_policy_status, Bucket="films") == gone
    assert refusal(s3.put_bucket_policy, Bucket="missing-bucket", Policy=text)[0] == "NoSuchBucket"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "Policies must be valid JSON and the first byte must be '{'"),
        (
            policy(allow({"AWS": "123456789012"}, "s3:GetObject", on="arn:aws:s3:::other/*")),
            "Policy has invalid resource",
        ),
        (
            policy(allow({"AWS": "123456789012"}, "s3:GetObject", on="arn:aws:s3:::film*")),
            "Policy has invalid resource",
        ),
        (
            policy(allow({"AWS": "arn:aws:iam::123456789012:user/nobody"}, "s3:GetObject")),
            "Invalid principal in policy",
        ),
        (policy(allow({"AWS": "999999999999"}, "s3:GetObject")), "Invalid principal in policy"),
        (
            policy(*(allow({"AWS": "123456789012"}, "s3:GetObject", Sid=f"S{at:04}") for at in range(200))),
            "Policy exceeds the maximum allowed document size.",
        ),
    ],
    ids=["no JSON", "another bucket", "a wildcard before the name ends", "no such user", "no such account", "too long"],
)
def test_what_is_no_policy_of_the_bucket_is_refused(aws: Aws, s3: Any, text: str, message: str) -> None:
    """MalformedPolicy in S3's words, and the policy stays as it was."""
    before = policy(deny("*", "s3:DeleteObject"))
    s3.put_bucket_policy(Bucket="films", Policy=before)
    assert refusal(s3.put_bucket_policy, Bucket="films", Policy=text) == ("MalformedPolicy", 400, message)
    assert s3.get_bucket_policy(Bucket="films")["Policy"] == before


def test_white_space_does_not_count(aws: Aws, s3: Any) -> None:
    """20 KB are counted without it."""
    text = policy(deny("*", "s3:DeleteObject"))
    s3.put_bucket_policy(Bucket="films", Policy=text.replace(" ", " " * 4000))
    assert json.loads(s3.get_bucket_policy(Bucket="films")["Policy"]) == json.loads(text)


def test_each_operation_needs_its_action(aws: Aws, s3: Any) -> None:
    """The policy and the public access block are worked on with the actions that S3 documents."""
    s3.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:DeleteObject")))
    block = {"PublicAccessBlockConfiguration": ALL_ON}
    for at, (action, call, more) in enumerate(
        (
            ("s3:GetBucketPolicy", "get_bucket_policy", {}),
            ("s3:GetBucketPolicyStatus", "get_bucket_policy_status", {}),
            ("s3:PutBucketPolicy", "put_bucket_policy", {"Policy": policy(deny("*", "s3:DeleteObject"))}),
            ("s3:DeleteBucketPolicy", "delete_bucket_policy", {}),
            ("s3:GetBucketPublicAccessBlock", "get_public_access_block", {}),
            ("s3:PutBucketPublicAccessBlock", "put_public_access_block", block),
            ("s3:PutBucketPublicAccessBlock", "delete_public_access_block", {}),
        )
    ):
        without = aws.client("s3", aws.user(f"without{at}", grant("s3:Get*Object")))
        granted = aws.client("s3", aws.user(f"with{at}", grant(action, on=BUCKET)))
        code, status, message = refusal(getattr(without, call), Bucket="films", **more)
        assert (code, status) == ("AccessDenied", 403)
        assert f'{action} on resource: "{BUCKET}"' in message
        getattr(granted, call)(Bucket="films", **more)


def test_others_cannot_work_on_the_policy_whatever_it_says(aws: Aws, s3: Any, strangers: Any) -> None:
    """MethodNotAllowed for who is allowed but of another account, as for nobody else."""
    actions = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
    other = aws.client("s3", strangers)
    text = policy(allow({"AWS": OTHER}, *actions, on=BUCKET))
    assert refusal(other.get_bucket_policy, Bucket="films") == DENIED
    s3.put_bucket_policy(Bucket="films", Policy=text)
    refused = ("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
    assert refusal(other.get_bucket_policy, Bucket="films") == refused
    assert refusal(other.put_bucket_policy, Bucket="films", Policy=text) == refused
    assert refusal(other.delete_bucket_policy, Bucket="films") == refused
    assert s3.get_bucket_policy(Bucket="films")["Policy"] == text


def test_the_owners_root_can_always_take_the_policy_back(aws: Aws, s3: Any, strangers: Any) -> None:
    """A policy that denies everybody everything does not lock the bucket's account out for good."""
    s3.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:*", on=[BUCKET, OBJECTS])))
    for call in (s3.get_bucket_policy, s3.delete_bucket_policy, s3.list_objects_v2):
        assert "with an explicit deny in a resource-based policy" in refusal(call, Bucket="films")[2]
    owner = root(aws, aws.account)
    assert "explicit deny" in refusal(owner.list_objects_v2, Bucket="films")[2]
    assert refusal(root(aws, OTHER).delete_bucket_policy, Bucket="films") == DENIED
    assert json.loads(owner.get_bucket_policy(Bucket="films")["Policy"])
    owner.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:DeleteObject")))
    owner.delete_bucket_policy(Bucket="films")
    assert body(s3) == b"moving pictures"


# ── in the owner's account ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_who_is_named_needs_nothing_else(aws: Aws, s3: Any) -> None:
    """And who is named in a Deny has it in vain, from the next request on."""
    ada = aws.client("s3", aws.user("ada"))
    arn = {"AWS": f"arn:aws:iam::{aws.account}:user/ada"}
    assert "no identity-based policy allows" in refusal(ada.get_object, Bucket="films", Key="reel")[2]
    s3.put_bucket_policy(Bucket="films", Policy=policy(allow(arn, "s3:GetObject")))
    assert body(ada) == b"moving pictures"
    s3.put_bucket_policy(Bucket="films", Policy=policy(allow(arn, "s3:GetObject"), deny("*", "s3:Get*")))
    sentence = "with an explicit deny in a resource-based policy"
    assert refusal(ada.get_object, Bucket="films", Key="reel")[2].endswith(sentence)
    assert refusal(s3.get_object, Bucket="films", Key="reel")[2].endswith(sentence)


def test_naming_the_account_leaves_it_to_the_account(aws: Aws, s3: Any) -> None:
    """Its users still need a policy of their own."""
    s3.put_bucket_policy(Bucket="films", Policy=policy(allow({"AWS": aws.account}, "s3:GetObject")))
    assert refusal(aws.client("s3", aws.user("ada")).get_object, Bucket="films", Key="reel")[0] == "AccessDenied"
    assert body(aws.client("s3", aws.user("bob", grant("s3:GetObject")))) == b"moving pictures"


def test_a_namesake_inherits_nothing(aws: Aws, s3: Any) -> None:
    """The policy shows the unique id of a user who is gone, and one of the same name made later is nobody to it."""
    iam = aws.client("iam")
    keys = aws.user("ada")
    unique_id = iam.get_user(UserName="ada")["User"]["UserId"]
    s3.put_bucket_policy(
        Bucket="films", Policy=policy(allow({"AWS": f"arn:aws:iam::{aws.account}:user/ada"}, "s3:GetObject"))
    )
    assert body(aws.client("s3", keys)) == b"moving pictures"
    iam.delete_access_key(UserName="ada", AccessKeyId=keys.access_key_id)
    iam.delete_user(UserName="ada")
    namesake = aws.client("s3", aws.user("ada"))
    assert refusal(namesake.get_object, Bucket="films", Key="reel")[0] == "AccessDenied"
    shown = json.loads(s3.get_bucket_policy(Bucket="films")["Policy"])
    assert shown["Statement"][0]["Principal"] == {"AWS": unique_id}
    # Written back as it was read it stays valid, and still means nobody.
    s3.put_bucket_policy(Bucket="films", Policy=json.dumps(shown))
    assert refusal(namesake.get_object, Bucket="films", Key="reel")[0] == "AccessDenied"


def test_conditions_of_listings_and_writes(aws: Aws, s3: Any) -> None:
    """s3:prefix and the headers of a write are in the context for bucket policies too."""
    ada = aws.client("s3", aws.user("ada"))
    arn = {"AWS": f"arn:aws:iam::{aws.account}:user/ada"}
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy(
            allow(arn, "s3:ListBucket", on=BUCKET, Condition={"StringLike": {"s3:prefix": "home/${aws:username}/*"}}),
            allow(arn, "s3:PutObject", Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}),
            allow(arn, "s3:PutObjectAcl"),
        ),
    )
    assert ada.list_objects_v2(Bucket="films", Prefix="home/ada/")["KeyCount"] == 0
    assert refusal(ada.list_objects_v2, Bucket="films", Prefix="home/bob/")[0] == "AccessDenied"
    ada.put_object(Bucket="films", Key="mine", Body=b"x", ACL="bucket-owner-full-control")
    assert refusal(ada.put_object, Bucket="films", Key="mine", Body=b"x")[0] == "AccessDenied"


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_the_policy_and_the_right_of_an_uploads_initiator_count_together(aws: Aws, s3: Any, version: str) -> None:
    """Both allow side by side, whatever version the policy is of; a Deny of the policy outweighs the initiator."""
    maker, other = aws.user("maker", grant("s3:PutObject")), aws.user("other")
    where = {"Bucket": "films", "Key": "a*b?c$d${e}"}
    upload = {**where, "UploadId": aws.client("s3", maker).create_multipart_upload(**where)["UploadId"]}
    arn = {"AWS": f"arn:aws:iam::{aws.account}:user/other"}
    reading = allow(arn, "s3:ListMultipartUploadParts")
    s3.put_bucket_policy(Bucket="films", Policy=policy(reading, version=version))
    for keys in (maker, other):
        aws.client("s3", keys).list_parts(**upload)
    assert refusal(aws.client("s3", other).abort_multipart_upload, **upload)[0] == "AccessDenied"
    barring = deny("*", "s3:AbortMultipartUpload")
    s3.put_bucket_policy(Bucket="films", Policy=policy(reading, barring, version=version))
    assert "resource-based policy" in refusal(aws.client("s3", maker).abort_multipart_upload, **upload)[2]
    s3.delete_bucket_policy(Bucket="films")
    aws.client("s3", maker).abort_multipart_upload(**upload)


def test_an_initiators_sessions_stay_within_their_policies(aws: Aws, s3: Any) -> None:
    """Whoever began an upload may end it through a session too, as far as the session's own policy lets it."""
    maker = aws.user("maker", grant("s3:PutObject"), grant("sts:GetFederationToken"))
    where = {"Bucket": "films", "Key": "reel"}
    upload = {**where, "UploadId": aws.client("s3", maker).create_multipart_upload(**where)["UploadId"]}

    def federated(**parameters: Any) -> Any:
        given = aws.client("sts", maker).get_federation_token(Name="carol", **parameters)["Credentials"]
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return aws.client("s3", type(maker)(**dict(zip(KEY_FIELDS, keys, strict=True))))

    for parameters in ({}, {"Policy": policy(grant("s3:PutObject"))}):
        code, _, message = refusal(federated(**parameters).abort_multipart_upload, **upload)
        assert code == "AccessDenied"
        assert "because no session policy allows the s3:AbortMultipartUpload action" in message
    federated(Policy=policy(grant("s3:AbortMultipartUpload"))).abort_multipart_upload(**upload)


def test_canonical_users_are_accounts(aws: Aws, s3: Any, strangers: Any) -> None:
    """Their ids let in, keep out and except like the numbers of their accounts; one that is nobody's is refused."""
    own = s3.list_buckets()["Owner"]["ID"]
    theirs = aws.client("s3", strangers)
    other = theirs.list_buckets()["Owner"]["ID"]

    s3.put_bucket_policy(Bucket="films", Policy=policy(allow({"CanonicalUser": other}, "s3:GetObject")))
    assert body(theirs)
    both = policy(allow({"AWS": OTHER}, "s3:GetObject"), deny({"CanonicalUser": [other]}, "s3:GetObject"))
    s3.put_bucket_policy(Bucket="films", Policy=both)
    assert refusal(theirs.get_object, Bucket="films", Key="reel") == DENIED
    excepting = deny(None, "s3:GetObject", NotPrincipal={"CanonicalUser": own})
    del excepting["Principal"]
    s3.put_bucket_policy(Bucket="films", Policy=policy(allow({"AWS": OTHER}, "s3:GetObject"), excepting))
    assert body(s3)
    assert refusal(theirs.get_object, Bucket="films", Key="reel") == DENIED

    nobody = policy(allow({"CanonicalUser": "0" * 64}, "s3:GetObject"))
    code, _, message = refusal(s3.put_bucket_policy, Bucket="films", Policy=nobody)
    assert (code, message) == ("MalformedPolicy", "Invalid principal in policy")


def test_a_batch_is_decided_key_by_key(aws: Aws, s3: Any) -> None:
    """DeleteObjects answers a Deny of the policy for the keys that it is about."""
    s3.put_object(Bucket="films", Key="master", Body=b"x")
    s3.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:DeleteObject", on=f"{BUCKET}/master")))
    answer = s3.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "reel"}, {"Key": "master"}]})
    assert [entry["Key"] for entry in answer["Deleted"]] == ["reel"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("master", "AccessDenied")]


def test_the_audit_log_names_the_policys_statement(aws: Aws, s3: Any) -> None:
    """A denial by the bucket's policy is told by its ARN and Sid."""
    s3.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:GetObject", Sid="Closed")))
    refusal(s3.get_object, Bucket="films", Key="reel")
    aws.api.ground.audit.close()
    lines = "".join(path.read_text() for path in sorted((aws.folder / "audit").iterdir())).splitlines()
    decided = json.loads(lines[-1])["telecine"]["trace"]
    assert decided["blockedBy"] == "resource"
    assert [(one["policy"], one["sid"]) for one in decided["statements"]] == [(BUCKET, "Closed")]


# ── other accounts ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_other_accounts_need_both_policies(aws: Aws, s3: Any, strangers: Any) -> None:
    """A user of another account comes in when its own policy and the bucket's allow it, and hears nothing otherwise."""
    iam = aws.client("iam", strangers)
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = aws.client("s3", type(aws.admin)(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"]))
    own = policy(grant("s3:GetObject", "s3:PutObject", on=OBJECTS))

    assert refusal(eve.get_object, Bucket="films", Key="reel") == DENIED
    iam.put_user_policy(UserName="eve", PolicyName="own", PolicyDocument=own)
    assert refusal(eve.get_object, Bucket="films", Key="reel") == DENIED
    for principal in (f"arn:aws:iam::{OTHER}:user/eve", OTHER, f"arn:aws:iam::{OTHER}:root"):
        s3.put_bucket_policy(Bucket="films", Policy=policy(allow({"AWS": principal}, "s3:GetObject", "s3:PutObject")))
        assert body(eve) == b"moving pictures"
    eve.put_object(Bucket="films", Key="theirs", Body=b"from outside")
    iam.delete_user_policy(UserName="eve", PolicyName="own")
    assert refusal(eve.get_object, Bucket="films", Key="reel") == DENIED
    assert refusal(eve.get_object, Bucket="films", Key="missing") == DENIED
    # What they wrote is the bucket owner's.
    assert body(s3, "theirs") == b"from outside"
    owner = s3.list_objects_v2(Bucket="films", FetchOwner=True)["Contents"]
    assert len({entry["Owner"]["ID"] for entry in owner}) == 1


def test_an_assumed_role_reads_another_accounts_bucket(aws: Aws, s3: Any, strangers: Any) -> None:
    """As the engine does in a job: the bucket's policy names the role, the role's policy allows the reading."""
    iam = aws.client("iam", strangers)
    trust = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="Engine", Path="/service-role/", AssumeRolePolicyDocument=policy(trust))["Role"][
        "Arn"
    ]
    iam.put_role_policy(RoleName="Engine", PolicyName="media", PolicyDocument=policy(grant("s3:*")))
    session = aws.client("s3", aws.assume(arn, strangers))

    assert refusal(session.head_object, Bucket="films", Key="reel")[1] == 403
    s3.put_bucket_policy(
        Bucket="films",
        Policy=policy(allow({"AWS": arn}, "s3:GetObject"), allow({"AWS": arn}, "s3:ListBucket", on=BUCKET)),
    )
    assert body(session) == b"moving pictures"
    assert session.head_object(Bucket="films", Key="reel")["ContentLength"] == 15
    assert session.get_object(Bucket="films", Key="reel", ExpectedBucketOwner=aws.account)["ContentLength"] == 15
    assert refusal(session.get_object, Bucket="films", Key="reel", ExpectedBucketOwner=OTHER) == DENIED
    assert refusal(session.put_object, Bucket="films", Key="reel", Body=b"x") == DENIED
    # Copied out into a bucket of its own account.
    session.create_bucket(Bucket="copies")
    session.copy_object(Bucket="copies", Key="reel", CopySource="films/reel")
    assert session.get_object(Bucket="copies", Key="reel")["Body"].read() == b"moving pictures"
    iam.delete_role_policy(RoleName="Engine", PolicyName="media")
    assert refusal(session.get_object, Bucket="films", Key="reel") == DENIED


# ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_with_another_md5_is_refused(aws: Aws, s3: Any) -> None:
    """The client says what it sent, and something else arrived."""
    text = policy(deny("*", "s3:DeleteObject"))
    code, status, _ = refusal(s3.put_bucket_policy, Bucket="films", Policy=text, ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    assert (code, status) == ("BadDigest", 400)
    right = base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()
    s3.put_bucket_policy(Bucket="films", Policy=text, ContentMD5=right, ConfirmRemoveSelfBucketAccess=True)
    assert s3.get_bucket_policy(Bucket="films")["Policy"] == text


def test_how_a_request_is_signed_is_a_condition(aws: Aws, s3: Any) -> None:
    """A policy may forbid presigned URLs, or those signed more than ten minutes ago, and bodies nobody signed."""
    signer = aws.client("s3", signature_version="s3v4")
    target = urlsplit(
        signer.generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "reel"}, ExpiresIn=3600)
    )

    def fetch() -> int:
        request = HttpRequest(
            method="GET", raw_path=target.path, raw_query=target.query, headers=(("host", target.netloc),)
        )
        status: int = InProcess(aws.api.pipeline).call(request, b"").status
        return status

    def forbid(operator: str, key: str, value: str) -> None:
        clause = {operator: {key: value}}
        s3.put_bucket_policy(Bucket="films", Policy=policy(deny("*", "s3:GetObject", Condition=clause)))

    forbid("NumericGreaterThan", "s3:signatureAge", "600000")
    assert fetch() == 200
    aws.clock.advance(601)
    assert (fetch(), body(s3)) == (403, b"moving pictures")
    for operator, key, value in (
        ("StringEquals", "s3:authType", "REST-QUERY-STRING"),
        ("StringNotEquals", "s3:authType", "REST-HEADER"),
        ("StringEquals", "s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ):
        forbid(operator, key, value)
        assert (fetch(), body(s3)) == (403, b"moving pictures")
    forbid("StringNotEquals", "s3:signatureversion", "AWS4-HMAC-SHA256")
    assert fetch() == 200
