"""MediaConvert through boto3: what operations answer, refuse and need to be allowed."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.services.mediaconvert.model import Phase, Progress

World = Any
Door = Any
"""The fixtures of conftest.py."""

ROLE = "arn:aws:iam::111122223333:role/service-role/MediaConvert_Default_Role"
QUEUE = "arn:aws:mediaconvert:us-east-1:111122223333:queues/Default"
SETTINGS: dict[str, Any] = {
    "TimecodeConfig": {"Source": "ZEROBASED"},
    "Inputs": [
        {
            "FileInput": "s3://films/in/film.mp4",
            "TimecodeSource": "ZEROBASED",
            "VideoSelector": {},
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
        }
    ],
    "OutputGroups": [
        {
            "Name": "File Group",
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://films/out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4", "Mp4Settings": {}},
                    "VideoDescription": {
                        "Width": 640,
                        "Height": 360,
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {
                                "RateControlMode": "QVBR",
                                "MaxBitrate": 1_000_000,
                                "SceneChangeDetect": "ENABLED",
                            },
                        },
                    },
                    "AudioDescriptions": [
                        {
                            "AudioSourceName": "Audio Selector 1",
                            "CodecSettings": {
                                "Codec": "AAC",
                                "AacSettings": {
                                    "Bitrate": 96_000,
                                    "CodingMode": "CODING_MODE_2_0",
                                    "SampleRate": 48_000,
                                },
                            },
                        }
                    ],
                }
            ],
        }
    ],
}


def _settings(*path: str | int, value: Any) -> dict[str, Any]:
    """SETTINGS with one value changed."""
    changed = copy.deepcopy(SETTINGS)
    at: Any = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def _refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


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
    other_film = _settings("Inputs", 0, "FileInput", value="s3://films/in/other.mp4")
    same = {"Role": ROLE, "Settings": SETTINGS, "ClientRequestToken": "t"}
    words = "The client request token was used within the last minute for a job with another queue, role or settings."
    refused = (409, "ConflictException", f"{words} Use a new token for a new job.")

    assert client.create_job(**same)["Job"] == made
    for other in ({"Settings": other_film}, {"Queue": "night"}, {"Role": f"{ROLE}-2"}):
        assert _refusal(client.create_job, **{**same, **other}) == refused
    assert client.create_job(**same, Priority=7)["Job"] == made
    assert [job["Id"] for job in client.list_jobs()["Jobs"]] == [made["Id"]]
    world.clock.advance(60.001)
    assert client.create_job(**same | {"Queue": "night"})["Job"]["Id"] != made["Id"]


def test_the_same_token_gives_the_same_job(client: Any) -> None:
    """A repeated request makes no second job."""
    ids = {client.create_job(Role=ROLE, Settings=SETTINGS, ClientRequestToken="t")["Job"]["Id"] for _ in range(2)}

    assert len(ids) == 1
    assert [job["Id"] for job in client.list_jobs()["Jobs"]] == list(ids)


@pytest.mark.parametrize("queue", ["Default", QUEUE])
def test_a_queue_may_be_named_or_given_by_arn(client: Any, queue: str) -> None:
    """Both forms mean the same queue."""
    assert client.create_job(Role=ROLE, Settings=SETTINGS, Queue=queue)["Job"]["Queue"] == QUEUE
    assert len(client.list_jobs(Queue=queue)["Jobs"]) == 1
    assert client.get_queue(Name=queue)["Queue"]["Arn"] == QUEUE


@pytest.mark.parametrize(
    "queue",
    [
        "nowhere",
        "arn:aws:mediaconvert:us-east-1:111122223333:queues/nowhere",
        "arn:aws:mediaconvert:us-east-1:999999999999:queues/Default",
        "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default",
        "arn:aws:sqs:us-east-1:111122223333:queues/Default",
        "arn:aws",
    ],
)
def test_unknown_queues_are_not_found(client: Any, queue: str) -> None:
    """Names and ARNs that mean no queue of this account and region make no job, and list none."""
    assert _refusal(client.create_job, Role=ROLE, Settings=SETTINGS, Queue=queue)[:2] == (404, "NotFoundException")
    assert _refusal(client.get_queue, Name=queue)[:2] == (404, "NotFoundException")
    assert client.list_jobs(Queue=queue)["Jobs"] == []


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
            {"Settings": _settings("FollowSource", value=0)},
            "/followSource: Should be greater than or equal to 1",
        ),
        (
            {"Settings": _settings("OutputGroups", 0, "Outputs", 0, "VideoDescription", "Width", value=9000)},
            "/outputGroups/0/outputs/0/videoDescription/width: Should be less than or equal to 8192",
        ),
        (
            {"Settings": _settings("TimecodeConfig", value={"Source": "SUNDIAL"})},
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

    assert _refusal(client.create_job, **asked) == (400, "BadRequestException", message)
    assert client.list_jobs()["Jobs"] == []


def test_several_findings_are_told_together(client: Any) -> None:
    """Everything that is wrong stands in one message, joined by a bar."""
    settings = _settings("FollowSource", value=151)
    settings["Inputs"][0]["FilterStrength"] = 9

    _, _, message = _refusal(client.create_job, Role=ROLE, Settings=settings)
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


def test_get_job_follows_the_job(client: Any, world: World) -> None:
    """Phase, percent, times, warnings and outputs appear as the job goes on."""
    job_id = client.create_job(Role=ROLE, Settings=SETTINGS)["Job"]["Id"]
    claim = world.claim()
    world.lifecycle.progress(claim, Progress(phase=Phase.TRANSCODING, phase_percent=50, job_percent=40))
    running = client.get_job(Id=job_id)["Job"]
    assert [running[name] for name in ("Status", "CurrentPhase", "JobPercentComplete", "RetryCount")] == [
        "PROGRESSING",
        "TRANSCODING",
        40,
        0,
    ]

    world.clock.advance(9)
    world.lifecycle.complete(claim, world.outcome)
    done = client.get_job(Id=job_id)["Job"]
    assert (done["Status"], done["JobPercentComplete"]) == ("COMPLETE", 100)
    assert (done["Timing"]["FinishTime"] - done["Timing"]["StartTime"]).total_seconds() == 9
    assert done["OutputGroupDetails"] == [
        {
            "OutputDetails": [
                {"DurationInMs": 5280, "VideoDetails": {"WidthInPx": 1280, "HeightInPx": 720}},
                {"DurationInMs": 5280},
            ]
        }
    ]
    assert done["Warnings"] == [{"Code": 230001, "Count": 2}]


def test_get_job_tells_an_error(client: Any, world: World) -> None:
    """Code and message of a failed job are shown."""
    job_id = client.create_job(Role=ROLE, Settings=SETTINGS)["Job"]["Id"]
    world.lifecycle.fail(world.claim(), 1404, "Unable to open input file")

    job = client.get_job(Id=job_id)["Job"]
    assert (job["Status"], job["ErrorCode"], job["ErrorMessage"]) == ("ERROR", 1404, "Unable to open input file")


def test_cancel_job_answers_202_once(client: Any) -> None:
    """The second time the job is over: 409."""
    job_id = client.create_job(Role=ROLE, Settings=SETTINGS)["Job"]["Id"]

    assert client.cancel_job(Id=job_id)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert client.get_job(Id=job_id)["Job"]["Status"] == "CANCELED"
    assert _refusal(client.cancel_job, Id=job_id) == (
        409,
        "ConflictException",
        f"The job {job_id} cannot be canceled: it has already finished with status CANCELED.",
    )


@pytest.mark.parametrize("operation", ["get_job", "cancel_job"])
def test_unknown_jobs_are_not_found(client: Any, operation: str) -> None:
    """404 with the id."""
    assert _refusal(getattr(client, operation), Id="1-abcdef") == (
        404,
        "NotFoundException",
        "The job 1-abcdef does not exist.",
    )


def test_list_jobs_pages(client: Any) -> None:
    """boto3's paginator finds every job once, newest first; a filter and an order hold across pages."""
    ids = [client.create_job(Role=ROLE, Settings=SETTINGS)["Job"]["Id"] for _ in range(5)]
    client.cancel_job(Id=ids[1])

    def walk(**members: Any) -> list[str]:
        pages = client.get_paginator("list_jobs").paginate(**members)
        return [job["Id"] for page in pages for job in page["Jobs"]]

    assert walk(MaxResults=2) == ids[::-1]
    assert walk(MaxResults=2, Order="ASCENDING", Status="SUBMITTED") == [ids[0], *ids[2:]]
    assert _refusal(client.list_jobs, MaxResults=21) == (
        400,
        "BadRequestException",
        "/maxResults: Should be less than or equal to 20",
    )
    assert _refusal(client.list_jobs, NextToken="x")[1] == "BadRequestException"


def test_list_queues_shows_the_default_queue(client: Any, world: World) -> None:
    """The system queue is there from the first call, and counts its jobs."""
    client.create_job(Role=ROLE, Settings=SETTINGS)

    assert client.list_queues()["Queues"] == [
        {
            "Arn": QUEUE,
            "Name": "Default",
            "Type": "SYSTEM",
            "Status": "ACTIVE",
            "PricingPlan": "ON_DEMAND",
            "CreatedAt": world.start,
            "LastUpdated": world.start,
            "SubmittedJobsCount": 1,
            "ProgressingJobsCount": 0,
        }
    ]
    world.queue("night")
    assert [queue["Name"] for queue in client.list_queues(ListBy="NAME", Order="DESCENDING")["Queues"]] == [
        "night",
        "Default",
    ]
    assert len(client.list_queues(MaxResults=1)["NextToken"]) > 0


def test_describe_endpoints_answers_with_our_own_address(client: Any) -> None:
    """Old clients go on with the URL that they get."""
    assert client.describe_endpoints()["Endpoints"] == [{"Url": "http://telecine.test"}]


def test_tags_of_jobs_and_queues(client: Any) -> None:
    """Tags come with CreateJob or later, and go again; a job never shows them itself."""
    arn = client.create_job(Role=ROLE, Settings=SETTINGS, Tags={"a": "1"})["Job"]["Arn"]
    client.tag_resource(Arn=arn, Tags={"b": "2"})
    client.untag_resource(Arn=arn, TagKeys=["a"])
    client.tag_resource(Arn=QUEUE, Tags={"q": ""})

    assert client.list_tags_for_resource(Arn=arn)["ResourceTags"] == {"Arn": arn, "Tags": {"b": "2"}}
    assert client.list_tags_for_resource(Arn=QUEUE)["ResourceTags"]["Tags"] == {"q": ""}
    for stranger in ("Default", "arn:aws:mediaconvert:us-east-1:111122223333:presets/x", f"{arn}x"):
        assert _refusal(client.list_tags_for_resource, Arn=stranger)[:2] == (404, "NotFoundException")


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


def test_every_other_operation_needs_its_own_resource(client: Any, door: Door) -> None:
    """Jobs and queues by ARN, with their tags; listings without a filter need everything."""
    job = client.create_job(Role=ROLE, Settings=SETTINGS, Tags={"t": "1"})["Job"]
    arn = job["Arn"]
    tagged = {"aws:ResourceTag/t": "1"}
    calls: list[tuple[Any, tuple[str, str, dict[str, Any]]]] = [
        (lambda: client.get_job(Id=job["Id"]), ("GetJob", arn, tagged)),
        (client.list_jobs, ("ListJobs", "*", {})),
        (lambda: client.list_jobs(Queue="Default"), ("ListJobs", QUEUE, {})),
        (lambda: client.get_queue(Name="Default"), ("GetQueue", QUEUE, {})),
        (client.list_queues, ("ListQueues", "*", {})),
        (client.describe_endpoints, ("DescribeEndpoints", "*", {})),
        (lambda: client.list_tags_for_resource(Arn=arn), ("ListTagsForResource", arn, tagged)),
        (
            lambda: client.tag_resource(Arn=arn, Tags={"u": "2"}),
            ("TagResource", arn, {**tagged, "aws:RequestTag/u": "2", "aws:TagKeys": ["u"]}),
        ),
        (
            lambda: client.untag_resource(Arn=arn, TagKeys=["u"]),
            ("UntagResource", arn, {**tagged, "aws:ResourceTag/u": "2", "aws:TagKeys": ["u"]}),
        ),
        (lambda: client.cancel_job(Id=job["Id"]), ("CancelJob", arn, tagged)),
    ]
    for call, (name, resource, context) in calls:
        call()
        (need,) = door.needs
        assert (need.action, need.resource, dict(need.context)) == (f"mediaconvert:{name}", resource, context)
