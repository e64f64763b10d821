"""The dashboard asks for metrics that a server has."""

import json
import re
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from telecine.app.metrics import exposer, registry
from telecine.edge.meter import Counters
from telecine.services.mediaconvert.model.statistics import Statistics
from telecine.testing.clock import ManualClock

DASHBOARD: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "docs" / "grafana" / "telecine.json").read_text(encoding="utf-8")
)


def _families(made: CollectorRegistry) -> set[str]:
    return {family.name for family in text_string_to_metric_families(exposer(made)().decode())}


def _asked() -> set[str]:
    queries = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    queries += [variable["query"] for variable in DASHBOARD["templating"]["list"]]
    return {name for query in queries for name in re.findall(r"\b(?:telecine|process)_\w+", query)}


def test_every_metric_of_the_dashboard_exists() -> None:
    """A renamed metric would leave a panel empty for ever."""
    made = registry(lambda: Statistics(totals=[], loads=[]), ManualClock())
    Counters(made)
    known = _families(made)

    stems = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in _asked()}
    assert stems - known - {"process_cpu_seconds"} == set()
    assert "process_cpu_seconds" in {re.sub("_total$", "", name) for name in known}


def test_its_panels_do_not_lie_on_each_other() -> None:
    """Each has an id, and a place of its own on the grid of 24 columns."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(x + place["x"], y + place["y"]) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
