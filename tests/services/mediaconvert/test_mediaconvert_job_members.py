"""Every member of the model's Job: filled, or absent for a reason. The list of what is never filled may only shrink."""

from typing import Any

from contract import model
from telecine.core.names import QueueName
from telecine.services.mediaconvert.model import Hop, Phase, Progress

World = Any  # the fixture of conftest.py

ABSENT = {
    "ElementalInferenceConfiguration": "Elemental Inference is a service of its own, which is not here.",
    "ElementalInferenceSettings": "CreateJob refuses them.",
    "JobEngineVersionUsed": "Empty for expired versions, as the model says, and there are no others.",
    "LastShareDetails": "Jobs cannot be shared: there is no AWS Support.",
}
"""Members that no job has: why."""


def _members() -> set[str]:
    return set(model("mediaconvert").shape_for("Job").members)


def _submit(world: World) -> str:
    world.queue("rush")
    job_id: str = world.submit(
        client_request_token="once",
        user_metadata={"film": "7"},
        acceleration_mode="PREFERRED",
        simulate_reserved_queue="DISABLED",
        job_template="System-Ott",
        job_engine_version="2025-01-31",
        hops=(Hop(queue=QueueName("rush"), wait_minutes=5, priority=1),),
    ).id
    return job_id


def test_every_member_is_filled_or_absent_for_a_reason(client: Any, world: World) -> None:
    """A job that fails and one that is complete show between them all members but those listed above."""
    failed, complete = _submit(world), world.submit().id
    world.lifecycle.fail(world.claim(), 1010, "no media")
    claim = world.claim()
    world.lifecycle.warn(claim, 230001, "odd audio")
    world.lifecycle.progress(claim, Progress(phase=Phase.TRANSCODING, phase_percent=50, job_percent=40))
    world.lifecycle.complete(claim, world.outcome)

    shown = {**client.get_job(Id=failed)["Job"], **client.get_job(Id=complete)["Job"]}
    assert _members() - set(shown) == set(ABSENT)


def test_what_a_job_shows_before_it_runs_and_after(client: Any, world: World) -> None:
    """Times, phase, percent and acceleration come as they become known."""
    job_id = _submit(world)
    waiting = client.get_job(Id=job_id)["Job"]
    claim = world.claim()
    world.lifecycle.progress(claim, Progress(phase=Phase.PROBING, phase_percent=0, job_percent=0))
    probing = client.get_job(Id=job_id)["Job"]
    world.lifecycle.progress(claim, Progress(phase=Phase.TRANSCODING, phase_percent=50, job_percent=40))
    running = client.get_job(Id=job_id)["Job"]
    world.lifecycle.complete(claim, world.outcome)
    complete = client.get_job(Id=job_id)["Job"]

    assert [job["AccelerationStatus"] for job in (waiting, probing, running, complete)] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "NOT_ACCELERATED",
        "NOT_ACCELERATED",
    ]
    assert [sorted(job["Timing"]) for job in (waiting, running, complete)] == [
        ["SubmitTime"],
        ["StartTime", "SubmitTime"],
        ["FinishTime", "StartTime", "SubmitTime"],
    ]
    assert [job.get("JobPercentComplete") for job in (waiting, running, complete)] == [None, 40, 100]
    assert [job.get("CurrentPhase") for job in (waiting, probing, running)] == [None, "PROBING", "TRANSCODING"]
    assert complete["Warnings"] == [{"Code": 230001, "Count": 2}]
    assert complete["Messages"]["Warning"] == []
    assert {"ErrorCode", "ErrorMessage"}.isdisjoint(complete)


def test_a_token_names_the_first_job_whatever_else_is_asked(client: Any, world: World) -> None:
    """Within a minute the original job comes back, as it is by then; afterwards the token makes another."""
    first = world.submit(client_request_token="once", priority=1)
    world.lifecycle.cancel(world.account, first.id)
    again = world.submit(client_request_token="once", priority=2)
    assert (again.id, again.priority, again.status) == (first.id, 1, "CANCELED")
    world.clock.advance(61)

    assert world.submit(client_request_token="once").id != first.id
