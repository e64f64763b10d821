"""A read that needs no waiting is answered where there is none, and any other goes on from where it had got to."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from telecine.core.waiting import WouldWait, may_wait
from telecine.edge.arrivals import Upload, Whole
from telecine.edge.stages import Identified, Paused
from telecine.wire.http import HttpResponse
from unit.edge.conftest import SECRET

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'

World = Any  # the fixture of conftest.py


class Rooms:
    """Operations that note where they run, and wait when they are told to."""

    def __init__(self, world: World) -> None:
        self.waits = False
        self.ran_where_waiting_is: list[str] = []
        (sts, mediaconvert, s3, *others) = world.services
        inner = s3.operations["GetObject"]

        def get(face: object, call: Any, params: Any) -> Mapping[str, Any]:
            self.ran_where_waiting_is.append("allowed" if may_wait() else "forbidden")
            if self.waits and not may_wait():
                raise WouldWait
            found: Mapping[str, Any] = inner(face, call, params)
            return found

        quick = dataclasses.replace(s3, operations={**s3.operations, "GetObject": get}, says_when_it_waits=True)
        world.use(sts, mediaconvert, quick, *others)


@pytest.fixture
def rooms(world: World) -> Rooms:
    world.objects["a"] = b"hello"
    return Rooms(world)


def _identified(world: World, method: str, target: str, service: str = "s3", **more: Any) -> Identified:
    request = world.sign(service, method, target, **more)
    path = world.pipeline.arrive(request)
    assert isinstance(path, Whole | Upload)
    return path.identified


def test_a_read_is_answered_at_once(world: World, rooms: Rooms) -> None:
    """Its operation has run where nothing waits, and its record is written."""
    answered = world.pipeline.glance(_identified(world, "GET", "/films/a", key=world.add_user("ada", ALLOW_ALL)))
    assert isinstance(answered, HttpResponse)
    assert (answered.status, answered.body) == (200, b"hello")
    assert rooms.ran_where_waiting_is == ["forbidden"]
    assert [record["eventName"] for record in world.records] == ["GetObject"]


def test_what_would_wait_goes_on_from_there(world: World, rooms: Rooms) -> None:
    """What was decided is not decided again, nothing has been told yet, and there is one record in the end."""
    rooms.waits = True
    paused = world.pipeline.glance(_identified(world, "GET", "/films/a", key=world.add_user("ada", ALLOW_ALL)))
    assert isinstance(paused, Paused)
    assert (paused.rest[0].__name__, world.records) == ("operate", [])
    reads = world.key_reads
    answered = world.pipeline.go_on(paused)
    assert (answered.status, answered.body, world.key_reads) == (200, b"hello", reads)
    assert rooms.ran_where_waiting_is == ["forbidden", "allowed"]
    assert len(world.records) == 1


def test_denials_and_bad_signatures_are_answers_as_well(world: World, rooms: Rooms) -> None:
    """They are told, and recorded, as everywhere."""
    for secret, code in ((SECRET, "AccessDenied"), ("wrong", "SignatureDoesNotMatch")):
        key = world.add_user("eve")
        answered = world.pipeline.glance(_identified(world, "GET", "/films/a", key=key, secret=secret))
        assert isinstance(answered, HttpResponse)
        assert (answered.status, world.records[-1]["errorCode"]) == (403, code)
    assert rooms.ran_where_waiting_is == []


@pytest.mark.parametrize(
    ("service", "method", "target", "headers"),
    [
        ("s3", "PUT", "/films/b", {}),
        ("s3", "DELETE", "/films/a", {}),
        ("s3", "GET", "/films/a", {"Origin": "https://player.example"}),
        ("mediaconvert", "GET", "/2017-08-29/queues", {}),
    ],
)
def test_other_requests_are_not_tried(
    world: World, rooms: Rooms, service: str, method: str, target: str, headers: dict[str, str]
) -> None:
    """What changes anything, what a page of another origin asks, and services that do not say when they wait."""
    key = world.add_user("ada", ALLOW_ALL)
    assert world.pipeline.glance(_identified(world, method, target, service, key=key, headers=headers)) is None
    assert (rooms.ran_where_waiting_is, world.records) == ([], [])
