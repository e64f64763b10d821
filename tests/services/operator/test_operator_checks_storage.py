"""`POST /_/check-job`: what a job's buckets, objects and keys ask for, and what is told of them."""

import base64
import json
from typing import Any

from services.conftest import Aws, Keys, policy
from services.operator.check_bench import (
    IN,
    LIST,
    MEDIACONVERT,
    OUT,
    READ,
    SUBMIT,
    WRITE,
    check,
    missing,
    settings,
)
from telecine.core.names import AccountId


def test_bucket_policies_count(studio: Aws) -> None:
    """An explicit Deny is a family and no more; naming the role is as good as a policy of its own."""
    role = studio.role("encoder", MEDIACONVERT, WRITE, LIST)
    s3 = studio.client("s3")
    allow = {**READ, "Principal": {"AWS": role}}
    s3.put_bucket_policy(Bucket=IN, Policy=policy(allow))
    assert missing(check(studio, role)["role"]) == []
    deny = {
        **allow,
        "Sid": "Vault",
        "Effect": "Deny",
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=IN, Policy=policy(allow, deny))
    found = check(studio, role, studio.user("ada", SUBMIT, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}))

    assert missing(found["role"]) == [("s3:GetObject", f"arn:aws:s3:::{IN}/film.mp4", "explicitDeny")]
    (step,) = next(one for one in found["role"]["permissions"] if one["steps"])["steps"]
    assert (step["family"], "statement" in step, "Vault" in json.dumps(found)) == ("resource", False, False)


def test_the_keys_of_the_buckets(studio: Aws) -> None:
    """A role needs kms:Decrypt on the input's key, and with kms:GenerateDataKey on the output's; disabled keys are told."""
    kms, s3 = studio.client("kms"), studio.client("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    for bucket in (IN, OUT):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=IN, Key="film.mp4", Body=b"film")
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)

    found = check(studio, role)
    assert {(action, resource) for action, resource, _ in missing(found["role"])} == {
        ("kms:Decrypt", key),
        ("kms:GenerateDataKey", key),
    }
    via = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
    may = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": via}
    studio.client("iam").put_role_policy(RoleName="encoder", PolicyName="keys", PolicyDocument=policy(may))
    assert check(studio, role)["canRun"] is True
    kms.disable_key(KeyId=key)
    found = check(studio, role)
    assert [problem["code"] for problem in found["problems"]] == ["1404", "1517"]
    assert found["canRun"] is False


def test_a_data_key_of_an_input(studio: Aws) -> None:
    """The role must be allowed to open it; what is no ciphertext is told."""
    kms = studio.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.generate_data_key(
        KeyId=key, KeySpec="AES_128", EncryptionContext={"service": "mediaconvert.amazonaws.com"}
    )["CiphertextBlob"]
    how = {
        "DecryptionMode": "AES_CTR",
        "EncryptedDecryptionKey": base64.b64encode(blob).decode(),
        "InitializationVector": base64.b64encode(b"0" * 16).decode(),
    }
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)

    found = check(studio, role, Settings=settings(DecryptionSettings=how))
    assert missing(found["role"]) == [("kms:Decrypt", key, "implicitDeny")]
    broken = {**how, "EncryptedDecryptionKey": base64.b64encode(b"no ciphertext of a key at all").decode()}
    found = check(studio, role, Settings=settings(DecryptionSettings=broken))
    assert [problem["code"] for problem in found["problems"]] == ["1040"]


def test_whether_an_object_is_there_is_told_to_those_who_may_read_and_list(studio: Aws) -> None:
    """To others the answer is the same, whether it is there, encrypted and tagged, or not."""
    s3 = studio.client("s3")
    key = studio.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=IN, Key="there.mp4", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key, Tagging="a=b")
    role = studio.role("encoder", MEDIACONVERT, WRITE, LIST)
    simulate = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{IN}/*"}
    lists = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{IN}"}
    blind = studio.user("blind", SUBMIT, simulate)
    reader = studio.user("reader", SUBMIT, simulate, reads)
    lister = studio.user("lister", SUBMIT, simulate, reads, lists)

    def told(keys: Keys, name: str) -> str:
        found = check(studio, role, keys, Settings=settings(FileInput=f"s3://{IN}/{name}"))
        return json.dumps(found).replace(name, "NAME")

    assert told(blind, "there.mp4") == told(blind, "gone.mp4")
    assert "You may not read it." in told(blind, "gone.mp4")
    assert key not in told(blind, "there.mp4")
    assert key in told(reader, "there.mp4")
    assert "there is no object" not in told(reader, "gone.mp4")
    assert "there is no object" in told(lister, "gone.mp4")


def test_a_bucket_of_another_account(studio: Aws) -> None:
    """Its policy must allow the role; nothing is told of what it says, nor of the key that it encrypts with."""
    handed: list[Any] = []
    accounts = studio.api.ground.directory.accounts
    accounts.create("Elsewhere", "elsewhere@example.com", AccountId("444455556666"), hand_over=handed.append)
    new = handed[0].key
    keys = Keys(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)
    s3 = studio.client("s3", keys)
    s3.create_bucket(Bucket="foreign")
    role = studio.role("encoder", MEDIACONVERT, READ, {**WRITE, "Resource": "*"}, {**LIST, "Resource": "*"})
    job = settings(Destination="s3://foreign/out/")
    silent = check(studio, role, Settings=job)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::foreign/*"]}
    s3.put_bucket_policy(Bucket="foreign", Policy=policy(deny))
    denied = check(studio, role, Settings=job)

    assert ("s3:PutObject", "arn:aws:s3:::foreign/out/film*", "implicitDeny") in missing(silent["role"])
    puts = [
        [one for one in found["role"]["permissions"] if one["action"] == "s3:PutObject"] for found in (silent, denied)
    ]
    assert puts[0] == puts[1]
    assert any("belongs to another account" in one["why"] for one in silent["notChecked"])


def test_a_bucket_that_is_not_there(studio: Aws) -> None:
    """As from S3, that is no secret."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    found = check(
        studio, role, Settings=settings(FileInput="s3://no-such-bucket/a.mp4", Destination="s3://none-either/x")
    )

    assert [problem["code"] for problem in found["problems"]] == ["1404", "1404"]


def test_canned_acls_and_versions_are_looked_at(studio: Aws) -> None:
    """An ACL takes s3:PutObjectAcl; a bucket that keeps versions s3:DeleteObjectVersion, to take back what is seen."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    studio.client("s3").put_bucket_versioning(Bucket=OUT, VersioningConfiguration={"Status": "Enabled"})
    job = settings()
    group = job["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]
    group["DestinationSettings"] = {"S3Settings": {"AccessControl": {"CannedAcl": "BUCKET_OWNER_READ"}}}

    assert {action for action, _resource, _ in missing(check(studio, role, Settings=job)["role"])} == {
        "s3:PutObjectAcl",
        "s3:DeleteObjectVersion",
    }


def test_inputs_at_web_servers_need_no_permission(studio: Aws) -> None:
    """The role has no part in fetching them."""
    role = studio.role("encoder", MEDIACONVERT, WRITE, LIST)

    assert check(studio, role, Settings=settings(FileInput="https://films.example.com/a.mp4"))["canRun"] is True
