"""Sinks that are files: whole lines, on the disk, whatever died and whoever moved the file."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telecine.core.names import AccountId
from telecine.events.envelope import body
from telecine.events.lines import FileTransport
from telecine.events.model import DELIVERED, Delivery, Outcome, Verdict
from telecine.events.outbox import Event

NOW = datetime(2030, 3, 1, 12, tzinfo=UTC)


def _delivery(number: int) -> Delivery:
    event = Event(
        id=f"event-{number}",
        time=NOW,
        account=AccountId("111122223333"),
        region="us-east-1",
        source="aws.mediaconvert",
        detail_type="MediaConvert Job State Change",
        resources=(),
        detail={"title": "Zoë\nand more"},
    )
    return Delivery(position=number, event=event, attempts=0, queued_at=NOW)


def _send(transport: FileTransport, *numbers: int) -> list[Outcome]:
    return [outcome for some in transport.send([_delivery(one) for one in numbers]) for _delivery_, outcome in some]


def _ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_each_event_is_a_line(path: Path) -> None:
    """In a file for its owner alone; a later batch goes behind an earlier one."""
    transport = FileTransport(path)
    assert _send(transport, 1, 2) == [DELIVERED, DELIVERED]
    assert _send(transport, 3) == [DELIVERED]
    transport.close()
    assert path.read_bytes() == b"".join(body(_delivery(number).event) + b"\n" for number in (1, 2, 3))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_counts_when_it_is_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that it has not been delivered; the half of it is taken away before it comes anew."""
    transport = FileTransport(path)
    _send(transport, 1)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        (outcome,) = _send(transport, 2)
    assert outcome == Outcome(verdict=Verdict.RETRY, error="The file cannot be written: No space left on device.")
    assert _send(transport, 2) == [DELIVERED]
    transport.close()
    assert _ids(path) in (["event-1", "event-2"], ["event-1", "event-2", "event-2"])


def test_half_a_line_is_mended_wherever_it_was_cut(path: Path) -> None:
    """The crash may have come after any byte: what is left are whole lines, and the event comes anew."""
    line = body(_delivery(1).event)
    for length in range(len(line) + 1):
        path.write_bytes(b'{"id": "older"}\n' + line[:length])
        transport = FileTransport(path)
        assert _send(transport, 1) == [DELIVERED]
        transport.close()
        assert _ids(path) == ["older", "event-1"], length


def test_what_is_not_ours_is_not_taken_away(path: Path) -> None:
    """A last line of somebody else gets its end."""
    path.write_text("somebody else's")
    transport = FileTransport(path)
    _send(transport, 1)
    transport.close()
    first, second = path.read_text(encoding="utf-8").splitlines()
    assert first == "somebody else's"
    assert json.loads(second)["id"] == "event-1"


def test_a_file_may_be_moved_away(path: Path, tmp_path: Path) -> None:
    """The next line goes into a new one of that name."""
    transport = FileTransport(path)
    _send(transport, 1)
    path.rename(tmp_path / "events.1")
    assert _send(transport, 2) == [DELIVERED]
    path.unlink()
    path.write_text("")
    assert _send(transport, 3) == [DELIVERED]
    transport.close()
    assert _ids(tmp_path / "events.1") == ["event-1"]
    assert _ids(path) == ["event-3"]


def test_what_is_no_file_is_not_written_to(path: Path, tmp_path: Path) -> None:
    """Neither a link, nor a folder, nor a pipe, which would hold the writer; nor where there is no folder."""
    (tmp_path / "other").write_text("")
    path.symlink_to(tmp_path / "other")
    assert _send(FileTransport(path), 1)[0].verdict is Verdict.RETRY
    path.unlink()
    path.mkdir()
    assert _send(FileTransport(path), 1)[0].verdict is Verdict.RETRY
    path.rmdir()
    os.mkfifo(path)
    assert _send(FileTransport(path), 1)[0] == Outcome(
        verdict=Verdict.RETRY, error="The file cannot be written: it is no regular file."
    )
    assert _send(FileTransport(tmp_path / "missing" / "events"), 1)[0].error == (
        "The file cannot be written: No such file or directory."
    )
    assert (tmp_path / "other").read_text() == ""
