"""Submitting and finding jobs and queues, page by page, and their tags."""

from typing import Any

import pytest

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, QueueName
from telecine.services.mediaconvert.lifecycle import JobQuery, QueueQuery
from telecine.services.mediaconvert.model import JobStatus, Order, QueueSort

World = Any
"""The fixture of conftest.py."""


def test_strangers_jobs_do_not_exist(world: World) -> None:
    """Another account's job is not found, neither to read nor to cancel."""
    job = world.submit()
    for attempt in (world.lifecycle.job, world.lifecycle.cancel):
        with pytest.raises(ApiError, match="NotFoundException"):
            attempt(AccountId("999999999999"), job.id)


def test_an_unknown_queue_is_refused(world: World) -> None:
    """A job for a queue that is not there is not made."""
    with pytest.raises(ApiError, match="NotFoundException: The queue nowhere"):
        world.submit(queue=QueueName("nowhere"))
    assert world.lifecycle.jobs(world.account, JobQuery()).jobs == []


def test_a_request_token_names_its_job_for_a_minute(world: World) -> None:
    """Queue, role and settings make it the same request, whatever else it says; after a minute it makes a new job."""
    first = world.submit(client_request_token="t")
    assert world.submit(client_request_token="other").id != first.id
    assert world.submit(client_request_token="t", account=AccountId("999999999999")).id != first.id
    world.clock.advance(60)
    assert world.submit(client_request_token="t", priority=9).id == first.id
    world.clock.advance(0.001)
    assert world.submit(client_request_token="t").id != first.id


def test_listings_page_through_every_job_once(world: World) -> None:
    """Newest first or oldest first, filtered, in pages of any size: every match once, none twice."""
    world.queue("night")
    jobs = [world.submit(queue=QueueName("night" if number % 3 == 0 else "Default")) for number in range(9)]
    world.lifecycle.cancel(world.account, jobs[3].id)
    world.lifecycle.cancel(world.account, jobs[4].id)
    ids = [job.id for job in jobs]

    assert _walk(world, limit=4) == ids[::-1]
    assert _walk(world, limit=9, order=Order.ASCENDING) == ids
    assert _walk(world, limit=1, queue=QueueName("night")) == [ids[6], ids[3], ids[0]]
    assert _walk(world, limit=2, status=JobStatus.CANCELED) == [ids[4], ids[3]]
    assert _walk(world, limit=2, status=JobStatus.CANCELED, queue=QueueName("night")) == [ids[3]]
    assert world.lifecycle.jobs(AccountId("999999999999"), JobQuery()).jobs == []


def test_a_page_token_of_another_listing_is_refused(world: World) -> None:
    """A token continues only the listing that it came from."""
    for _ in range(3):
        world.submit()
    token = world.lifecycle.jobs(world.account, JobQuery(limit=1)).next_token

    for changes in ({"order": Order.ASCENDING}, {"status": JobStatus.SUBMITTED}, {"queue": QueueName("Default")}):
        with pytest.raises(ApiError, match="BadRequestException: /nextToken"):
            world.lifecycle.jobs(world.account, JobQuery(limit=1, token=token, **changes))


def _walk(world: World, **arguments: Any) -> list[str]:
    found: list[str] = []
    token = None
    while True:
        page = world.lifecycle.jobs(world.account, JobQuery(token=token, **arguments))
        found += [job.id for job in page.jobs]
        token = page.next_token
        if token is None:
            return found


def test_every_account_has_the_default_queue(world: World) -> None:
    """It is there on first sight, and counts the jobs that wait and run."""
    assert [queue.name for queue in world.lifecycle.queues.page(world.account, QueueQuery()).queues] == ["Default"]
    for _ in range(3):
        world.submit()
    world.claim()

    queue = world.lifecycle.queues.find(world.account, QueueName("Default"))
    assert (queue.type, queue.submitted_jobs, queue.progressing_jobs) == ("SYSTEM", 2, 1)
    with pytest.raises(ApiError, match="NotFoundException"):
        world.lifecycle.queues.find(world.account, QueueName("other"))


@pytest.mark.parametrize(
    ("sort", "order", "names"),
    [
        (QueueSort.CREATION_DATE, Order.ASCENDING, ["Default", "b", "a"]),
        (QueueSort.CREATION_DATE, Order.DESCENDING, ["a", "b", "Default"]),
        (QueueSort.NAME, Order.ASCENDING, ["Default", "a", "b"]),
        (QueueSort.NAME, Order.DESCENDING, ["b", "a", "Default"]),
    ],
)
def test_queues_are_listed_in_both_orders(world: World, sort: QueueSort, order: Order, names: list[str]) -> None:
    """By name or age, page by page."""
    world.lifecycle.queues.page(world.account, QueueQuery())
    for name in ("b", "a"):
        world.clock.advance(1)
        world.queue(name)
    found: list[str] = []
    token = None
    for _ in names:
        page = world.lifecycle.queues.page(world.account, QueueQuery(sort=sort, order=order, limit=1, token=token))
        found += [queue.name for queue in page.queues]
        token = page.next_token

    assert (found, token) == (names, None)


def test_tags_are_kept_per_resource(world: World) -> None:
    """Adding replaces equal keys; the limit counts what is there already."""
    job = world.lifecycle.submit(world.submission, {"a": "1", "b": "2"})
    world.lifecycle.tags.add(job.arn, {"b": "3", "c": ""})
    world.lifecycle.tags.remove(job.arn, ["a", "none"])

    assert world.lifecycle.tags.of(job.arn) == {"b": "3", "c": ""}
    with pytest.raises(ApiError, match="/tags: There are 51 tags"):
        world.lifecycle.tags.add(job.arn, {f"k{number}": "" for number in range(49)})
    assert len(world.lifecycle.tags.of(job.arn)) == 2
