"""Jobs that have waited too long go on to another queue."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import QueueName
from telecine.services.mediaconvert.lifecycle import reserved_limits
from telecine.services.mediaconvert.model import Hop, JobStatus

World = Any
Door = Any
"""The fixtures of conftest.py."""

ROLE = "arn:aws:iam::111122223333:role/service-role/MediaConvert_Default_Role"
SETTINGS: dict[str, Any] = {
    "Inputs": [{"FileInput": "s3://films/in/film.mp4", "VideoSelector": {}, "TimecodeSource": "ZEROBASED"}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://films/out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
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
                }
            ],
        }
    ],
}
ARN = "arn:aws:mediaconvert:us-east-1:111122223333:queues/"


def _create(client: Any, **members: Any) -> Any:
    return client.create_job(Role=ROLE, Settings=SETTINGS, **members)["Job"]


def _refusal(client: Any, **members: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        _create(client, **members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def _hop(queue: str, minutes: int, priority: int | None = None) -> Hop:
    return Hop(queue=QueueName(queue), wait_minutes=minutes, priority=priority)


def _pause(client: Any, queue: str) -> None:
    client.update_queue(Name=queue, Status="PAUSED")


def _activate(client: Any, queue: str) -> None:
    client.update_queue(Name=queue, Status="ACTIVE")


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"HopDestinations": [{"Queue": "b"}]}, "/hopDestinations/0: waitMinutes is a required property"),
        (
            {"HopDestinations": [{"Queue": "b", "WaitMinutes": 0}]},
            "/hopDestinations/0/waitMinutes: Should be greater than or equal to 1",
        ),
        (
            {"HopDestinations": [{"Queue": "b", "WaitMinutes": 4321}]},
            "/hopDestinations/0/waitMinutes: Should be less than or equal to 4320",
        ),
        (
            {"HopDestinations": [{"Queue": "b", "WaitMinutes": 5, "Priority": 51}]},
            "/hopDestinations/0/priority: Should be less than or equal to 50",
        ),
        (
            {"HopDestinations": [{"WaitMinutes": 5}]},
            "/hopDestinations/0: queue is a required property for jobs that are submitted to the default queue",
        ),
        (
            {"Queue": "a", "HopDestinations": [{"Queue": ARN + "a", "WaitMinutes": 5}]},
            "/hopDestinations/0/queue: The destination can't be the queue that the job is submitted to.",
        ),
        (
            {"HopDestinations": [{"Queue": "a", "WaitMinutes": 5}, {"Queue": "b", "WaitMinutes": 5}]},
            "/hopDestinations/1/waitMinutes: Should be greater than the wait of the destination before",
        ),
        (
            {"Queue": "a", "HopDestinations": [{"WaitMinutes": 5}, {"Queue": "Default", "WaitMinutes": 6}]},
            "/hopDestinations/1/queue: The job goes to this queue already.",
        ),
    ],
)
def test_where_no_job_can_hop(client: Any, members: dict[str, Any], sentence: str) -> None:
    """400 with the path, and no job."""
    for name in ("a", "b"):
        client.create_queue(Name=name)

    assert _refusal(client, **members) == (400, sentence)
    assert client.list_jobs()["Jobs"] == []


@pytest.mark.parametrize("queue", ["gone", "arn:aws:mediaconvert:us-east-1:444455556666:queues/a"])
def test_a_destination_must_be_there(client: Any, queue: str) -> None:
    """404, as for the queue itself."""
    assert _refusal(client, HopDestinations=[{"Queue": queue, "WaitMinutes": 5}]) == (
        404,
        f"The queue {queue} does not exist.",
    )


def test_every_queue_of_the_job_must_be_allowed(client: Any, door: Door) -> None:
    """CreateJob is asked for on the queue and on each destination, with its tags."""
    client.create_queue(Name="a", Tags={"team": "film"})
    client.create_queue(Name="b")
    _create(client, Queue="b", HopDestinations=[{"Queue": "a", "WaitMinutes": 5}, {"WaitMinutes": 9}])

    create = [need for need in door.needs if need.action == "mediaconvert:CreateJob"]
    assert [need.resource for need in create] == [ARN + "b", ARN + "a", ARN + "Default"]
    assert [need.context.get("aws:ResourceTag/team") for need in create] == [None, "film", None]


def test_a_job_hops_after_its_wait(world: World, client: Any) -> None:
    """Not a moment before. What was submitted stays as it was; the history and an event tell the hop."""
    client.create_queue(Name="a")
    job = _create(client, Queue="a", Priority=3, HopDestinations=[{"WaitMinutes": 15, "Priority": -7}])
    world.clock.advance(15 * 60 - 1)
    assert world.lifecycle.queues.hop() == 0
    world.clock.advance(1)
    assert world.lifecycle.queues.hop() == 1
    assert world.lifecycle.queues.hop() == 0

    found = client.get_job(Id=job["Id"])["Job"]
    assert (found["Queue"], found["Priority"], found["Status"]) == (ARN + "a", 3, "SUBMITTED")
    assert found["HopDestinations"] == [{"Queue": ARN + "Default", "WaitMinutes": 15, "Priority": -7}]
    assert found["QueueTransitions"] == [
        {"SourceQueue": ARN + "a", "DestinationQueue": ARN + "Default", "Timestamp": world.clock.now()}
    ]
    (event,) = world.events()
    assert event["status"] == "QUEUE_HOP"
    shown = {name: event[name] for name in ("queue", "previousQueue", "priority", "previousPriority")}
    assert shown == {"queue": ARN + "Default", "previousQueue": ARN + "a", "priority": -7, "previousPriority": 3}
    counts = {queue["Name"]: queue["SubmittedJobsCount"] for queue in client.list_queues()["Queues"]}
    assert counts == {"Default": 1, "a": 0}
    assert [one["Id"] for one in client.list_jobs(Queue="a")["Jobs"]] == [job["Id"]]
    assert client.list_jobs(Queue="Default")["Jobs"] == []
    assert world.claim().queue_arn == ARN + "Default"


def test_a_job_that_runs_or_is_over_hops_no_more(world: World, client: Any) -> None:
    """Hops are for jobs that wait."""
    client.create_queue(Name="a")
    jobs = [world.submit(hops=(_hop("a", 1),)) for _ in range(2)]
    world.claim()
    world.lifecycle.cancel(world.account, jobs[1].id)
    world.clock.advance(60)

    assert world.lifecycle.queues.hop() == 0
    assert [world.job(job.id).queue for job in jobs] == ["Default", "Default"]


def test_a_job_takes_its_place_by_priority_and_submission(world: World, client: Any) -> None:
    """Who hops in is behind the more urgent, and before those of its priority that were submitted later."""
    client.create_queue(Name="a")
    hopped = world.submit(queue=QueueName("a"), hops=(_hop("Default", 1, 5),))
    later, urgent = world.submit(priority=5), world.submit(priority=6)
    world.clock.advance(60)
    world.lifecycle.queues.hop()

    assert [world.claim(f"w{number}").job_id for number in range(3)] == [urgent.id, hopped.id, later.id]


def test_a_job_goes_on_from_queue_to_queue(world: World, client: Any) -> None:
    """Every wait counts from the submission; hops that are due together are made one after the other."""
    for name in ("a", "b", "c"):
        client.create_queue(Name=name)
    job = world.submit(hops=(_hop("a", 1, 9), _hop("b", 2), _hop("c", 60)))
    world.clock.advance(150)
    world.lifecycle.queues.hop()
    world.lifecycle.queues.hop()

    found = world.job(job.id)
    assert [hop.destination for hop in found.transitions] == ["a", "b"]
    assert (found.queue, found.priority) == ("b", 9)
    world.clock.advance(3600)
    world.lifecycle.queues.hop()
    assert world.job(job.id).queue == "c"


def test_nobody_hops_out_of_a_paused_queue(world: World, client: Any) -> None:
    """Activated again, the first in the queue runs there, and whoever has others ahead hops."""
    client.create_queue(Name="a")
    jobs = [world.submit(queue=QueueName("a"), hops=(_hop("Default", 15),)) for _ in range(3)]
    world.clock.advance(300)
    _pause(client, "a")
    world.clock.advance(2400)
    assert world.lifecycle.queues.hop() == 0
    _activate(client, "a")

    assert world.lifecycle.queues.hop() == 2
    assert [world.job(job.id).queue for job in jobs] == ["a", "Default", "Default"]
    assert world.lifecycle.queues.hop() == 0


def test_a_job_that_stays_after_a_pause_still_has_its_later_hops(world: World, client: Any) -> None:
    """Only what came due in the pause is given up."""
    client.create_queue(Name="a")
    client.create_queue(Name="b")
    job = world.submit(queue=QueueName("a"), hops=(_hop("Default", 1), _hop("b", 10)))
    _pause(client, "a")
    world.clock.advance(120)
    _activate(client, "a")
    world.lifecycle.queues.hop()
    assert world.job(job.id).queue == "a"
    world.clock.advance(480)
    world.lifecycle.queues.hop()
    assert world.job(job.id).queue == "b"


def test_a_pause_that_ends_before_the_wait_changes_nothing(world: World, client: Any) -> None:
    """The job hops when its wait is over, as if there had been no pause."""
    client.create_queue(Name="a")
    job = world.submit(queue=QueueName("a"), hops=(_hop("Default", 15),))
    _pause(client, "a")
    world.clock.advance(60)
    _activate(client, "a")
    world.clock.advance(14 * 60)
    world.lifecycle.queues.hop()

    assert world.job(job.id).queue == "Default"


def test_a_job_hops_into_a_paused_queue_and_waits_there(world: World, client: Any) -> None:
    """Until that one is activated."""
    client.create_queue(Name="a")
    _pause(client, "Default")
    job = world.submit(queue=QueueName("a"), hops=(_hop("Default", 15),))
    world.clock.advance(15 * 60)
    world.lifecycle.queues.hop()

    assert world.job(job.id).queue == "Default"
    assert world.lifecycle.claim("w", 30) is None
    _activate(client, "Default")
    assert world.claim().job_id == job.id


def test_a_job_hops_out_of_a_reserved_queue_whose_plan_has_expired(world: World, client: Any) -> None:
    """Such a queue is not paused: its jobs are the ones that must get away."""
    plan = {"Commitment": "ONE_YEAR", "ReservedSlots": 1, "RenewalType": "EXPIRE"}
    client.create_queue(Name="a", PricingPlan="RESERVED", ReservationPlanSettings=plan)
    world.clock.advance(366 * 24 * 3600)
    job = world.submit(queue=QueueName("a"), hops=(_hop("Default", 15),))
    world.clock.advance(15 * 60)
    world.lifecycle.queues.hop()

    assert world.claim().job_id == job.id


def test_a_job_whose_destination_is_gone_stays_with_a_warning(world: World, client: Any) -> None:
    """Warning 100000 in the job and as NEW_WARNING; its next hop is tried when its time comes."""
    for name in ("a", "b"):
        client.create_queue(Name=name)
    job = world.submit(hops=(_hop("a", 1), _hop("b", 2)))
    client.delete_queue(Name="a")
    world.clock.advance(60)
    world.lifecycle.queues.hop()

    found = client.get_job(Id=job.id)["Job"]
    assert found["Warnings"] == [{"Code": 100000, "Count": 1}]
    assert found["Messages"]["Warning"] == [
        "Your job couldn't hop from its original submission queue to its destination queue."
    ]
    assert found["QueueTransitions"] == []
    assert (world.events()[0]["status"], world.events()[0]["warningCode"]) == ("NEW_WARNING", "100000")
    world.clock.advance(60)
    world.lifecycle.queues.hop()
    assert (world.job(job.id).queue, world.job(job.id).status) == ("b", JobStatus.SUBMITTED)


def test_hundreds_hop_in_one_go(world: World, client: Any) -> None:
    """However many are due at once, and in the order in which they became it."""
    client.create_queue(Name="a")
    _pause(client, "Default")
    for _ in range(250):
        world.submit(queue=QueueName("a"), hops=(_hop("Default", 1),))
    world.clock.advance(60)

    assert world.lifecycle.queues.hop() == 250
    ids = [event["jobId"] for event in world.events()]
    assert len(set(ids)) == 250


def _video(**members: Any) -> dict[str, Any]:
    return {"OutputGroups": [{"Outputs": [{"VideoDescription": members}]}]}


PATH = "/outputGroups/0/outputs/0/videoDescription/"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (_video(Width=7680, Height=4320), PATH + "width"),
        (_video(Width=2400, Height=4320), PATH + "height"),
        (_video(CodecSettings={"Codec": "AV1"}), PATH + "codecSettings/codec"),
        (
            _video(VideoPreprocessors={"DolbyVision": {"Mapping": "HDR10_1000"}}),
            PATH + "videoPreprocessors/dolbyVision",
        ),
        (
            _video(CodecSettings={"Codec": "H_264", "H264Settings": {"FramerateConversionAlgorithm": "FRAMEFORMER"}}),
            PATH + "codecSettings/h264Settings/framerateConversionAlgorithm",
        ),
        (
            {"OutputGroups": [{"AutomatedEncodingSettings": {"AbrSettings": {}}, "Outputs": []}]},
            "/outputGroups/0/automatedEncodingSettings",
        ),
    ],
)
def test_what_a_reserved_queue_does_not_do(world: World, settings: dict[str, Any], path: str) -> None:
    """Each is named by its path, with what to do."""
    ((found, sentence),) = reserved_limits.problems(replace(world.submission, settings=settings))

    assert found == path
    assert "isn't available for jobs in reserved queues" in sentence


@pytest.mark.parametrize("size", [(4096, 2160), (2160, 3840), (1920, 1080)])
def test_a_reserved_queue_does_4k(world: World, size: tuple[int, int]) -> None:
    """Lying or standing."""
    settings = _video(Width=size[0], Height=size[1])
    assert list(reserved_limits.problems(replace(world.submission, settings=settings))) == []


@pytest.mark.parametrize("members", [{"Queue": "r"}, {"HopDestinations": [{"Queue": "r", "WaitMinutes": 1}]}])
def test_acceleration_is_refused_where_a_job_may_come_to_a_reserved_queue(client: Any, members: Any) -> None:
    """Whether it is submitted there or would hop there; elsewhere it is a preference."""
    plan = {"Commitment": "ONE_YEAR", "ReservedSlots": 1, "RenewalType": "EXPIRE"}
    client.create_queue(Name="r", PricingPlan="RESERVED", ReservationPlanSettings=plan)
    status, message = _refusal(client, AccelerationSettings={"Mode": "PREFERRED"}, **members)

    assert (status, message.partition(":")[0]) == (400, "/accelerationSettings/mode")
    _create(client, AccelerationSettings={"Mode": "DISABLED"}, **members)
    _create(client, AccelerationSettings={"Mode": "PREFERRED"})
