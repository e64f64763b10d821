"""What is counted of jobs, on both databases."""

from dataclasses import replace
from typing import Any

import pytest

from telecine.services.mediaconvert.model import GroupOutcome, Outcome, OutputOutcome
from telecine.services.mediaconvert.model.statistics import Count, bucket

PRICING = {"tier": "BASIC", "codec": "H_264", "resolution": "HD", "frame_rate": "30", "passes": "SINGLE_PASS"}


def _totals(world: Any) -> dict[tuple[str, ...], float]:
    return {
        (total.of, *(f"{name}={value}" for name, value in sorted(total.labels.items()))): total.value
        for total in world.lifecycle.statistics().totals
    }


def _outcome(*seconds: int) -> Outcome:
    outputs = tuple(
        OutputOutcome(
            duration_ms=length * 1000, width=1280, height=720, average_bitrate=1, file_paths=(), pricing=PRICING
        )
        for length in seconds
    )
    return Outcome(groups=(GroupOutcome(type="FILE_GROUP", outputs=outputs),))


def test_a_job_is_counted_when_it_begins_and_when_it_ends(world: Any) -> None:
    """How long it waited and ran, how it ended, and the seconds of its outputs by what MediaConvert would charge."""
    world.submit()
    world.clock.advance(20)
    claim = world.claim()
    world.clock.advance(10)
    world.lifecycle.begin_publishing(claim)
    world.lifecycle.complete(claim, _outcome(60, 30))

    assert _totals(world) == {
        ("waits", "le=60", "queue=Default"): 1,
        ("waited", "queue=Default"): 20,
        ("finished", "code=", "queue=Default", "status=COMPLETE"): 1,
        ("durations", "le=15", "queue=Default", "status=COMPLETE"): 1,
        ("lasted", "queue=Default", "status=COMPLETE"): 10,
        ("output_seconds", *(f"{name}={value}" for name, value in sorted({**PRICING, "queue": "Default"}.items()))): 90,
    }


def test_errors_are_counted_by_their_code(world: Any) -> None:
    """Two jobs with the same error make one total of two."""
    for _ in range(2):
        world.submit()
        world.lifecycle.fail(world.claim(), 1401, "denied")

    assert _totals(world)[Count.FINISHED, "code=1401", "queue=Default", "status=ERROR"] == 2


def test_a_canceled_job_that_never_ran_has_no_duration(world: Any) -> None:
    """It is counted as canceled, and nothing else."""
    world.lifecycle.cancel(world.account, world.submit().id)

    assert _totals(world) == {("finished", "code=", "queue=Default", "status=CANCELED"): 1}


def test_a_retry_is_counted_and_is_no_second_start(world: Any) -> None:
    """Waiting ends with the first attempt."""
    world.submit()
    world.claim("worker-1")
    world.clock.advance(31)
    world.claim("worker-2")

    found = _totals(world)
    assert found["retries", "queue=Default"] == 1
    assert found["waits", "le=1", "queue=Default"] == 1


def test_the_load_of_a_queue_is_what_waits_and_runs_now(world: Any) -> None:
    """With the moment at which the job that waits longest was submitted; an empty queue has a load of nothing."""
    world.queue("idle")
    world.submit()
    world.claim()
    first = world.submit()
    world.clock.advance(5)
    world.submit()

    loads = {load.queue: load for load in world.lifecycle.statistics().loads}
    assert (loads["Default"].submitted, loads["Default"].progressing) == (2, 1)
    assert loads["Default"].oldest == first.submitted_at
    assert (loads["idle"].submitted, loads["idle"].progressing, loads["idle"].oldest) == (0, 0, None)


def test_outputs_of_earlier_releases_are_not_counted_by_price(world: Any) -> None:
    """Their records do not say what they would have cost."""
    world.submit()
    claim = world.claim()
    world.lifecycle.begin_publishing(claim)
    world.lifecycle.complete(claim, replace(_outcome(), groups=world.outcome.groups))

    assert not any(key[0] == Count.OUTPUT_SECONDS for key in _totals(world))


@pytest.mark.parametrize(("seconds", "le"), [(0, "1"), (1, "1"), (1.001, "5"), (172800, "172800"), (172801, "+Inf")])
def test_a_bucket_holds_what_is_at_most_its_end(seconds: float, le: str) -> None:
    """As Prometheus wants it: `le` is "less or equal"."""
    assert bucket(seconds) == le
