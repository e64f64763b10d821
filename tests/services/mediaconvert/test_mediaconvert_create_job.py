"""CreateJob through boto3: what it answers, refuses and needs to be allowed."""

from typing import Any

import pytest

from services.mediaconvert.plain_job import QUEUE, ROLE, SETTINGS, changed, refusal

World = Any
Door = Any
"""The fixtures of conftest.py."""


def test_create_job_gives_the_whole_job_back(client: Any, world: World) -> None:
    """201 and the job as asked for, SUBMITTED, with MediaConvert's defaults."""
    answer = client.create_job(Role=ROLE, Settings=SETTINGS, UserMetadata={"film": "7"}, ClientRequestToken="once")

    job = answer["Job"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert job["Arn"] == f"arn:aws:mediaconvert:us-east-1:111122223333:jobs/{job['Id']}"
    assert job["CreatedAt"] == job["Timing"]["SubmitTime"] == world.start
    expected = {
        "Queue": QUEUE,
        "Role": ROLE,
        "Settings": SETTINGS,
        "Status": "SUBMITTED",
        "Priority": 0,
        "UserMetadata": {"film": "7"},
        "StatusUpdateInterval": "SECONDS_60",
        "BillingTagsSource": "JOB",
        "ClientRequestToken": "once",
        "AccelerationSettings": {"Mode": "DISABLED"},
        "AccelerationStatus": "NOT_APPLICABLE",
        "Messages": {"Info": [], "Warning": []},
        "HopDestinations": [],
        "QueueTransitions": [],
    }
    assert {name: job.get(name) for name in expected} == expected
    assert not {"CurrentPhase", "JobPercentComplete", "ErrorCode", "OutputGroupDetails", "Tags"} & set(job)


def test_a_request_token_of_another_request(client: Any, world: World) -> None:
    """409, without a word of the job that it made and without a new one; the same request gets that job."""
    world.queue("night")
    made = client.create_job(Role=ROLE, Settings=SETTINGS, ClientRequestToken="t")["Job"]
    other_film = changed("Inputs", 0, "FileInput", value="s3://films/in/other.mp4")
    same = {"Role": ROLE, "Settings": SETTINGS, "ClientRequestToken": "t"}
    words = "The client request token was used within the last minute for a job with another queue, role or settings."
    refused = (409, "ConflictException", f"{words} Use a new token for a new job.")

    assert client.create_job(**same)["Job"] == made
    for other in ({"Settings": other_film}, {"Queue": "night"}, {"Role": f"{ROLE}-2"}):
        assert refusal(client.create_job, **{**same, **other}) == refused
    assert client.create_job(**same, Priority=7)["Job"] == made
    assert [job["Id"] for job in client.list_jobs()["Jobs"]] == [made["Id"]]
    world.clock.advance(60.001)
    assert client.create_job(**same | {"Queue": "night"})["Job"]["Id"] != made["Id"]


def test_the_same_token_gives_the_same_job(client: Any) -> None:
    """A repeated request makes no second job."""
    ids = {client.create_job(Role=ROLE, Settings=SETTINGS, ClientRequestToken="t")["Job"]["Id"] for _ in range(2)}

    assert len(ids) == 1
    assert [job["Id"] for job in client.list_jobs()["Jobs"]] == list(ids)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Role": None}, "/: role is a required property"),
        ({"Role": ""}, "/role: Should have at least 1 characters"),
        ({"Settings": None}, "/: settings is a required property"),
        ({"Priority": 51}, "/priority: Should be less than or equal to 50"),
        ({"Priority": -51}, "/priority: Should be greater than or equal to -50"),
        (
            {"SimulateReservedQueue": "MAYBE"},
            '/simulateReservedQueue: Should be equal to one of the allowed values in ["DISABLED","ENABLED"]',
        ),
        ({"JobEngineVersion": "latest"}, "/jobEngineVersion: Should be a job engine version such as 2025-01-31"),
        ({"JobEngineVersion": "2999-01-01"}, "/jobEngineVersion: Should be a job engine version such as 2025-01-31"),
        (
            {"AccelerationSettings": {"Mode": "ENABLED"}},
            "/accelerationSettings/mode: ENABLED is not supported by this server: use PREFERRED or DISABLED.",
        ),
        (
            {"StatusUpdateInterval": "SECONDS_11"},
            "/statusUpdateInterval: Should be equal to one of the allowed values in "
            '["SECONDS_10","SECONDS_12","SECONDS_15","SECONDS_20","SECONDS_30","SECONDS_60","SECONDS_120",'
            '"SECONDS_180","SECONDS_240","SECONDS_300","SECONDS_360","SECONDS_420","SECONDS_480","SECONDS_540",'
            '"SECONDS_600"]',
        ),
        ({"UserMetadata": {f"k{n}": "" for n in range(11)}}, "/userMetadata: Should have at most 10 properties"),
        ({"Tags": {"aws:x": ""}}, "/tags: The tag key 'aws:x' is reserved: keys cannot begin with 'aws:'."),
        ({"ClientRequestToken": "t" * 65}, "/clientRequestToken: Should be at most 64 ASCII characters"),
        ({"ClientRequestToken": "é"}, "/clientRequestToken: Should be at most 64 ASCII characters"),
        (
            {"Settings": changed("FollowSource", value=0)},
            "/followSource: Should be greater than or equal to 1",
        ),
        (
            {"Settings": changed("OutputGroups", 0, "Outputs", 0, "VideoDescription", "Width", value=9000)},
            "/outputGroups/0/outputs/0/videoDescription/width: Should be less than or equal to 8192",
        ),
        (
            {"Settings": changed("TimecodeConfig", value={"Source": "SUNDIAL"})},
            "/timecodeConfig/source: Should be equal to one of the allowed values in "
            '["EMBEDDED","ZEROBASED","SPECIFIEDSTART"]',
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_wrong_members_are_refused_with_their_path(client: Any, members: dict[str, Any], message: str) -> None:
    """400, MediaConvert's words, and no job."""
    asked = {"Role": ROLE, "Settings": SETTINGS, **members}
    asked = {name: value for name, value in asked.items() if value is not None}

    assert refusal(client.create_job, **asked) == (400, "BadRequestException", message)
    assert client.list_jobs()["Jobs"] == []


def test_several_findings_are_told_together(client: Any) -> None:
    """Everything that is wrong stands in one message, joined by a bar."""
    settings = changed("FollowSource", value=151)
    settings["Inputs"][0]["FilterStrength"] = 9

    _, _, message = refusal(client.create_job, Role=ROLE, Settings=settings)
    assert set(message.split(" | ")) == {
        "/followSource: Should be less than or equal to 150",
        "/inputs/0/filterStrength: Should be less than or equal to 5",
    }


def test_neutral_members_are_accepted(client: Any) -> None:
    """What a console job carries without asking for anything."""
    job = client.create_job(
        Role=ROLE,
        Settings=SETTINGS,
        AccelerationSettings={"Mode": "PREFERRED"},
        BillingTagsSource="QUEUE",
        HopDestinations=[],
        SimulateReservedQueue="DISABLED",
        StatusUpdateInterval="SECONDS_12",
        Tags={},
        UserMetadata={},
    )["Job"]

    shown = (
        "AccelerationSettings",
        "AccelerationStatus",
        "BillingTagsSource",
        "SimulateReservedQueue",
        "StatusUpdateInterval",
    )
    assert [job[name] for name in shown] == [
        {"Mode": "PREFERRED"},
        "IN_PROGRESS",
        "QUEUE",
        "DISABLED",
        "SECONDS_12",
    ]


def test_create_job_needs_the_queue_and_the_role(client: Any, door: Door) -> None:
    """mediaconvert:CreateJob on the queue with the request's tags, and iam:PassRole on the role for MediaConvert."""
    client.tag_resource(Arn=QUEUE, Tags={"team": "night"})
    client.create_job(Role=ROLE, Settings=SETTINGS, Tags={"team": "day"})

    create, pass_role = door.needs
    assert (create.action, create.resource) == ("mediaconvert:CreateJob", QUEUE)
    assert create.context == {
        "mediaconvert:S3InputsAllowed": "true",
        "mediaconvert:HttpInputsAllowed": "true",
        "mediaconvert:HttpsInputsAllowed": "true",
        "aws:RequestTag/team": "day",
        "aws:TagKeys": ["team"],
        "aws:ResourceTag/team": "night",
    }
    assert (pass_role.action, pass_role.resource, pass_role.resource_account, pass_role.context) == (
        "iam:PassRole",
        ROLE,
        "111122223333",
        {"iam:PassedToService": "mediaconvert.amazonaws.com"},
    )


def test_a_malformed_role_is_still_asked_for(client: Any, door: Door) -> None:
    """A role ARN that is none fails in the job; to pass it, it must be allowed all the same."""
    assert client.create_job(Role="nonsense", Settings=SETTINGS)["Job"]["Status"] == "SUBMITTED"
    assert [(need.action, need.resource) for need in door.needs][1] == ("iam:PassRole", "nonsense")
