"""`telecine events add-sink` and its kin: sinks with the data folder at hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from telecine.app.events import deliveries_of, sinks_of
from telecine.cli import folder
from telecine.cli.events import app
from telecine.cli.ground import open_ground
from telecine.core.names import AccountId
from telecine.events import outbox
from telecine.events.model import Outcome, Verdict
from telecine.events.outbox import Event
from telecine.events.pattern import EventPattern

ACCOUNT = AccountId("111122223333")
URL = "https://films.example.com/hook"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The folder of a server that has been started before."""
    made = tmp_path / "data"
    made.mkdir()
    folder.write_endpoint(made, url="http://127.0.0.1:1", account=ACCOUNT, region="us-east-1")
    return made


def _run(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--data-dir", str(data_dir)])


def _says(data_dir: Path, *arguments: str) -> str:
    result = _run(data_dir, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def _refuse(data_dir: Path, name: str, *ids: str) -> None:
    """Let these events happen, and the sink's receiver refuse them."""
    with open_ground(data_dir, None, None, process="test") as ground:

        def work(connection: Any) -> None:
            for event_id in ids:
                outbox.append(
                    connection,
                    Event(
                        id=event_id,
                        time=datetime(2030, 3, 1, tzinfo=UTC),
                        account=ACCOUNT,
                        region="us-east-1",
                        source="aws.mediaconvert",
                        detail_type="MediaConvert Job State Change",
                        resources=(event_id,),
                        detail={"jobId": "1-abc", "status": "COMPLETE"},
                    ),
                )

        ground.database.write(work)
        sink, _waiting = sinks_of(ground).get(ACCOUNT, name)
        deliveries = deliveries_of(ground)
        deliveries.look(sink, EventPattern(sink.pattern))
        refused = Outcome(verdict=Verdict.REFUSED, error="The receiver answered 400.")
        deliveries.settle(sink, [(delivery, refused) for delivery in deliveries.due(sink)])


def test_the_life_of_a_sink(data_dir: Path, tmp_path: Path) -> None:
    """Added with its secret, listed without, paused, resumed, removed."""
    pattern = tmp_path / "pattern.json"
    pattern.write_text('{"detail": {"status": ["COMPLETE"]}}')
    said = _says(data_dir, "add-sink", "--url", URL, "--pattern", str(pattern), "--name", "films")
    assert said.startswith("Sink films added.\nIts requests are signed with this secret, which is not shown again: ")
    secret = said.split()[-1]
    assert _says(data_dir, "sinks") == f"films: {URL} (0 waiting, 0 dead letters)\n"
    assert _says(data_dir, "pause-sink", "films") == "Sink films paused.\n"
    assert _says(data_dir, "sinks") == f"films: {URL} (0 waiting, 0 dead letters, paused)\n"
    assert _says(data_dir, "resume-sink", "films") == "Sink films resumed.\n"
    (shown,) = json.loads(_says(data_dir, "sinks", "--json"))
    assert shown | {"createdAt": None} == {
        "name": "films",
        "kind": "url",
        "target": URL,
        "pattern": pattern.read_text(),
        "state": "ACTIVE",
        "stateReason": None,
        "createdAt": None,
        "pending": 0,
        "deadLetters": 0,
    }
    assert secret not in json.dumps(shown)
    assert _says(data_dir, "remove-sink", "films") == "Sink films removed.\n"
    assert _says(data_dir, "sinks") == "There is no sink.\n"


def test_programs_get_the_secret_as_json(data_dir: Path) -> None:
    """With all else of the sink."""
    added = json.loads(_says(data_dir, "add-sink", "--url", URL, "--json"))
    assert len(added["secret"]) == 64
    assert added["name"].startswith("sink-")


def test_a_file_is_named_absolutely_and_has_no_secret(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is one from where the command runs."""
    monkeypatch.chdir(tmp_path)
    assert _says(data_dir, "add-sink", "--file", "events.jsonl", "--name", "lines") == "Sink lines added.\n"
    assert _says(data_dir, "sinks") == f"lines: {tmp_path}/events.jsonl (0 waiting, 0 dead letters)\n"


def test_another_account_has_sinks_of_its_own(data_dir: Path) -> None:
    """--account-id names it."""
    _says(data_dir, "add-sink", "--url", URL, "--name", "films", "--account-id", "444455556666")
    assert _says(data_dir, "sinks") == "There is no sink.\n"
    assert "films" in _says(data_dir, "sinks", "--account-id", "444455556666")


def test_dead_letters_are_shown_and_tried_anew(data_dir: Path) -> None:
    """Dead letters are listed with their reason, and one of them or all are sent again."""
    _says(data_dir, "add-sink", "--url", URL, "--name", "films")
    _refuse(data_dir, "films", "event-1", "event-2")
    first, second = _says(data_dir, "dead-letters", "films").splitlines()
    assert first.endswith(" event-1 1-abc COMPLETE: The receiver answered 400. (1 attempts)")
    assert " event-2 " in second
    shown = [json.loads(line) for line in _says(data_dir, "dead-letters", "films", "--json").splitlines()]
    assert [one["event"]["id"] for one in shown] == ["event-1", "event-2"]
    assert _says(data_dir, "sinks") == f"films: {URL} (0 waiting, 2 dead letters)\n"
    again = _says(data_dir, "redrive", "films", "--event", "event-2")
    assert again == "1 dead letters of sink films are tried again.\n"
    assert _says(data_dir, "redrive", "films") == "1 dead letters of sink films are tried again.\n"
    assert _says(data_dir, "sinks") == f"films: {URL} (2 waiting, 0 dead letters)\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add-sink",), "name one target"),
        (("add-sink", "--url", URL, "--file", "/tmp/x"), "name one target"),
        (("add-sink", "--url", "ftp://host/"), "begins neither with http://"),
        (("add-sink", "--url", URL, "--name", "a b"), "1 to 64 letters"),
        (("add-sink", "--url", URL, "--pattern", "{missing}"), "cannot be read: No such file or directory."),
        (("add-sink", "--url", URL, "--pattern", "{binary}"), "is no text in UTF-8."),
        (("add-sink", "--url", URL, "--pattern", "{wrong}"), "Reason: Unrecognized match type like"),
        (("add-sink", "--url", URL, "--pattern", "{wrong}"), "line: 2, column: 22]"),
        (("add-sink", "--file", "{missing}/x"), "is no folder: make it first."),
        (("add-sink", "--file", "{folder}"), "is no regular file."),
        (("add-sink", "--file", "{link}"), "is no regular file."),
        (("add-sink", "--file", "{data}/telecine.db"), "in the server's own folder"),
        (("add-sink", "--file", "{data}/../data/audit/x"), "in the server's own folder"),
        (("sinks", "--account-id", "12"), "twelve digits"),
        (("remove-sink", "films"), "Sink films does not exist."),
        (("pause-sink", "films"), "Sink films does not exist."),
        (("resume-sink", "films"), "Sink films does not exist."),
        (("dead-letters", "films"), "Sink films does not exist."),
        (("redrive", "films"), "Sink films does not exist."),
    ],
)
def test_what_is_wrong_is_told(data_dir: Path, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """A sentence that says what to do; nothing is added."""
    (tmp_path / "folder").mkdir()
    (data_dir / "audit").mkdir()
    (tmp_path / "link").symlink_to(data_dir / "telecine.db")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "wrong").write_text('{\n"status": [{"like": "x"}]}')
    places = {name: str(tmp_path / name) for name in ("missing", "folder", "link", "binary", "wrong")}
    result = _run(data_dir, *(one.format(data=data_dir, **places) if "{" in one else one for one in arguments))
    told = (
        result.stderr if result.exception is None or isinstance(result.exception, SystemExit) else str(result.exception)
    )
    assert result.exit_code != 0
    assert words in " ".join(told.replace("│", " ").split()) or words in told
    assert _says(data_dir, "sinks") == "There is no sink.\n"
