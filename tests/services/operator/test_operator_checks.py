"""`POST /_/check-job`: what a caller may, what the role may, and what is told to whom."""

import base64
import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore import xform_name

from services.conftest import ACCOUNT, Aws, Keys, policy
from services.operator.test_operator_api import call, flush
from telecine.core.names import AccountId

IN, OUT = "films-in", "films-out"
FILM = f"s3://{IN}/film.mp4"
MEDIACONVERT = {"Service": "mediaconvert.amazonaws.com"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{IN}/*"}
WRITE = {
    "Effect": "Allow",
    "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
    "Resource": f"arn:aws:s3:::{OUT}/*",
}
LIST = {"Effect": "Allow", "Action": "s3:ListBucketMultipartUploads", "Resource": f"arn:aws:s3:::{OUT}"}
QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"
SUBMIT = {"Effect": "Allow", "Action": "mediaconvert:CreateJob", "Resource": "*"}
SOUND: dict[str, Any] = {
    "Inputs": [{"FileInput": FILM, "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": f"s3://{OUT}/sound/film"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "AudioDescriptions": [
                        {
                            "AudioSourceName": "Audio Selector 1",
                            "CodecSettings": {
                                "Codec": "AAC",
                                "AacSettings": {
                                    "Bitrate": 96000,
                                    "CodingMode": "CODING_MODE_2_0",
                                    "SampleRate": 48000,
                                },
                            },
                        }
                    ],
                }
            ],
        }
    ],
}


def wire(value: Any, *, is_map: bool = False) -> Any:
    """A job by the model's names as the wire has it."""
    if isinstance(value, Mapping):
        return {
            key if is_map else key[:1].lower() + key[1:]: wire(inner, is_map=key in {"AudioSelectors", "Tags"})
            for key, inner in value.items()
        }
    return [wire(one) for one in value] if isinstance(value, list) else value


def check(aws: Aws, role: str, keys: Keys | None = None, **members: Any) -> dict[str, Any]:
    """The answer to a check."""
    job = {"Role": role, "Settings": SOUND, **members}
    status, found = call(aws, "POST", "/_/check-job", wire(job), keys=keys)
    answer: dict[str, Any] = found
    assert status == 200, found
    return answer


def settings(**changes: Any) -> dict[str, Any]:
    """The job with members of its input or its destination changed."""
    made = copy.deepcopy(SOUND)
    made["Inputs"][0].update({name: value for name, value in changes.items() if name != "Destination"})
    if "Destination" in changes:
        made["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]["Destination"] = changes["Destination"]
    return made


def missing(side: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a principal lacks: action, resource, decision."""
    return [
        (one["action"], one["resource"], one["decision"]) for one in side["permissions"] if one["decision"] != "allowed"
    ]


def statements(side: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements that would grant it, for an identity policy."""
    return [
        json.loads(step["statement"])
        for one in side["permissions"]
        for step in one["steps"]
        if "statement" in step and step["family"] == "identity"
    ]


@pytest.fixture
def studio(aws: Aws) -> Aws:
    """A server with two buckets and a film."""
    s3 = aws.client("s3")
    for bucket in (IN, OUT):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=IN, Key="film.mp4", Body=b"film")
    return aws


def test_everything_is_there(studio: Aws) -> None:
    """For an administrator with a role that may do all, nothing is missing and nothing left out."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    found = check(studio, role)

    assert (found["canSubmit"], found["canRun"], found["problems"], found["notChecked"]) == (True, True, [], [])
    assert found["caller"]["principal"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert {(one["action"], one["resource"]) for one in found["caller"]["permissions"]} == {
        ("mediaconvert:CreateJob", QUEUE),
        ("iam:PassRole", role),
    }
    assert {(one["action"], one["resource"], one["required"]) for one in found["role"]["permissions"]} == {
        ("sts:AssumeRole", role, True),
        ("s3:GetObject", f"arn:aws:s3:::{IN}/film.mp4", True),
        ("s3:PutObject", f"arn:aws:s3:::{OUT}/sound/film*", True),
        ("s3:AbortMultipartUpload", f"arn:aws:s3:::{OUT}/sound/film*", False),
        ("s3:DeleteObject", f"arn:aws:s3:::{OUT}/sound/film*", False),
        ("s3:ListBucketMultipartUploads", f"arn:aws:s3:::{OUT}", False),
    }


def test_a_user_without_permissions_hears_what_it_lacks_itself_and_nothing_of_the_role(studio: Aws) -> None:
    """The statements that it needs are in the answer, and following them is enough to submit."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE)
    ada = studio.user("ada")
    found = check(studio, role, ada)

    assert (found["canSubmit"], "canRun" in found, "role" in found) == (False, False, False)
    assert missing(found["caller"]) == [
        ("mediaconvert:CreateJob", QUEUE, "implicitDeny"),
        ("iam:PassRole", role, "implicitDeny"),
    ]
    assert found["notChecked"] == [
        {
            "what": "the role",
            "why": "You may not simulate its policies.",
            "action": "iam:SimulatePrincipalPolicy",
            "resource": role,
        }
    ]
    studio.client("iam").put_user_policy(
        UserName="ada", PolicyName="given", PolicyDocument=policy(*statements(found["caller"]))
    )

    assert check(studio, role, ada)["canSubmit"] is True
    studio.client("mediaconvert", ada).create_job(Role=role, Settings=SOUND)


def test_the_statements_for_the_role_are_enough(studio: Aws) -> None:
    """A role without policies lacks everything; with the statements of the answer it lacks nothing."""
    role = studio.role("encoder", MEDIACONVERT)
    found = check(studio, role)

    assert (found["canSubmit"], found["canRun"]) == (True, False)
    assert ("s3:AbortMultipartUpload", f"arn:aws:s3:::{OUT}/sound/film*", "implicitDeny") not in missing(found["role"])
    studio.client("iam").put_role_policy(
        RoleName="encoder", PolicyName="given", PolicyDocument=policy(*statements(found["role"]))
    )
    again = check(studio, role)

    assert (again["canRun"], missing(again["role"])) == (True, [])


def test_a_deny_is_told_by_its_family_alone(studio: Aws) -> None:
    """Of a caller's own policies, as AWS's messages do it: no statement, no name of a policy."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE)
    deny = {"Sid": "Secret", "Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
    found = check(studio, role, studio.user("ada", SUBMIT, deny))

    assert missing(found["caller"]) == [("iam:PassRole", role, "explicitDeny")]
    (step,) = next(one for one in found["caller"]["permissions"] if one["steps"])["steps"]
    assert (step["family"], "statement" in step, "Secret" in json.dumps(found)) == ("identity", False, False)


def test_boundaries_of_caller_and_role_count(studio: Aws) -> None:
    """What a boundary does not allow is missing, and the boundary is named as the place to add it."""
    iam = studio.client("iam")
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=policy(SUBMIT))["Policy"]["Arn"]
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    iam.put_role_permissions_boundary(RoleName="encoder", PermissionsBoundary=arn)
    ada = studio.user("ada", SUBMIT, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=arn)

    mine = check(studio, role, ada)
    assert missing(mine["caller"]) == [("iam:PassRole", role, "implicitDeny")]
    assert {step["family"] for one in mine["caller"]["permissions"] for step in one["steps"]} == {"boundary"}
    whole = check(studio, role)
    assert {step["family"] for one in whole["role"]["permissions"] for step in one["steps"]} == {"boundary"}


def test_a_session_policy_counts(studio: Aws) -> None:
    """A caller with a session that is limited hears that its session policy does not allow it."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE)
    worker = studio.role(
        "worker", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}
    )
    keys = studio.assume(worker, Policy=policy(SUBMIT))
    found = check(studio, role, keys)

    assert missing(found["caller"]) == [("iam:PassRole", role, "implicitDeny")]
    assert {step["family"] for one in found["caller"]["permissions"] for step in one["steps"]} == {"session"}


def test_who_may_not_call_iam_at_all_hears_nothing_of_the_role(studio: Aws) -> None:
    """Credentials of GetSessionToken without MFA are kept out of IAM, and so of what its simulator tells."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE)
    given = studio.client("sts").get_session_token()["Credentials"]
    keys = Keys(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )

    assert "role" not in check(studio, role, keys)


def test_a_role_of_another_account_is_refused(studio: Aws) -> None:
    """In CreateJob's words."""
    status, found = call(
        studio, "POST", "/_/check-job", wire({"Role": "arn:aws:iam::999999999999:role/x", "Settings": SOUND})
    )

    assert (status, found["message"]) == (403, "Cross-account pass role is not allowed.")


def test_the_trust_policy_is_asked_with_the_queue(studio: Aws) -> None:
    """A role that trusts somebody else, or MediaConvert for another queue, cannot be assumed."""
    nobody = check(studio, studio.role("stranger", {"Service": "ec2.amazonaws.com"}, READ, WRITE))
    first = nobody["role"]["permissions"][0]
    assert (first["action"], first["decision"], nobody["canRun"]) == ("sts:AssumeRole", "implicitDeny", False)
    (step,) = first["steps"]
    assert json.loads(step["statement"]) == {
        "Effect": "Allow",
        "Principal": MEDIACONVERT,
        "Action": "sts:AssumeRole",
    }
    role = studio.role("picky", MEDIACONVERT, READ, WRITE)
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": MEDIACONVERT,
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceArn": f"{QUEUE}-not", "aws:SourceAccount": ACCOUNT}},
    }
    studio.client("iam").update_assume_role_policy(RoleName="picky", PolicyDocument=policy(trust))
    assert check(studio, role)["canRun"] is False
    trust["Condition"]["StringEquals"]["aws:SourceArn"] = QUEUE
    studio.client("iam").update_assume_role_policy(RoleName="picky", PolicyDocument=policy(trust))
    assert check(studio, role)["canRun"] is True


@pytest.mark.parametrize(("role", "code"), [("nonsense", "1515"), (f"arn:aws:iam::{ACCOUNT}:role/none", "1433")])
def test_a_role_that_is_none(studio: Aws, role: str, code: str) -> None:
    """The error that the job would end with."""
    found = check(studio, role)

    assert [problem["code"] for problem in found["problems"]] == [code]
    assert found["canRun"] is False


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


def test_what_createjob_refuses_is_told_in_its_words(studio: Aws) -> None:
    """Members that break the model, settings that do not go together, queues that are not there."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    mediaconvert = studio.client("mediaconvert")
    for members in ({"Settings": settings(Destination="s3://")}, {"Queue": "none"}, {"Priority": 99}, {"Role": ""}):
        asked = {"Role": role, "Settings": SOUND, **members}
        found = check(studio, **{xform_name(key) if key == "Role" else key: value for key, value in asked.items()})
        (problem,) = found["problems"]
        with pytest.raises(mediaconvert.exceptions.ClientError) as refusal:
            mediaconvert.create_job(**asked)
        error = refusal.value.response["Error"]
        assert (problem["code"], problem["message"], problem["refused"]) == (error["Code"], error["Message"], True)
        assert found["canSubmit"] is False


def test_a_body_that_is_no_job(studio: Aws) -> None:
    """It is refused as a whole."""
    for body in ("no job", {"settings": 7}):
        status, found = call(studio, "POST", "/_/check-job", body)
        assert (status, found["message"] != "") == (400, True)


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


def test_the_check_is_in_the_audit_log_and_makes_nothing(studio: Aws) -> None:
    """There is no job afterwards, and no session of the role."""
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    check(studio, role)

    assert studio.client("mediaconvert").list_jobs()["Jobs"] == []
    flush(studio)
    _status, found = call(studio, "GET", "/_/audit")
    names = [record["eventName"] for record in found["records"]]
    assert "CheckJob" in names
    assert "AssumeRole" not in names


def test_a_template_and_its_presets_are_filled_in_for_those_who_may_use_them(studio: Aws) -> None:
    """To others nothing is told of what is in them: neither presets, nor destinations, nor what is wrong."""
    mediaconvert = studio.client("mediaconvert")
    role = studio.role("encoder", MEDIACONVERT, READ, WRITE, LIST)
    shared = copy.deepcopy(SOUND)
    del shared["Inputs"][0]["FileInput"]
    output = shared["OutputGroups"][0]["Outputs"][0]
    preset = {name: output.pop(name) for name in ("ContainerSettings", "AudioDescriptions")}
    mediaconvert.create_preset(Name="secret-preset", Settings=preset)
    output["Preset"] = "secret-preset"
    template = mediaconvert.create_job_template(Name="films", Settings=shared)["JobTemplate"]["Arn"]
    job = {"JobTemplate": "films", "Settings": {"Inputs": [{"FileInput": FILM}]}}

    assert check(studio, role, **job)["canRun"] is True
    found = check(studio, role, studio.user("ada", {**SUBMIT, "Resource": QUEUE}), **job)
    assert missing(found["caller"]) == [
        ("mediaconvert:CreateJob", template, "implicitDeny"),
        ("iam:PassRole", role, "implicitDeny"),
    ]
    assert ("secret-preset" in json.dumps(found), OUT in json.dumps(found)) == (False, False)
