"""Golden plans: whole command lines, compared word by word.

A scenario is `tests/corpus/plans/<name>.json`: what it is about, the settings (or the name of a corpus job) and
ffprobe's JSON of the input. Beside it stands `<name>.plan.json`, the plan. `TELECINE_REWRITE_PLANS=1` writes the plans
anew, for a change of recipe that was meant; the difference is then for reading, before it is committed.
"""

import json
import os
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from telecine.media import validation
from telecine.media.plan import Artifact, Capabilities, Plan, from_json, plan, to_json
from telecine.media.probe import parse

CORPUS = Path(__file__).parents[2] / "corpus"
NAMES = sorted(path.stem for path in (CORPUS / "plans").glob("*.json") if not path.stem.endswith(".plan"))


def settings_of(name: str) -> Any:
    """A scenario's settings."""
    settings = json.loads((CORPUS / "plans" / f"{name}.json").read_text())["settings"]
    if isinstance(settings, str):
        settings = json.loads((CORPUS / "settings" / f"{settings}.json").read_text())["settings"]
    return settings


def planned(name: str, *, threads: int = 2) -> Plan:
    """A scenario's plan."""
    given = json.loads((CORPUS / "plans" / f"{name}.json").read_text())["input"]
    return plan(
        settings_of(name),
        [parse(given)],
        Capabilities(threads=threads),
        inputs=["s3://media-in/film.mp4"],
        now=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_the_golden_one(name: str) -> None:
    """Every argument, expectation and destination."""
    golden = CORPUS / "plans" / f"{name}.plan.json"
    text = to_json(planned(name)) + "\n"
    if os.environ.get("TELECINE_REWRITE_PLANS"):
        golden.write_text(text)
    assert json.loads(text) == json.loads(golden.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_a_scenario_are_accepted(name: str) -> None:
    """No golden plan shows what CreateJob would refuse."""
    assert validation.check(settings_of(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_survives_being_stored(name: str) -> None:
    """JSON and back gives the same plan."""
    assert from_json(to_json(planned(name))) == planned(name)


@pytest.mark.parametrize("name", NAMES)
def test_steps_name_their_files_and_nothing_of_the_user(name: str) -> None:
    """Every file of a step is an input of the job or made by a step it needs; no user's string is in a command line."""
    made = planned(name)
    known = set(made.inputs)
    done: set[str] = set()
    for step in made.steps:
        assert set(step.inputs) <= known
        assert set(step.needs) <= done
        known |= set(step.outputs)
        done.add(step.id)
        assert not any("film" in word or "media-" in word or "rm" in word.split() for word in step.argv)


def test_the_number_of_threads_is_part_of_the_plan() -> None:
    """Another machine gives another plan, never the same plan with other bytes."""
    two, four = planned("demo"), planned("demo", threads=4)
    assert [step.threads for step in two.steps if step.kind == "encode"] == [2]
    assert two.steps[0].argv != four.steps[0].argv


def test_a_pattern_names_every_segment() -> None:
    """What the workspace's `*` matched stands in the key, even where the user's own name holds a `*`."""
    artifact = Artifact(
        source="hls-0-1/*.ts", destination="s3://b/a*b_*.ts", content_type="video/mp2t", is_pattern=True
    )
    names = ["hls-0-1/00002.ts", "hls-0-1/00001.ts", "hls-0-1/list.csv", "hls-0-10/00001.ts"]
    assert artifact.publications(names) == [
        ("hls-0-1/00001.ts", "s3://b/a*b_00001.ts"),
        ("hls-0-1/00002.ts", "s3://b/a*b_00002.ts"),
    ]


def test_an_artifact_that_is_missing_has_no_publication() -> None:
    """A file that does not exist is not published under its name."""
    artifact = Artifact(source="file-0-0.mp4", destination="s3://b/a.mp4", content_type="video/mp4")
    assert artifact.publications(["file-0-1.mp4"]) == []


def test_playlists_are_published_after_what_they_name() -> None:
    """Media first, child playlists next, main playlists last."""
    orders = {artifact.destination: artifact.order for artifact in planned("demo").artifacts}
    assert orders["s3://media-out/hls/main_720p_*.ts"] == 0
    assert orders["s3://media-out/hls/main_720p.m3u8"] == 1
    assert orders["s3://media-out/hls/main.m3u8"] == 2


def test_equal_outputs_are_encoded_once() -> None:
    """The demo's four outputs need four video encodes and one audio encode."""
    tracks = [expectation.track for expectation in planned("demo").expectations]
    assert tracks == ["video"] * 4 + ["audio"]


def test_names_are_resolved() -> None:
    """Variables, padding and the escaped dollar sign."""
    destinations = [artifact.destination for artifact in planned("names").artifacts]
    assert destinations[0] == (
        "s3://media-out/20260304/film/050607-20260304T050607_1280x00720_25fps_2000k_96k_2096k_mp4_$5.mp4"
    )
    assert "s3://media-out/hls/main_%05d*'[a]; rm-film-_*.ts" in destinations


def test_a_plan_knows_how_long_its_outputs_are() -> None:
    """Exact lengths, from frames and samples."""
    lengths = {Fraction(e.duration_seconds).limit_denominator(1000) for e in planned("guide-hls").expectations}
    assert lengths == {Fraction(1001, 100)}
