"""`telecine events follow`: what happens, as lines for people."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli import folder
from telecine.cli.events import app, history
from telecine.core.names import AccountId
from telecine.db import Database
from telecine.events import outbox
from telecine.events.outbox import Event

DETAILS: tuple[Mapping[str, Any], ...] = (
    {"status": "PROGRESSING"},
    {"status": "INPUT_INFORMATION", "inputDetails": [{"uri": "s3://in/a.mp4"}, {"uri": "s3://in/b.mp4"}]},
    {"status": "STATUS_UPDATE", "jobProgress": {"jobPercentComplete": 7, "currentPhase": "TRANSCODING"}},
    {"status": "QUEUE_HOP", "previousQueue": "arn:a", "queue": "arn:b"},
    {"status": "NEW_WARNING", "warningCode": "100000", "warningMessage": "no \x1b[31mhop"},
    {"status": "COMPLETE", "outputGroupDetails": [{"outputDetails": [{}]}]},
    {"status": "COMPLETE", "outputGroupDetails": [{"outputDetails": [{}, {}]}, {"outputDetails": [{}]}]},
    {"status": "ERROR", "errorCode": 1040, "errorMessage": "It did\nnot work."},
    {"status": "CANCELED"},
)


def _happen(database: Database, *details: Mapping[str, Any], job: str = "1-abc") -> None:
    def work(connection: Any) -> None:
        for detail in details:
            count = outbox.newest(connection)
            outbox.append(
                connection,
                Event(
                    id=f"event-{count + 1}",
                    time=datetime(2030, 3, 1, 12, tzinfo=UTC),
                    account=AccountId("111122223333"),
                    region="us-east-1",
                    source="aws.mediaconvert",
                    detail_type="MediaConvert Job State Change",
                    resources=(f"arn:jobs/{job}",),
                    detail={"jobId": job, **detail},
                ),
            )

    database.write(work)


@pytest.fixture
def data_dir(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a server; whoever waits there for a third time is interrupted, and something happens at the first."""
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account="111122223333", region="us-east-1")

    def waits() -> Iterator[None]:
        _happen(sqlite, {"status": "PROGRESSING"}, job="2-new")
        yield
        yield
        raise KeyboardInterrupt

    passing = waits()
    monkeypatch.setattr(history.time, "sleep", lambda _seconds: next(passing))
    return tmp_path


def _lines(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["follow", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_what_happens_from_now_on(data_dir: Path, sqlite: Database) -> None:
    """What was before is not shown."""
    _happen(sqlite, *DETAILS)
    assert _lines("--data-dir", str(data_dir)) == ["2030-03-01 12:00:00 2-new PROGRESSING"]


def test_all_that_happened_to_a_job(data_dir: Path, sqlite: Database) -> None:
    """Each occasion with what is worth knowing of it; nothing that a terminal would take for more than text."""
    _happen(sqlite, *DETAILS)
    beginning = "2030-03-01 12:00:00 1-abc "
    assert _lines("--data-dir", str(data_dir), "--job", "1-abc") == [
        beginning + line
        for line in (
            "PROGRESSING",
            "INPUT_INFORMATION s3://in/a.mp4, s3://in/b.mp4",
            "STATUS_UPDATE     7 % TRANSCODING",
            "QUEUE_HOP         from arn:a to arn:b",
            "NEW_WARNING       100000: no �[31mhop",
            "COMPLETE          1 output",
            "COMPLETE          3 outputs",
            "ERROR             1040: It did�not work.",
            "CANCELED",
        )
    ]


def test_programs_get_the_envelope(data_dir: Path) -> None:
    """--json, an object a line."""
    (line,) = _lines("--data-dir", str(data_dir), "--json")
    assert json.loads(line)["detail"] == {"jobId": "2-new", "status": "PROGRESSING"}
