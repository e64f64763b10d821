"""Sinks of events.

A file is named on the server's machine: whoever could add one here could have the server write wherever it may. So
files are added by the command line alone, which needs the data folder; all else is the same for both kinds.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from telecine.core.pages import InvalidPageToken
from telecine.events.model import Target, TargetKind
from telecine.events.pattern import InvalidEventPattern
from telecine.events.problems import SinkExists, TooManySinks, UnknownSink, UnusableSink
from telecine.events.sinks import EVERYTHING
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.operator import errors
from telecine.services.operator.face import Operator
from telecine.services.operator.view import sinks as view

_PAGE = 50


def add_sink(operator: Operator, call: Call, params: Params) -> Result:
    """The sink, with the secret that signs its requests, which is told here alone."""
    with _worded():
        sink, secret = operator.sinks.add(
            call.account,
            Target(kind=TargetKind.URL, address=params["url"]),
            name=params["name"],
            pattern=params.get("pattern", EVERYTHING),
        )
    return {"sink": view.sink(sink), "secret": secret}


def list_sinks(operator: Operator, call: Call, _params: Params) -> Result:
    """All of the caller's account, by name."""
    return {"sinks": [view.sink(sink, waiting) for sink, waiting in operator.sinks.list(call.account)]}


def get_sink(operator: Operator, call: Call, params: Params) -> Result:
    with _worded():
        return {"sink": view.sink(*operator.sinks.get(call.account, params["name"]))}


def remove_sink(operator: Operator, call: Call, params: Params) -> Result:
    """What waits for it goes, too."""
    with _worded():
        operator.sinks.remove(call.account, params["name"])
    return {}


def pause_sink(operator: Operator, call: Call, params: Params) -> Result:
    """What happens from now on waits for it."""
    with _worded():
        operator.sinks.pause(call.account, params["name"])
    return {}


def resume_sink(operator: Operator, call: Call, params: Params) -> Result:
    """What waits is tried at once."""
    with _worded():
        operator.sinks.resume(call.account, params["name"])
    return {}


def list_dead_letters(operator: Operator, call: Call, params: Params) -> Result:
    """Events that were given up, the oldest first."""
    with _worded():
        found = operator.sinks.dead_letters(
            call.account, params["name"], size=params.get("maxResults", _PAGE), token=params.get("nextToken")
        )
    return {"deadLetters": [view.dead_letter(one) for one in found.letters], "nextToken": found.next_token}


def redrive_dead_letters(operator: Operator, call: Call, params: Params) -> Result:
    """Those of the events that are named, or all, are tried anew."""
    with _worded():
        return {"redriven": operator.sinks.redrive(call.account, params["name"], params.get("eventIds"))}


@contextmanager
def _worded() -> Iterator[None]:
    """Turns what can be wrong about sinks into answers."""
    try:
        yield
    except InvalidEventPattern as error:
        raise errors.invalid_event_pattern(str(error)) from error
    except UnusableSink as error:
        raise errors.validation(str(error)) from error
    except UnknownSink as error:
        raise errors.not_found(str(error)) from error
    except SinkExists as error:
        raise errors.already_exists(str(error)) from error
    except TooManySinks as error:
        raise errors.limit_exceeded(str(error)) from error
    except InvalidPageToken as error:
        raise errors.invalid_token() from error


OPERATIONS: dict[str, Operation[Operator]] = {
    "AddEventSink": add_sink,
    "GetEventSink": get_sink,
    "ListDeadLetters": list_dead_letters,
    "ListEventSinks": list_sinks,
    "PauseEventSink": pause_sink,
    "RedriveDeadLetters": redrive_dead_letters,
    "RemoveEventSink": remove_sink,
    "ResumeEventSink": resume_sink,
}
