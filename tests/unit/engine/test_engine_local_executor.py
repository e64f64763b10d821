"""The order in which a plan's steps run, and which run side by side."""

import pytest

from telecine.engine.errors import EngineFault
from telecine.engine.executors.local import ranks
from telecine.media.plan.model import Step


def step(name: str, *needs: str) -> Step:
    return Step(id=name, kind="encode", tool="ffmpeg", argv=(), inputs=(), outputs=(), needs=needs)


def test_steps_come_after_what_they_need() -> None:
    """However the plan lists them; steps that need the same run together."""
    steps = [step("segment", "mux"), step("mux", "video", "audio"), step("video"), step("audio"), step("copy", "video")]

    assert [[found.id for found in rank] for rank in ranks(steps)] == [["video", "audio"], ["mux", "copy"], ["segment"]]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param([step("a", "b"), step("b", "a"), step("c")], "wait for each other", id="a circle"),
        pytest.param([step("a", "nowhere"), step("b")], "does not have: nowhere", id="a step that is not there"),
    ],
)
def test_plans_that_cannot_run(steps: list[Step], words: str) -> None:
    """A broken plan is refused before anything runs."""
    with pytest.raises(EngineFault, match=words):
        next(ranks(steps))
