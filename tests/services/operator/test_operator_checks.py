"""`POST /_/check-job`: what a caller may, what the role may, and what is told to whom."""

import copy
import json
from typing import Any

import pytest
from botocore import xform_name

from services.conftest import ACCOUNT, Aws, Keys, policy
from services.operator.check_bench import (
    FILM,
    IN,
    LIST,
    MEDIACONVERT,
    OUT,
    QUEUE,
    READ,
    SOUND,
    SUBMIT,
    WRITE,
    check,
    missing,
    settings,
    statements,
    wire,
)
from services.operator.test_operator_api import call, flush


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
