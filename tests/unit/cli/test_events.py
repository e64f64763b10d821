"""`telecine events`: what happened, as EventBridge would tell it."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telecine.cli import folder
from telecine.cli.events import app
from telecine.core.names import AccountId
from telecine.db import Database
from telecine.events import outbox
from telecine.events.outbox import Event


def _event(number: int, job: str) -> Event:
    return Event(
        id=f"event-{number}",
        time=datetime(2030, 3, 1, 12, 0, number % 60, tzinfo=UTC),
        account=AccountId("111122223333"),
        region="us-east-1",
        source="aws.mediaconvert",
        detail_type="MediaConvert Job State Change",
        resources=(f"arn:aws:mediaconvert:us-east-1:111122223333:jobs/{job}",),
        detail={"jobId": job, "status": "PROGRESSING"},
    )


@pytest.fixture
def data_dir(sqlite: Database, tmp_path: Path) -> Path:
    """The folder of a server with 1201 events of three jobs."""
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account="111122223333", region="us-east-1")

    def work(connection: object) -> None:
        for number in range(1201):
            outbox.append(connection, _event(number, f"job-{number % 3}"))  # type: ignore[arg-type]

    sqlite.write(work)
    return tmp_path


def _lines(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_event_is_printed_in_order(data_dir: Path) -> None:
    """One JSON object a line, oldest first, over as many pages as it takes."""
    events = _lines("--data-dir", str(data_dir))
    assert [event["id"] for event in events] == [f"event-{number}" for number in range(1201)]
    assert events[0] == {
        "version": "0",
        "id": "event-0",
        "detail-type": "MediaConvert Job State Change",
        "source": "aws.mediaconvert",
        "account": "111122223333",
        "time": "2030-03-01T12:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:mediaconvert:us-east-1:111122223333:jobs/job-0"],
        "detail": {"jobId": "job-0", "status": "PROGRESSING"},
    }


def test_one_job_alone(data_dir: Path) -> None:
    """--job leaves the others out."""
    events = _lines("--data-dir", str(data_dir), "--job", "job-1")
    assert len(events) == 400
    assert {json.dumps(event["detail"]) for event in events} == {'{"jobId": "job-1", "status": "PROGRESSING"}'}


def test_another_database_is_read_when_it_is_named(data_dir: Path, tmp_path: Path) -> None:
    """--database names it; the data folder's own is then not looked at."""
    events = _lines("--data-dir", str(data_dir), "--database", f"sqlite:///{tmp_path}/telecine.db")
    assert len(events) == 1201


def test_a_reader_who_has_enough_is_no_error(data_dir: Path) -> None:
    """`telecine events | head` ends with success and without a word."""
    command = f"set -o pipefail; {sys.executable} -m telecine.cli events --data-dir {data_dir} | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["id"] == "event-0"
