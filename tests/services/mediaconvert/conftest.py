"""MediaConvert on an empty database, with a clock that is moved by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from msgspec import structs
from sqlalchemy import insert

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, QueueName, Region, RequestId
from telecine.db import Database
from telecine.events import outbox
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Call, Caller, Need
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.access import ROWS
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import GroupOutcome, Job, JobClaim, Outcome, OutputOutcome, Submission
from telecine.services.mediaconvert.operations import OPERATIONS
from telecine.services.mediaconvert.tables import QUEUES
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.lifecycle import lifecycle_on
from telecine.wire import compiled, routing
from telecine.wire.errors import serialize
from telecine.wire.http import HttpRequest, HttpResponse

ACCOUNT = AccountId("111122223333")


@dataclass
class World:
    """A lifecycle, and short words for what tests do with it."""

    lifecycle: Lifecycle
    clock: ManualClock
    database: Database
    start: datetime
    account: AccountId
    submission: Submission
    outcome: Outcome

    def submit(self, **changes: Any) -> Job:
        return self.lifecycle.submit(replace(self.submission, **changes), {})

    def claim(self, owner: str = "worker-1") -> JobClaim:
        """A claim for 30 seconds; there must be a job."""
        claim = self.lifecycle.claim(owner, 30)
        assert claim is not None
        return claim

    def job(self, job_id: str) -> Job:
        return self.lifecycle.job(self.account, job_id)

    def events(self) -> list[dict[str, Any]]:
        """The details of every event, oldest first."""
        with self.database.read() as connection:
            return [dict(event.detail) for _, event in outbox.read(connection)]

    def statuses(self) -> list[str]:
        return [event["status"] for event in self.events()]

    def queue(self, name: str, **values: Any) -> None:
        """Make a custom queue."""
        row = {
            "account": self.account,
            "name": name,
            "status": "ACTIVE",
            "type": "CUSTOM",
            "pricing_plan": "ON_DEMAND",
            "created_at": self.clock.now(),
            "updated_at": self.clock.now(),
            **values,
        }
        self.database.write(lambda connection: connection.execute(insert(QUEUES).values(row)).rowcount)


@pytest.fixture
def world(database: Database) -> World:
    clock = ManualClock()
    return World(
        lifecycle=lifecycle_on(database, clock, seeded_ids()),
        clock=clock,
        database=database,
        start=clock.now(),
        account=ACCOUNT,
        submission=Submission(
            account=ACCOUNT,
            queue=QueueName("Default"),
            role_arn="arn:aws:iam::111122223333:role/transcode",
            settings={"Inputs": [{"FileInput": "s3://in/film.mp4"}], "OutputGroups": []},
        ),
        outcome=Outcome(
            groups=(
                GroupOutcome(
                    type="HLS_GROUP",
                    outputs=(
                        OutputOutcome(
                            duration_ms=5280,
                            width=1280,
                            height=720,
                            average_bitrate=900_000,
                            file_paths=("s3://out/a_720.m3u8",),
                        ),
                        OutputOutcome(
                            duration_ms=5280,
                            width=None,
                            height=None,
                            average_bitrate=None,
                            file_paths=("s3://out/a_audio.m3u8",),
                        ),
                    ),
                    playlist_paths=("s3://out/a.m3u8",),
                ),
            ),
            warnings=((230001, 2),),
        ),
    )


class Answer:
    """A body as botocore reads it from a socket."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self._body


@dataclass
class Door:
    """A signed-in caller's way to the service, without edge and policies: route, access row, validate, operate."""

    lifecycle: Lifecycle
    clock: ManualClock
    needs: list[Need]
    """What the last call needed to be allowed."""
    between: Callable[[], None] = lambda: None
    """What happens between the decision on a call and its operation."""

    def send(self, request: Any, **_context: Any) -> AWSResponse:
        """Stands where botocore would open a connection."""
        address = urlsplit(request.url)
        body = request.body or b""
        asked = HttpRequest(
            method=request.method,
            raw_path=address.path,
            raw_query=address.query,
            headers=tuple((name.lower(), _text(value)) for name, value in request.headers.items()),
        )
        response = self._answer(asked, body.encode() if isinstance(body, str) else body)
        return AWSResponse(request.url, response.status, HeadersDict(response.headers), Answer(response.body))

    def _answer(self, request: HttpRequest, body: bytes) -> HttpResponse:
        call = Call(
            caller=Caller(
                principal=Principal(kind=PrincipalKind.ROOT, arn=None, account=ACCOUNT), user_id="", access_key_id=None
            ),
            account=ACCOUNT,
            region=Region("us-east-1"),
            request_id=RequestId("r"),
            now=self.clock.now(),
            base_url="http://telecine.test",
            source_ip="127.0.0.1",
            user_agent="",
            is_secure=False,
        )
        try:
            route = routing.route("mediaconvert", request, body)
            operation = compiled.operation("mediaconvert", route.operation)
            params = operation.parse(request, route, body)
            self.needs[:] = ROWS[route.operation](self.lifecycle, call, params)
            call = structs.replace(call, pins=frozenset(need.pin for need in self.needs if need.pin is not None))
            self.between()
            violations = operation.violations(params)
            if violations:
                raise errors.invalid(violations)
            return operation.serialize(OPERATIONS[route.operation](self.lifecycle, call, params), request_id="r")
        except ApiError as error:
            return serialize("mediaconvert", error, request_id="r")


@pytest.fixture
def door(world: World) -> Door:
    return Door(lifecycle=world.lifecycle, clock=world.clock, needs=[])


@pytest.fixture
def client(door: Door) -> Any:
    """boto3's own client of MediaConvert, talking to the door."""
    made = boto3.client(
        "mediaconvert",
        region_name="us-east-1",
        endpoint_url="http://telecine.test",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
        config=Config(parameter_validation=False, retries={"max_attempts": 0}),
    )
    made.meta.events.register("before-send.mediaconvert", door.send)
    return made


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
