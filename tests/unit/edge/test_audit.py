"""The audit log: what is handed over is in the files, whole, in order, in files that turn over."""

import json
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telecine.core.names import AccountId, JobId, Region
from telecine.edge.audit import QUEUE_RECORDS, AuditLog
from telecine.edge.record import of_assumption
from telecine.services.sts.model import ServiceAssumption, ServiceClaim
from telecine.testing.clock import ManualClock


def _records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]


class _Ticking(ManualClock):
    """Every look at the clock is a second later."""

    def now(self) -> datetime:
        self.advance(1)
        return super().now()


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


def test_close_leaves_every_record_in_order(tmp_path: Path) -> None:
    """What was written before `close` is in the file after it."""
    log = AuditLog(tmp_path / "audit", ManualClock(), name="api")
    for number in range(500):
        log.write({"number": number})
    log.close()
    assert [record["number"] for record in _records(tmp_path / "audit")] == list(range(500))


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Folder 0700, files 0600: the log names people."""
    folder = tmp_path / "audit"
    log = AuditLog(folder, ManualClock(), name="api")
    log.write({})
    log.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_a_large_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    """No file grows beyond its limit, and nothing is lost on the way."""
    log = AuditLog(tmp_path, _Ticking(), name="api", file_bytes=250)
    for number in range(5):  # one batch each; a file takes the two that fit
        log.write({"number": number, "text": "x" * 100})
        _eventually(lambda expected=number + 1: len(_records(tmp_path)) == expected)  # type: ignore[misc]
    log.close()
    assert sorted(record["number"] for record in _records(tmp_path)) == list(range(5))
    assert len(list(tmp_path.iterdir())) == 3
    assert all(path.stat().st_size <= 250 for path in tmp_path.iterdir())


def test_a_new_day_gets_a_new_file(tmp_path: Path) -> None:
    """Files are named by day."""
    clock = ManualClock(datetime(2030, 3, 1, 23, 59, tzinfo=UTC))
    for _ in range(2):
        log = AuditLog(tmp_path, clock, name="api")
        log.write({})
        log.close()
        clock.advance(120)
    assert [path.name[:10] for path in sorted(tmp_path.iterdir())] == ["2030-03-01", "2030-03-02"]


def test_a_gap_is_never_silent(tmp_path: Path) -> None:
    """When more comes than the disk takes, the count of what is missing is a record of its own."""
    log = AuditLog(tmp_path, ManualClock(), name="api")
    sent = QUEUE_RECORDS * 3
    for _ in range(sent):
        log.write({"eventType": "AwsApiCall"})
    log.write({"eventType": "AwsApiCall"})
    log.close()
    records = _records(tmp_path)
    kept = sum(record["eventType"] == "AwsApiCall" for record in records)
    dropped = sum(record["count"] for record in records if record["eventType"] == "TelecineAuditGap")
    assert dropped > 0
    assert kept + dropped == sent + 1


def test_an_unwritable_folder_does_not_stop_the_writer(tmp_path: Path) -> None:
    """Records that cannot be written are given up, and the next one gets its chance."""
    folder = tmp_path / "audit"
    log = AuditLog(folder, ManualClock(), name="api")
    folder.rmdir()
    log.write({"number": 1})
    log.close()
    assert not folder.exists()


def test_the_record_of_an_assumption_does_not_grow_with_its_role() -> None:
    """A job may call anything its role, however long; the service's attempts to assume it are on the record."""
    claim = ServiceClaim(
        service="mediaconvert.amazonaws.com",
        account=AccountId("123456789012"),
        role_arn="arn:aws:iam::123456789012:role/" + "r" * 1_000_000,
        source_arn="arn:aws:mediaconvert:us-east-1:123456789012:queues/Default",
        source_account=AccountId("123456789012"),
        session_name="job",
        job_id=JobId("1700000000000-abcdef"),
        attempt=1,
        owner="worker",
    )
    told = ServiceAssumption(
        time=datetime(2026, 1, 1, tzinfo=UTC), claim=claim, access_key_id=None, problem="missing", trace={}
    )
    record = of_assumption(told, event_id="e", region=Region("us-east-1"))
    assert record["requestParameters"]["roleArn"].startswith("arn:aws:iam::123456789012:role/rrr")
    assert len(json.dumps(record)) < 4_000
