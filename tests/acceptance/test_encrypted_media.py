"""Media under keys: what a role may not decrypt, its jobs cannot read; and another server's S3 in place of ours."""

import base64
import copy
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from acceptance.studio import ACCOUNT, JOB_SECONDS, TRUST, Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

CONTEXT = {"service": "mediaconvert.amazonaws.com"}
GUIDE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
        }
    ],
}
"""The user guide's, "Granting permissions for MediaConvert to access encrypted Amazon S3 buckets"."""


@pytest.fixture(scope="module")
def film(server: Any, short_clip: Path) -> Studio:
    """A studio with a user, a role and a clip."""
    return Studio(server, short_clip)


def sound(source: str, target: str) -> dict[str, Any]:
    """A small job: the sound of `source` at `target`."""
    codec = {
        "Codec": "AAC",
        "AacSettings": {"Bitrate": 96_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000},
    }
    destination = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": target}}
    output = {"ContainerSettings": {"Container": "MP4"}, "AudioDescriptions": [{"CodecSettings": codec}]}
    return {
        "Inputs": [{"FileInput": source, "AudioSelectors": {"Audio Selector 1": {}}}],
        "OutputGroups": [{"OutputGroupSettings": destination, "Outputs": [output]}],
    }


def run(server: Any, role: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The job at its end."""
    client = server.client("mediaconvert")
    job: dict[str, Any] = client.create_job(Role=role, Settings=settings)["Job"]
    deadline = time.monotonic() + JOB_SECONDS
    while job["Status"] in {"SUBMITTED", "PROGRESSING"}:
        assert time.monotonic() < deadline, job
        time.sleep(0.1)
        job = client.get_job(Id=job["Id"])["Job"]
    return job


def ending(job: dict[str, Any]) -> tuple[str, int | None]:
    """How it ended: status and error code."""
    return job["Status"], job.get("ErrorCode")


def make_role(server: Any, name: str, **policies: dict[str, Any]) -> str:
    """The ARN of a new role that MediaConvert may assume, with inline policies."""
    iam = server.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    for policy, document in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    return arn


def test_buckets_that_encrypt_with_a_key(film: Studio) -> None:
    """The guide's scenario: both buckets encrypt with a key by default, and the role needs both of its permissions.

    Without the inline policy the input cannot be read (1401, kms:Decrypt), with half of it the output cannot be
    written (1401, kms:GenerateDataKey); with the guide's policy the job completes, and each output reports its key.
    """
    source, target = "vault-in", "vault-out"
    s3, kms, iam = film.admin("s3"), film.admin("kms"), film.admin("iam")
    key, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    for bucket in (source, target):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.copy_object(Bucket=source, Key="film.mp4", CopySource="/".join(film.INPUT))
    settings = sound(f"s3://{source}/film.mp4", f"s3://{target}/film")
    role = make_role(film.server, "keeper", media=Studio.media_policy(source, target))

    cannot_read = run(film.server, role, settings)
    assert ending(cannot_read) == ("ERROR", 1401)
    assert "the role you provided is not authorized to perform kms:Decrypt" in cannot_read["ErrorMessage"]

    half = copy.deepcopy(GUIDE)
    half["Statement"][0]["Action"] = "kms:Decrypt"
    iam.put_role_policy(RoleName="keeper", PolicyName="keys", PolicyDocument=json.dumps(half))
    cannot_write = run(film.server, role, settings)
    assert ending(cannot_write) == ("ERROR", 1401)
    assert cannot_write["ErrorMessage"].startswith(
        "The role you provided is not authorized to perform kms:GenerateDataKey on your destination S3 bucket."
    )
    assert "Contents" not in s3.list_objects_v2(Bucket=target)

    iam.put_role_policy(RoleName="keeper", PolicyName="keys", PolicyDocument=json.dumps(GUIDE))
    # A second group asks for a key of its own, and S3 keeps it so.
    own = sound("", f"s3://{target}/own/film")["OutputGroups"][0]
    encryption = {"EncryptionType": "SERVER_SIDE_ENCRYPTION_KMS", "KmsKeyArn": other}
    own["OutputGroupSettings"]["FileGroupSettings"]["DestinationSettings"] = {"S3Settings": {"Encryption": encryption}}
    settings["OutputGroups"].append(own)
    assert ending(run(film.server, role, settings)) == ("COMPLETE", None)
    kept = {name: s3.head_object(Bucket=target, Key=name) for name in ("film.mp4", "own/film.mp4")}
    assert {one["ServerSideEncryption"] for one in kept.values()} == {"aws:kms"}
    assert {name: one["SSEKMSKeyId"] for name, one in kept.items()} == {"film.mp4": key, "own/film.mp4": other}


def test_an_input_that_was_encrypted_before_its_upload(film: Studio, short_clip: Path) -> None:
    """KMS opens its data key for a role that may decrypt, directly and not through S3 alone; else it is 1401."""
    kms, iam = film.admin("kms"), film.admin("iam")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    vector = os.urandom(12)
    film.put("sealed", AESGCM(data_key["Plaintext"]).encrypt(vector, short_clip.read_bytes(), None))
    settings = sound(f"s3://{film.INPUT[0]}/sealed", f"s3://{film.OUTPUT}/opened/film")
    settings["Inputs"][0]["DecryptionSettings"] = {
        "DecryptionMode": "AES_GCM",
        "EncryptedDecryptionKey": base64.b64encode(data_key["CiphertextBlob"]).decode(),
        "InitializationVector": base64.b64encode(vector).decode(),
    }
    role = make_role(film.server, "opener", media=Studio.media_policy(film.INPUT[0], film.OUTPUT), keys=GUIDE)

    through_s3_alone = run(film.server, role, settings)
    assert ending(through_s3_alone) == ("ERROR", 1401)
    assert "not authorized to perform kms:Decrypt" in through_s3_alone["ErrorMessage"]

    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName="opener", PolicyName="keys", PolicyDocument=json.dumps(document))
    assert ending(run(film.server, role, settings)) == ("COMPLETE", None)

    kms.disable_key(KeyId=key)
    disabled = run(film.server, role, settings)
    assert ending(disabled) == ("ERROR", 1404)
    assert "Decrypt failed: DisabledException" in disabled["ErrorMessage"]


def test_media_at_another_server(film: Studio, server_factory: Any, tmp_path: Path) -> None:
    """The job is ours, every byte is theirs: their keys decide, by role, and ours reach nothing there."""
    buckets = ("other-in", "other-out")
    theirs, s3 = film.server, film.admin("s3")
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket)
    s3.copy_object(Bucket=buckets[0], Key="film.mp4", CopySource="/".join(film.INPUT))
    keys = film.credentials_of("guest", Studio.media_policy(*buckets)["Statement"])
    file = tmp_path / "keys"
    written = "\n".join(f"{name} = {value}" for name, value in keys.items())
    file.write_text(f"[arn:aws:iam::{ACCOUNT}:role/transcode]\n{written}\n")
    ours = server_factory.start(tmp_path / "ours", "--s3-endpoint", theirs.url, "--remote-credentials", str(file))
    settings = sound(f"s3://{buckets[0]}/film.mp4", f"s3://{buckets[1]}/film")
    try:
        known, unknown = (run(ours, make_role(ours, name), settings) for name in ("transcode", "stranger"))
        assert ours.client("s3").list_buckets()["Buckets"] == []
    finally:
        ours.stop()

    assert ending(known) == ("COMPLETE", None)
    assert ending(unknown) == ("ERROR", 1432)
    assert "has no keys for the server of the media" in unknown["ErrorMessage"]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=buckets[1])["Contents"]] == ["film.mp4"]
    assert str(keys["aws_secret_access_key"]) not in ours.log.read_text()
