"""Sinks of events by operations under `/_/event-sinks`."""

import json
from typing import Any

import pytest

from services.conftest import ACCOUNT, Aws, Keys
from services.operator.test_operator_api import call
from telecine.app.events import deliveries_of, sinks_of
from telecine.db import connect
from telecine.events import outbox
from telecine.events.model import Outcome, Target, TargetKind, Verdict
from telecine.events.outbox import Event
from telecine.events.pattern import EventPattern

URL = "https://films.example.com/hook"
ADD = {"name": "films", "url": URL}
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/films"


def _given(*actions: str, resource: str = RULE) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [f"events:{action}" for action in actions], "Resource": resource}


@pytest.fixture
def aws(make_aws: Any) -> Aws:
    """A server whose publisher sleeps: the tests play its part."""
    server: Aws = make_aws()
    server.api.publisher.close()
    return server


def _dead_letter(aws: Aws, name: str = "films") -> None:
    """An event that the sink's receiver has refused."""
    ground = aws.api.ground
    event = Event(
        id="event-1",
        time=aws.clock.now(),
        account=ACCOUNT,
        region="us-east-1",
        source="aws.mediaconvert",
        detail_type="MediaConvert Job State Change",
        resources=("job",),
        detail={"status": "COMPLETE"},
    )
    ground.database.write(lambda connection: outbox.append(connection, event))
    sink, _waiting = sinks_of(ground).get(ACCOUNT, name)
    deliveries = deliveries_of(ground)
    deliveries.look(sink, EventPattern(sink.pattern))
    refused = Outcome(verdict=Verdict.REFUSED, error="The receiver answered 400.")
    deliveries.settle(sink, [(delivery, refused) for delivery in deliveries.due(sink)])


def test_the_life_of_a_sink(aws: Aws) -> None:
    """Added, shown, paused, resumed, removed; its secret is in the first answer alone."""
    pattern = '{"detail": {"status": ["COMPLETE"]}}'
    status, added = call(aws, "POST", "/_/event-sinks", {**ADD, "pattern": pattern})
    assert status == 201
    secret = added["secret"]
    assert added["sink"] == {
        "name": "films",
        "kind": "url",
        "target": URL,
        "pattern": pattern,
        "state": "ACTIVE",
        "createdAt": aws.clock.now().timestamp(),
    }
    shown = {**added["sink"], "pending": 0, "deadLetters": 0}
    assert call(aws, "GET", "/_/event-sinks/films") == (200, {"sink": shown})
    assert call(aws, "GET", "/_/event-sinks") == (200, {"sinks": [shown]})
    assert call(aws, "POST", "/_/event-sinks/films/pause") == (200, {})
    assert call(aws, "GET", "/_/event-sinks/films") == (200, {"sink": {**shown, "state": "PAUSED"}})
    assert call(aws, "POST", "/_/event-sinks/films/resume") == (200, {})
    assert call(aws, "GET", "/_/event-sinks/films") == (200, {"sink": shown})
    assert call(aws, "DELETE", "/_/event-sinks/films") == (200, {})
    assert call(aws, "GET", "/_/event-sinks") == (200, {"sinks": []})
    aws.api.ground.audit.close()
    log = "".join(path.read_text() for path in (aws.folder / "audit").iterdir())
    assert "AddEventSink" in log
    assert secret not in log
    assert URL not in log


def test_dead_letters_are_listed_and_tried_anew(aws: Aws) -> None:
    """With the whole event and the reason."""
    call(aws, "POST", "/_/event-sinks", ADD)
    _dead_letter(aws)
    status, found = call(aws, "GET", "/_/event-sinks/films/dead-letters?maxResults=1")
    assert status == 200
    (letter,) = found["deadLetters"]
    assert json.loads(letter.pop("event"))["detail"] == {"status": "COMPLETE"}
    assert letter == {
        "eventId": "event-1",
        "attempts": 1,
        "reason": "The receiver answered 400.",
        "deadAt": aws.clock.now().timestamp(),
    }
    path = "/_/event-sinks/films/dead-letters/redrive"
    assert call(aws, "POST", path, {"eventIds": ["event-2"]}) == (200, {"redriven": 0})
    assert call(aws, "POST", path) == (200, {"redriven": 1})
    assert call(aws, "GET", "/_/event-sinks/films/dead-letters") == (200, {"deadLetters": []})
    _status, shown = call(aws, "GET", "/_/event-sinks/films")
    assert (shown["sink"]["pending"], shown["sink"]["deadLetters"]) == (1, 0)


CALLS: dict[str, tuple[str, str, Any, tuple[dict[str, Any], ...]]] = {
    "AddEventSink": ("POST", "/_/event-sinks", ADD, (_given("PutRule"), _given("PutTargets"))),
    "GetEventSink": ("GET", "/_/event-sinks/films", None, (_given("DescribeRule"), _given("ListTargetsByRule"))),
    "ListDeadLetters": (
        "GET",
        "/_/event-sinks/films/dead-letters",
        None,
        (_given("DescribeRule"), _given("ListTargetsByRule")),
    ),
    "ListEventSinks": ("GET", "/_/event-sinks", None, (_given("ListRules", resource="*"),)),
    "PauseEventSink": ("POST", "/_/event-sinks/films/pause", None, (_given("DisableRule"),)),
    "RedriveDeadLetters": ("POST", "/_/event-sinks/films/dead-letters/redrive", None, (_given("PutTargets"),)),
    "RemoveEventSink": ("DELETE", "/_/event-sinks/films", None, (_given("RemoveTargets"), _given("DeleteRule"))),
    "ResumeEventSink": ("POST", "/_/event-sinks/films/resume", None, (_given("EnableRule"),)),
}


@pytest.mark.parametrize("operation", CALLS)
def test_an_operation_needs_all_of_its_actions_on_the_rule(aws: Aws, operation: str) -> None:
    """Each of them alone is too little, and so are all of them on another rule."""
    method, path, body, needed = CALLS[operation]
    if operation != "AddEventSink":
        call(aws, "POST", "/_/event-sinks", ADD)
    callers: list[Keys] = [aws.user("nobody")]
    callers += [aws.user(f"lacks{at}", *needed[:at], *needed[at + 1 :]) for at in range(len(needed))]
    if operation != "ListEventSinks":
        callers.append(aws.user("elsewhere", *({**one, "Resource": f"{RULE}s"} for one in needed)))
    for keys in callers:
        status, found = call(aws, method, path, body, keys=keys)
        assert (status, found.get("message", "")[:5]) == (403, "User:"), found
    status, found = call(aws, method, path, body, keys=aws.user("may", *needed))
    assert status in {200, 201}, found


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({**ADD, "name": "others"}, 409, "Sink others already exists."),
        ({**ADD, "name": "a/b"}, 400, "Value 'a/b' at 'name' failed to satisfy constraint"),
        ({"name": "films"}, 400, "at 'url' failed to satisfy constraint: Member must not be null"),
        ({"url": URL}, 400, "at 'name' failed to satisfy constraint: Member must not be null"),
        ({**ADD, "url": "file:///etc/passwd"}, 400, "The sink's URL cannot be used: it begins neither with http://"),
        ({**ADD, "url": "/var/log/events"}, 400, "The sink's URL cannot be used"),
        ({**ADD, "url": "https://a@b/"}, 400, "The sink's URL cannot be used: it holds a user's name."),
        (
            {**ADD, "pattern": '{"a": []}'},
            400,
            "Event pattern is not valid. Reason: Empty arrays are not allowed\n at ",
        ),
    ],
)
def test_what_is_no_sink_is_refused(aws: Aws, body: dict[str, Any], status: int, words: str) -> None:
    """With AWS's code where AWS has one; a file can never be added over the wire."""
    call(aws, "POST", "/_/event-sinks", {**ADD, "name": "others"})
    found, answer = call(aws, "POST", "/_/event-sinks", body)
    assert found == status
    assert words in answer["message"]
    assert [one["name"] for one in call(aws, "GET", "/_/event-sinks")[1]["sinks"]] == ["others"]


@pytest.mark.parametrize("operation", [name for name in CALLS if name not in {"AddEventSink", "ListEventSinks"}])
def test_a_sink_that_is_not_there(aws: Aws, operation: str) -> None:
    """404, and nobody learns of another account's."""
    sinks_of(aws.api.ground).add(
        "999999999999",  # type: ignore[arg-type]
        Target(kind=TargetKind.URL, address=URL),
        name="films",
    )
    method, path, body, _needed = CALLS[operation]
    assert call(aws, method, path, body) == (404, {"message": "Sink films does not exist."})


def test_a_token_of_another_sink_is_refused(aws: Aws) -> None:
    """Page tokens belong to one listing."""
    call(aws, "POST", "/_/event-sinks", ADD)
    status, found = call(aws, "GET", "/_/event-sinks/films/dead-letters?nextToken=abc")
    assert status == 400
    assert "nextToken" in found["message"]


def test_a_secret_is_not_in_the_database(aws: Aws) -> None:
    """Not in the clear: whoever has the file alone can sign nothing."""
    _status, added = call(aws, "POST", "/_/event-sinks", ADD)
    database = connect(f"sqlite:///{aws.folder}/telecine.db")
    with database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM events_sinks").one()
    database.close()
    assert added["secret"] not in repr(tuple(row))
