"""The example policies of MediaConvert's user guide do through boto3 what the guide says they do.

Pages: "Identity-based policy examples", "Troubleshooting identity and access", "Granting permissions for encrypted
buckets", "Input policies". The documents carry the guide's facts: actions, resources and conditions.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.conftest import ACCOUNT, Aws, Keys, policy

ROLE = f"arn:aws:iam::{ACCOUNT}:role/MediaConvertRole"
QUEUES = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues"
SETTINGS = {
    "Inputs": [{"FileInput": "s3://media/clip.mp4"}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://media/out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": {
                        "Width": 640,
                        "Height": 360,
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000},
                        },
                    },
                }
            ],
        }
    ],
}
CREATE_JOB = {"Effect": "Allow", "Action": "mediaconvert:CreateJob", "Resource": "*"}
PASS_ROLE = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE}
BASIC = (
    {"Effect": "Allow", "Action": "mediaconvert:*", "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"},
    PASS_ROLE,
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListAllMyBuckets"], "Resource": "*"},
)


@pytest.fixture
def studio(aws: Aws) -> Aws:
    """An account with a bucket, the guide's role, and another one."""
    aws.client("s3").create_bucket(Bucket="media")
    aws.client("s3").put_object(Bucket="media", Key="clip.mp4", Body=b"film")
    for name in ("MediaConvertRole", "OtherRole"):
        aws.role(name, {"Service": "mediaconvert.amazonaws.com"})
    return aws


def refusal(call: Callable[..., object], **parameters: Any) -> str:
    """The message of a call that is refused for want of permission."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    message: str = caught.value.response["Error"]["Message"]
    return message


def job(aws: Aws, keys: Keys, **parameters: Any) -> Callable[..., Any]:
    """CreateJob with the guide's role, ready to be called."""
    client = aws.client("mediaconvert", keys)
    return lambda: client.create_job(**{"Role": ROLE, "Settings": SETTINGS, **parameters})


def simulated(aws: Aws, user: str, action: str, *resources: str, **context: str) -> list[str]:
    """What the simulator answers for the user, resource by resource."""
    found = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/{user}",
        ActionNames=[action],
        ResourceArns=list(resources),
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in context.items()
        ],
    )["EvaluationResults"][0]
    specific = found.get("ResourceSpecificResults") or [{"EvalResourceDecision": found["EvalDecision"]}]
    return [one["EvalResourceDecision"] for one in specific]


def test_the_basic_policy(studio: Aws) -> None:
    """Every MediaConvert action, passing one role, browsing buckets; and no other role, and no film."""
    editor = studio.user("editor", *BASIC)
    s3, iam = studio.client("s3", editor), studio.client("iam", editor)

    assert job(studio, editor)()["Job"]["Status"] == "SUBMITTED"
    assert {role["RoleName"] for role in iam.list_roles()["Roles"]} >= {"MediaConvertRole"}
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["media"]
    assert s3.list_objects_v2(Bucket="media")["KeyCount"] == 1
    other = f"arn:aws:iam::{ACCOUNT}:role/OtherRole"
    assert f"iam:PassRole on resource: {other}" in refusal(job(studio, editor, Role=other))
    assert "s3:GetObject" in refusal(s3.get_object, Bucket="media", Key="clip.mp4")
    assert "iam:GetRole" in refusal(iam.get_role, RoleName="MediaConvertRole")


def test_viewing_ones_own_permissions(studio: Aws) -> None:
    """Each user sees what hangs on itself, by its own name in the policy's variable; of others nothing."""
    own = {
        "Effect": "Allow",
        "Action": [
            "iam:GetUserPolicy",
            "iam:ListGroupsForUser",
            "iam:ListAttachedUserPolicies",
            "iam:ListUserPolicies",
            "iam:GetUser",
        ],
        "Resource": ["arn:aws:iam::*:user/${aws:username}"],
    }
    look = {"Effect": "Allow", "Action": ["iam:GetGroupPolicy", "iam:GetPolicy", "iam:ListPolicies"], "Resource": "*"}
    ada = studio.client("iam", studio.user("ada", own, look))
    studio.user("bob", own, look)

    assert ada.get_user()["User"]["UserName"] == "ada"
    assert ada.list_user_policies(UserName="ada")["PolicyNames"] == ["given"]
    assert ada.get_user_policy(UserName="ada", PolicyName="given")["PolicyDocument"]["Statement"][0] == own
    assert ada.list_attached_user_policies(UserName="ada")["AttachedPolicies"] == []
    assert ada.list_groups_for_user(UserName="ada")["Groups"] == []
    assert ada.list_policies(Scope="AWS")["Policies"]
    assert f"arn:aws:iam::{ACCOUNT}:user/bob" in refusal(ada.get_user_policy, UserName="bob", PolicyName="given")
    assert "iam:GetUser" in refusal(ada.get_user, UserName="bob")


def test_resource_level_control(studio: Aws) -> None:
    """One queue, presets whose names begin with `allow`, every template; in whatever partition and Region."""
    scope = f"arn:*:mediaconvert:*:{ACCOUNT}"
    limited = {
        "Effect": "Allow",
        "Action": ["mediaconvert:CreateJob", "mediaconvert:CreateJobTemplate"],
        "Resource": [f"{scope}:queues/myQueue", f"{scope}:presets/allow*", f"{scope}:jobTemplates/*"],
    }
    editor = studio.user(
        "editor",
        {"Effect": "Allow", "Action": "mediaconvert:ListQueues", "Resource": "*"},
        {"Effect": "Allow", "Action": "mediaconvert:ListJobs", "Resource": f"{scope}:queues/myQueue"},
        limited,
        PASS_ROLE,
    )
    client = studio.client("mediaconvert", editor)

    assert client.list_queues()["Queues"]
    assert client.list_jobs(Queue=f"{QUEUES}/myQueue")["Jobs"] == []
    assert "mediaconvert:ListJobs" in refusal(client.list_jobs)
    assert f"{QUEUES}/Default" in refusal(client.list_jobs, Queue=f"{QUEUES}/Default")
    assert f"mediaconvert:CreateJob on resource: {QUEUES}/Default" in refusal(job(studio, editor))
    with pytest.raises(ClientError, match="The queue myQueue does not exist"):  # allowed, but not there
        job(studio, editor, Queue=f"{QUEUES}/myQueue")()
    admin = studio.client("mediaconvert")
    for name in ("allow-hd", "hd"):
        admin.create_preset(Name=name, Settings={})
    named = {name: {"OutputGroups": [{"Outputs": [{"Preset": name}]}]} for name in ("allow-hd", "hd")}
    client.create_job_template(Name="ours", Settings=named["allow-hd"])
    admin.create_job_template(Name="theirs", Settings=named["hd"])
    closed = "presets/hd because no identity-based policy allows the mediaconvert:{} action"
    assert closed.format("CreateJobTemplate") in refusal(client.create_job_template, Name="more", Settings=named["hd"])
    assert "mediaconvert:CreateJobTemplate" in refusal(client.create_job_template, Name="more", Settings={})
    assert "mediaconvert:UpdateJobTemplate" in refusal(client.update_job_template, Name="ours", Settings={})
    queue = f"{QUEUES}/myQueue"
    assert closed.format("CreateJob") in refusal(job(studio, editor, Queue=queue, Settings=named["hd"]))
    assert closed.format("CreateJob") in refusal(job(studio, editor, Queue=queue, JobTemplate="theirs"))
    with pytest.raises(ClientError, match="BadRequestException"):  # allowed, but no whole job
        job(studio, editor, Queue=queue, JobTemplate="ours")()
    assert simulated(
        studio,
        "editor",
        "mediaconvert:CreateJob",
        f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:presets/allow-hd",
        f"arn:aws-cn:mediaconvert:cn-north-1:{ACCOUNT}:jobTemplates/any",
        f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:presets/hd",
    ) == ["allowed", "allowed", "implicitDeny"]


@pytest.mark.parametrize("value", ["denied", "deny-this"])
def test_denying_by_tag(studio: Aws, value: str) -> None:
    """What is tagged so is closed for the listed actions, whatever else allows them; others stay open."""
    denied = {
        "Effect": "Deny",
        "Action": [
            "mediaconvert:DeleteJobTemplate",
            "mediaconvert:GetQueue",
            "mediaconvert:UpdateQueue",
            "mediaconvert:DeleteQueue",
            "mediaconvert:GetPreset",
            "mediaconvert:ListTagsForResource",
            "mediaconvert:GetJobTemplate",
            "mediaconvert:UntagResource",
            "mediaconvert:UpdateJobTemplate",
            "mediaconvert:DeletePreset",
            "mediaconvert:TagResource",
            "mediaconvert:UpdatePreset",
        ],
        "Resource": "*",
        "Condition": {"StringLike": {"aws:ResourceTag/access": ["deny*", "denied"]}},
    }
    editor = studio.user("editor", BASIC[0], denied)
    studio.client("iam").attach_user_policy(
        UserName="editor", PolicyArn="arn:aws:iam::aws:policy/AWSElementalMediaConvertFullAccess"
    )
    client, queue = studio.client("mediaconvert", editor), f"{QUEUES}/Default"
    assert client.get_queue(Name="Default")["Queue"]["Name"] == "Default"

    studio.client("mediaconvert").tag_resource(Arn=queue, Tags={"access": value})

    assert refusal(client.get_queue, Name="Default").endswith("with an explicit deny in an identity-based policy")
    for call, parameters in (
        (client.list_tags_for_resource, {}),
        (client.tag_resource, {"Tags": {"access": "open"}}),
        (client.untag_resource, {"TagKeys": ["access"]}),
    ):
        assert "explicit deny" in refusal(call, Arn=queue, **parameters)
    assert client.list_queues()["Queues"]
    client.create_preset(Name="hd", Settings={}, Tags={"access": value})
    client.create_job_template(Name="files", Settings={}, Tags={"access": value})
    for call in (client.get_preset, client.update_preset, client.delete_preset):
        assert "presets/hd with an explicit deny" in refusal(call, Name="hd")
    for call in (client.get_job_template, client.update_job_template, client.delete_job_template):
        assert "jobTemplates/files with an explicit deny" in refusal(call, Name="files")
    assert [preset["Name"] for preset in client.list_presets()["Presets"]] == ["hd"]
    assert [template["Name"] for template in client.list_job_templates()["JobTemplates"]] == ["files"]
    studio.client("mediaconvert").untag_resource(Arn=queue, TagKeys=["access"])
    assert client.get_queue(Name="Default")["Queue"]["Name"] == "Default"


def test_the_inline_policy_for_encrypted_buckets(studio: Aws) -> None:
    """Decrypt and GenerateDataKey on the buckets' keys, and nothing else of KMS."""
    keys = [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{name}" for name in ("input", "output", "other")]
    statement = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": keys[:2]}
    studio.user("role-like", statement)

    assert simulated(studio, "role-like", "kms:Decrypt", *keys) == ["allowed", "allowed", "implicitDeny"]
    assert simulated(studio, "role-like", "kms:GenerateDataKey", keys[1]) == ["allowed"]
    assert simulated(studio, "role-like", "kms:Encrypt", keys[0]) == ["implicitDeny"]


@pytest.mark.parametrize(
    ("condition", "is_allowed"),
    [
        ({"Bool": {"mediaconvert:HttpInputsAllowed": "true"}}, False),
        ({"Bool": {"mediaconvert:HttpInputsAllowed": "false"}}, True),
        ({"Bool": {"mediaconvert:S3InputsAllowed": "false"}}, True),
    ],
)
def test_jobs_only_where_the_input_policy_is_right(studio: Aws, condition: Any, is_allowed: bool) -> None:
    """The keys tell the account's input policy, not the job's own inputs: without one every kind of input is allowed."""
    editor = studio.user("editor", CREATE_JOB, PASS_ROLE, {**CREATE_JOB, "Effect": "Deny", "Condition": condition})

    if is_allowed:
        assert job(studio, editor)()["Job"]["Status"] == "SUBMITTED"
    else:
        assert "explicit deny" in refusal(job(studio, editor))


def test_both_troubleshooting_messages(studio: Aws) -> None:
    """Who is not authorized to do what on what, and the same for passing a role."""
    mary = studio.user("marymajor", CREATE_JOB)
    get_queue = studio.client("mediaconvert", mary).get_queue

    assert refusal(get_queue, Name="Default") == (
        f"User: arn:aws:iam::{ACCOUNT}:user/marymajor is not authorized to perform: mediaconvert:GetQueue on resource: "
        f"{QUEUES}/Default because no identity-based policy allows the mediaconvert:GetQueue action"
    )
    assert refusal(job(studio, mary)) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/marymajor is not authorized to perform: iam:PassRole on resource: {ROLE} "
        "because no identity-based policy allows the iam:PassRole action"
    )


def test_the_trust_policy_against_the_confused_deputy(studio: Aws) -> None:
    """The guide's document is stored as it is written, and nobody but the service may use it."""
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "mediaconvert.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:mediaconvert:*:{ACCOUNT}:queues/Default"},
            },
        }
    )
    iam = studio.client("iam")
    iam.update_assume_role_policy(RoleName="MediaConvertRole", PolicyDocument=document)

    stored = iam.get_role(RoleName="MediaConvertRole")["Role"]["AssumeRolePolicyDocument"]
    assert policy(*stored["Statement"]) == document
    assert "because no role trust policy allows" in refusal(
        studio.client("sts").assume_role, RoleArn=ROLE, RoleSessionName="me"
    )
