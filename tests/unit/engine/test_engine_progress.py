"""What is told of an attempt's progress: phases in order, percents that only grow, and not too often."""

import pytest

from telecine.engine.progress import Reporter
from telecine.services.mediaconvert.model import Phase, Progress


class Ledger:
    """Stands for `Lifecycle.progress`."""

    def __init__(self) -> None:
        self.told: list[Progress] = []

    def progress(self, _claim: object, progress: Progress) -> None:
        self.told.append(progress)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of the monotonic clock, moved by the test."""
    seconds = [0.0]
    monkeypatch.setattr("telecine.engine.progress.time.monotonic", lambda: seconds[0])
    return seconds


def test_phases_span_the_jobs_percent_and_leave_the_last_for_complete(now: list[float]) -> None:
    """Probing, transcoding and uploading share 0 to 99; 100 belongs to COMPLETE."""
    ledger = Ledger()
    reporter = Reporter(ledger, None, lambda: False)  # type: ignore[arg-type]
    for phase in Phase:
        watch = reporter.watch(phase)
        now[0] += 10
        watch.advance(1.0, 50)
    told = [(progress.phase, progress.phase_percent, progress.job_percent) for progress in ledger.told]
    assert told == [
        (Phase.PROBING, 0, 0), (Phase.PROBING, 100, 5),
        (Phase.TRANSCODING, 0, 5), (Phase.TRANSCODING, 100, 90),
        (Phase.UPLOADING, 0, 90), (Phase.UPLOADING, 100, 99),
    ]  # fmt: skip
    assert ledger.told[-1].frames_decoded == 50


def test_percent_and_frames_never_go_back(now: list[float]) -> None:
    """Two threads may report out of order; what is stored only grows."""
    ledger = Ledger()
    watch = Reporter(ledger, None, lambda: False).watch(Phase.TRANSCODING)  # type: ignore[arg-type]
    for share, frames in ((0.8, 80), (0.4, 40)):
        now[0] += 10
        watch.advance(share, frames)
    assert [progress.job_percent for progress in ledger.told] == [5, 73, 73]
    assert [progress.frames_decoded for progress in ledger.told] == [0, 80, 80]


def test_at_most_one_report_a_second(now: list[float]) -> None:
    """A fast encode does not flood the database."""
    ledger = Ledger()
    watch = Reporter(ledger, None, lambda: False).watch(Phase.TRANSCODING)  # type: ignore[arg-type]
    for step in range(100):
        now[0] += 0.1
        watch.advance(step / 100, step)
    assert len(ledger.told) <= 11
