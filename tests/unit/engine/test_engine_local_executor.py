"""The order in which a plan's steps run."""

import pytest

from telecine.engine.errors import EngineFault
from telecine.engine.executors.local import in_order
from telecine.media.plan.model import Step


def step(name: str, *needs: str) -> Step:
    return Step(id=name, kind="encode", tool="ffmpeg", argv=(), inputs=(), outputs=(), needs=needs)


def test_steps_come_after_what_they_need() -> None:
    """However the plan lists them."""
    steps = [step("segment", "mux"), step("mux", "video", "audio"), step("video"), step("audio")]
    order = [found.id for found in in_order(steps)]
    assert order.index("mux") > max(order.index("video"), order.index("audio"))
    assert order[-1] == "segment"


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([step("a", "b"), step("b", "a")], id="waiting for each other"),
        pytest.param([step("a", "nowhere")], id="needing a step that is not there"),
    ],
)
def test_plans_that_cannot_run(steps: list[Step]) -> None:
    """A broken plan is refused before anything runs."""
    with pytest.raises(EngineFault, match="in order"):
        in_order(steps)
