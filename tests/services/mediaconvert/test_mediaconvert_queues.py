"""Queues through boto3: made, changed, listed and deleted, on demand and reserved."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import QueueName
from telecine.services.mediaconvert.model import RenewalType, Reservation, ReservationPlan

World = Any
Door = Any
"""The fixtures of conftest.py."""

ARN = "arn:aws:mediaconvert:us-east-1:111122223333:queues/"
YEAR = 365 * 24 * 3600


def _refusal(call: Any, **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def _plan(slots: int, renewal: str = "EXPIRE") -> dict[str, Any]:
    return {"Commitment": "ONE_YEAR", "ReservedSlots": slots, "RenewalType": renewal}


def _reserve(client: Any, name: str, slots: int, renewal: str = "EXPIRE") -> Any:
    asked = _plan(slots, renewal)
    return client.create_queue(Name=name, PricingPlan="RESERVED", ReservationPlanSettings=asked)["Queue"]


def test_a_queue_is_made_as_it_was_asked_for(world: World, client: Any) -> None:
    """The answer, GetQueue by name and by ARN and the listing say the same; 201."""
    answer = client.create_queue(
        Name="night shift_1.b", Description="Slow.", Status="PAUSED", ConcurrentJobs=3, Tags={"team": "film"}
    )
    made = answer["Queue"]

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made == {
        "Arn": ARN + "night shift_1.b",
        "Name": "night shift_1.b",
        "Description": "Slow.",
        "Type": "CUSTOM",
        "Status": "PAUSED",
        "PricingPlan": "ON_DEMAND",
        "ConcurrentJobs": 3,
        "SubmittedJobsCount": 0,
        "ProgressingJobsCount": 0,
        "CreatedAt": world.start,
        "LastUpdated": world.start,
    }
    assert client.get_queue(Name="night shift_1.b")["Queue"] == made
    assert client.get_queue(Name=made["Arn"])["Queue"] == made
    listed = client.list_queues(ListBy="NAME")
    assert [queue["Name"] for queue in listed["Queues"]] == ["Default", "night shift_1.b"]
    assert (listed["TotalConcurrentJobs"], listed["UnallocatedConcurrentJobs"]) == (200, 197)
    assert client.list_tags_for_resource(Arn=made["Arn"])["ResourceTags"]["Tags"] == {"team": "film"}


@pytest.mark.parametrize("name", ["Default", "night"])
def test_a_name_is_taken_once(client: Any, name: str) -> None:
    """Also Default's, which nobody has made: 409."""
    client.create_queue(Name="night")

    assert _refusal(client.create_queue, Name=name) == (
        409,
        "ConflictException",
        f"A queue with the name {name} already exists.",
    )
    assert client.create_queue(Name=name.lower() + "s")["Queue"]["Status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"Name": ""}, "/name: Should have 1 to 256 letters, digits, spaces, hyphens, underscores and periods"),
        ({"Name": "a/b"}, "/name: Should have"),
        ({"Name": "arn:aws:mediaconvert:us-east-1:111122223333:queues/x"}, "/name: Should have"),
        ({"Name": " x"}, "/name: Should have"),
        ({"Name": "x" * 257}, "/name: Should have"),
        ({"Description": "x" * 2049}, "/description: Should have at most 2048 characters"),
        ({"ConcurrentJobs": 0}, "/concurrentJobs: Should be greater than or equal to 1"),
        ({"MaximumConcurrentFeeds": 1}, "/maximumConcurrentFeeds: Elemental Inference is not supported"),
        ({"Tags": {"aws:x": "y"}}, "/tags: The tag key 'aws:x' is reserved"),
        ({"PricingPlan": "RESERVED"}, "/: reservationPlanSettings is a required property"),
        ({"ReservationPlanSettings": _plan(1)}, "/reservationPlanSettings: Not applicable to on-demand queues."),
        (
            {"PricingPlan": "RESERVED", "ReservationPlanSettings": _plan(0)},
            "/reservationPlanSettings/reservedSlots: Should be greater than or equal to 1",
        ),
        (
            {"PricingPlan": "RESERVED", "ReservationPlanSettings": _plan(1), "ConcurrentJobs": 1},
            "/concurrentJobs: Specify the number of reservedSlots",
        ),
        (
            {"PricingPlan": "RESERVED", "ReservationPlanSettings": {"ReservedSlots": 1}},
            "commitment is a required property",
        ),
        ({"Status": "ASLEEP"}, '/status: Should be equal to one of the allowed values in ["ACTIVE","PAUSED"]'),
    ],
)
def test_what_makes_no_queue_is_refused_by_its_path(client: Any, asked: dict[str, Any], sentence: str) -> None:
    """400, and no queue."""
    status, code, message = _refusal(client.create_queue, **{"Name": "night", **asked})

    assert (status, code) == (400, "BadRequestException")
    assert sentence in message
    assert len(client.list_queues()["Queues"]) == 1


def test_everything_wrong_is_said_at_once(client: Any) -> None:
    """Several findings come in one answer."""
    _, _, message = _refusal(client.create_queue, Name="a/b", ConcurrentJobs=-1)

    assert [part.partition(":")[0] for part in message.split(" | ")] == ["/name", "/concurrentJobs"]


def test_an_account_has_ten_queues_on_demand(client: Any) -> None:
    """Default among them; the eleventh is over the quota: 402. Reserved ones do not count."""
    for number in range(9):
        client.create_queue(Name=f"q{number}")

    status, code, message = _refusal(client.create_queue, Name="one-more")
    assert (status, code) == (402, "ServiceQuotaExceededException")
    assert message.endswith(": 10.")
    assert _reserve(client, "reserved", 1)["PricingPlan"] == "RESERVED"
    client.delete_queue(Name="q0")
    client.create_queue(Name="one-more")


def test_queues_share_the_accounts_concurrent_jobs(client: Any) -> None:
    """What one has for itself no other gets: 402 beyond 200 in all, whether made or changed."""
    client.create_queue(Name="a", ConcurrentJobs=150)
    client.update_queue(Name="Default", ConcurrentJobs=30)

    assert client.list_queues()["UnallocatedConcurrentJobs"] == 20
    assert _refusal(client.create_queue, Name="b", ConcurrentJobs=21)[:2] == (402, "ServiceQuotaExceededException")
    assert _refusal(client.update_queue, Name="a", ConcurrentJobs=171)[:2] == (402, "ServiceQuotaExceededException")
    assert client.update_queue(Name="a", ConcurrentJobs=170)["Queue"]["ConcurrentJobs"] == 170
    assert client.list_queues()["UnallocatedConcurrentJobs"] == 0


def test_a_change_leaves_the_rest_alone(world: World, client: Any) -> None:
    """Status, description and concurrent jobs are changed one by one; when it was last updated is kept."""
    client.create_queue(Name="night", Description="Slow.", ConcurrentJobs=2)
    world.clock.advance(60)
    client.update_queue(Name="night", Status="PAUSED")
    client.update_queue(Name=ARN + "night", Description="")
    found = client.update_queue(Name="night", ConcurrentJobs=5)["Queue"]

    assert (found["Status"], found["Description"], found["ConcurrentJobs"]) == ("PAUSED", "", 5)
    assert found["LastUpdated"] - found["CreatedAt"] == timedelta(seconds=60)
    assert client.get_queue(Name="night")["Queue"] == found


def test_the_default_queue_is_paused_but_not_deleted(world: World, client: Any) -> None:
    """It is changed before anybody has seen it, and stays: 400."""
    paused = client.update_queue(Name="Default", Status="PAUSED", Description="Ours.", ConcurrentJobs=4)["Queue"]
    job = world.submit()

    assert (paused["Type"], paused["Status"], paused["Description"]) == ("SYSTEM", "PAUSED", "Ours.")
    assert world.lifecycle.claim("w", 30) is None
    assert _refusal(client.delete_queue, Name="Default")[:2] == (400, "BadRequestException")
    assert _refusal(client.update_queue, Name="Default", ReservationPlanSettings=_plan(1))[2].startswith(
        "/reservationPlanSettings: Not applicable"
    )
    client.update_queue(Name="Default", Status="ACTIVE")
    assert world.claim().job_id == job.id


@pytest.mark.parametrize("operation", ["get_queue", "update_queue", "delete_queue"])
@pytest.mark.parametrize("name", ["gone", "arn:aws:mediaconvert:us-east-1:444455556666:queues/night"])
def test_a_queue_that_is_not_there(client: Any, operation: str, name: str) -> None:
    """404, also for one of another account."""
    client.create_queue(Name="night")

    assert _refusal(getattr(client, operation), Name=name) == (
        404,
        "NotFoundException",
        f"The queue {name} does not exist.",
    )


def test_a_queue_is_deleted_when_its_jobs_are_over(world: World, client: Any) -> None:
    """Neither while one waits nor while one runs: 409. Its tags go with it; its jobs stay."""
    arn = client.create_queue(Name="night", Tags={"a": "b"})["Queue"]["Arn"]
    job = world.submit(queue=QueueName("night"))

    assert _refusal(client.delete_queue, Name="night")[:2] == (409, "ConflictException")
    claim = world.claim()
    assert "unprocessed jobs" in _refusal(client.delete_queue, Name="night")[2]
    world.lifecycle.complete(claim, world.outcome)
    assert client.delete_queue(Name="night")["ResponseMetadata"]["HTTPStatusCode"] == 202

    assert _refusal(client.get_queue, Name="night")[0] == 404
    assert client.get_job(Id=job.id)["Job"]["Queue"] == arn
    client.create_queue(Name="night")
    assert client.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == {}


def test_a_reservation_is_bought_for_a_year(world: World, client: Any) -> None:
    """The plan is shown with its term; more slots begin another term, which cannot be taken back."""
    plan = _reserve(client, "night", 2)["ReservationPlan"]

    assert plan == {
        "Commitment": "ONE_YEAR",
        "ReservedSlots": 2,
        "RenewalType": "EXPIRE",
        "Status": "ACTIVE",
        "PurchasedAt": world.start,
        "ExpiresAt": world.start.replace(year=world.start.year + 1),
    }
    world.clock.advance(24 * 3600)
    same = client.update_queue(Name="night", ReservationPlanSettings=_plan(2, "AUTO_RENEW"))["Queue"]
    assert same["ReservationPlan"] == {**plan, "RenewalType": "AUTO_RENEW"}
    more = client.update_queue(Name="night", ReservationPlanSettings=_plan(3))["Queue"]["ReservationPlan"]
    assert (more["ReservedSlots"], more["PurchasedAt"]) == (3, world.clock.now())
    assert more["ExpiresAt"] - plan["ExpiresAt"] == timedelta(days=1)
    assert "You can't decrease" in _refusal(client.update_queue, Name="night", ReservationPlanSettings=_plan(2))[2]
    assert "reserved slots" in _refusal(client.update_queue, Name="night", ConcurrentJobs=1)[2]
    assert client.list_queues()["UnallocatedConcurrentJobs"] == 200


def test_slots_are_hard_capacity(world: World, client: Any) -> None:
    """No more jobs run than there are slots; each may have what one slot has."""
    _reserve(client, "night", 2)
    for _ in range(3):
        world.submit(queue=QueueName("night"))
    claims = [world.claim("w1"), world.claim("w2")]

    assert [claim.threads for claim in claims] == [2, 2]
    assert world.lifecycle.claim("w3", 30) is None
    world.lifecycle.complete(claims[0], world.outcome)
    assert world.claim("w3").attempt == 1


def test_an_expired_plan_takes_jobs_and_runs_none(world: World, client: Any) -> None:
    """Until there is another plan. With jobs it cannot be deleted, without it can."""
    _reserve(client, "night", 1)
    _reserve(client, "empty", 1)
    assert "pricing plan is active" in _refusal(client.delete_queue, Name="empty")[2]
    world.clock.advance(YEAR + 24 * 3600)
    job = world.submit(queue=QueueName("night"))

    assert client.get_queue(Name="night")["Queue"]["ReservationPlan"]["Status"] == "EXPIRED"
    assert world.lifecycle.claim("w", 30) is None
    assert _refusal(client.delete_queue, Name="night")[:2] == (409, "ConflictException")
    client.delete_queue(Name="empty")
    plan = client.update_queue(Name="night", ReservationPlanSettings=_plan(1))["Queue"]["ReservationPlan"]
    assert (plan["Status"], plan["PurchasedAt"]) == ("ACTIVE", world.clock.now())
    assert world.claim().job_id == job.id


def test_a_plan_that_renews_goes_on_by_the_clock(world: World, client: Any) -> None:
    """Each term follows the one before; switched off, the term that runs is the last."""
    first = _reserve(client, "night", 1, "AUTO_RENEW")["ReservationPlan"]
    world.clock.advance(2 * YEAR + 24 * 3600)
    third = client.get_queue(Name="night")["Queue"]["ReservationPlan"]

    assert (third["Status"], third["PurchasedAt"]) == ("ACTIVE", first["PurchasedAt"])
    assert third["ExpiresAt"] == first["ExpiresAt"].replace(year=first["ExpiresAt"].year + 2)
    world.submit(queue=QueueName("night"))
    assert world.claim().attempt == 1
    client.update_queue(Name="night", ReservationPlanSettings=_plan(1))
    world.clock.advance(YEAR)
    assert client.get_queue(Name="night")["Queue"]["ReservationPlan"]["Status"] == "EXPIRED"
    assert client.get_queue(Name="night")["Queue"]["ReservationPlan"]["ExpiresAt"] == third["ExpiresAt"]


def test_a_reserved_queue_counts_as_many_times_as_it_has_slots(world: World, client: Any) -> None:
    """With four slots beside an on-demand queue it has four of five jobs."""
    _reserve(client, "night", 4)
    for _ in range(5):
        world.submit()
        world.submit(queue=QueueName("night"))
    queues = [world.job(world.claim(f"w{number}").job_id).queue for number in range(5)]

    assert sorted(queues) == ["Default", "night", "night", "night", "night"]


def test_the_account_runs_two_hundred_jobs_on_demand(world: World, client: Any) -> None:
    """TotalConcurrentJobs is kept, whatever the workers have room for; reserved slots come on top."""
    _reserve(client, "night", 1)
    for _ in range(201):
        world.submit()
    for number in range(200):
        world.claim(f"w{number}")

    assert world.lifecycle.claim("w", 30) is None
    reserved = world.submit(queue=QueueName("night"))
    assert world.claim().job_id == reserved.id


def test_a_long_queue_is_counted_now_and_then(world: World, client: Any) -> None:
    """Beyond two hundred waiting jobs their number may be two seconds old; below it is exact."""
    for _ in range(201):
        world.submit()

    def shown() -> int:
        return int(client.get_queue(Name="Default")["Queue"]["SubmittedJobsCount"])

    assert shown() == 201
    world.submit()
    assert shown() == 201
    world.clock.advance(2)
    assert shown() == 202
    world.lifecycle.cancel(world.account, world.submit().id)
    for number in range(2):
        world.claim(f"w{number}")
    assert shown() == 200


def test_a_simulated_reserved_queue_is_one_slot(world: World) -> None:
    """The job runs from its on-demand queue, with no more threads than a reserved slot has."""
    world.submit(simulate_reserved_queue="ENABLED")
    world.submit(simulate_reserved_queue="DISABLED")

    assert [world.claim(f"w{number}").threads for number in range(2)] == [2, None]


def test_access_rows_name_the_queue_and_the_tags_of_the_request(client: Any, door: Door) -> None:
    """CreateQueue has no resource and tells its tags; the others name the queue and its tags."""
    client.create_queue(Name="night", Tags={"team": "film"})
    (create,) = door.needs
    assert (create.action, create.resource) == ("mediaconvert:CreateQueue", "*")
    assert create.context == {"aws:RequestTag/team": "film", "aws:TagKeys": ["team"]}
    for operation in ("get_queue", "update_queue", "delete_queue"):
        getattr(client, operation)(Name="night")
        (need,) = door.needs
        assert need.action == f"mediaconvert:{operation.title().replace('_', '')}"
        assert (need.resource, need.context) == (ARN + "night", {"aws:ResourceTag/team": "film"})


def test_a_term_that_began_on_a_leap_day() -> None:
    """It ends on the 28th of February."""
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    bought = Reservation.bought(ReservationPlan(slots=1, renewal=RenewalType.AUTO_RENEW), leap)

    assert bought.expires_at == datetime(2029, 2, 28, tzinfo=UTC)
    assert bought.at(datetime(2029, 2, 28, tzinfo=UTC)).expires_at == datetime(2030, 2, 28, tzinfo=UTC)
