"""MediaConvert through boto3: what operations answer, refuse and need to be allowed."""

from typing import Any

import pytest

from services.mediaconvert.plain_job import QUEUE, ROLE, SETTINGS, refusal
from telecine.services.mediaconvert.model import Phase, Progress

World = Any
Door = Any
"""The fixtures of conftest.py."""


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
    assert refusal(client.create_job, Role=ROLE, Settings=SETTINGS, Queue=queue)[:2] == (404, "NotFoundException")
    assert refusal(client.get_queue, Name=queue)[:2] == (404, "NotFoundException")
    assert client.list_jobs(Queue=queue)["Jobs"] == []


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
    assert refusal(client.cancel_job, Id=job_id) == (
        409,
        "ConflictException",
        f"The job {job_id} cannot be canceled: it has already finished with status CANCELED.",
    )


@pytest.mark.parametrize("operation", ["get_job", "cancel_job"])
def test_unknown_jobs_are_not_found(client: Any, operation: str) -> None:
    """404 with the id."""
    assert refusal(getattr(client, operation), Id="1-abcdef") == (
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
    assert refusal(client.list_jobs, MaxResults=21) == (
        400,
        "BadRequestException",
        "/maxResults: Should be less than or equal to 20",
    )
    assert refusal(client.list_jobs, NextToken="x")[1] == "BadRequestException"


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
        assert refusal(client.list_tags_for_resource, Arn=stranger)[:2] == (404, "NotFoundException")


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
