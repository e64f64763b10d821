"""The metrics of a server, in Prometheus' terms.

Jobs are counted in the database, in the transaction of their change: the totals outlive restarts and are those of
every worker. Requests are counted in the memory of the api process, which is the only one that answers any.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Info, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from telecine.core.clock import Clock
from telecine.services.mediaconvert.model.statistics import BUCKETS, INFINITE, Count, Load, Statistics, Total

_ENDS = (*(str(end) for end in BUCKETS), INFINITE)


class JobMetrics(Collector):
    """What the database has counted, read when it is asked for."""

    def __init__(self, read: Callable[[], Statistics], clock: Clock) -> None:
        self._read = read
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not need the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        found = self._read()
        yield from _loads(found.loads, self._clock.now())
        of: dict[Count, list[Total]] = defaultdict(list)
        for total in found.totals:
            of[total.of].append(total)
        yield _counter("telecine_jobs_finished", "Jobs that are over.", ("queue", "status", "code"), of[Count.FINISHED])
        yield _counter("telecine_job_retries", "Attempts of jobs after their first.", ("queue",), of[Count.RETRIES])
        yield _counter(
            "telecine_output_seconds",
            "Seconds of finished outputs, by the dimensions of MediaConvert's prices.",
            ("queue", "tier", "codec", "resolution", "frame_rate", "passes"),
            of[Count.OUTPUT_SECONDS],
        )
        yield _histogram(
            "telecine_job_wait_seconds",
            "From a job's submission to its first attempt.",
            ("queue",),
            of[Count.WAITS],
            of[Count.WAITED],
        )
        yield _histogram(
            "telecine_job_duration_seconds",
            "From a job's first attempt to its end.",
            ("queue", "status"),
            of[Count.DURATIONS],
            of[Count.LASTED],
        )


def registry(read: Callable[[], Statistics], clock: Clock) -> CollectorRegistry:
    """A registry with the metrics of jobs and of this process; the edge adds those of requests."""
    made = CollectorRegistry()
    made.register(JobMetrics(read, clock))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    Info("telecine_build", "The release of this server.", registry=made).info({"version": version("telecine")})
    return made


def exposer(of: CollectorRegistry) -> Callable[[], bytes]:
    """What writes a registry in Prometheus' text format."""
    return lambda: generate_latest(of)


def _loads(loads: Sequence[Load], now: datetime) -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "telecine_queue_jobs", "Jobs that wait or run in a queue.", labels=("account", "queue", "status")
    )
    oldest = GaugeMetricFamily(
        "telecine_queue_oldest_wait_seconds",
        "How long the first of a queue's jobs has waited; 0 when none waits.",
        labels=("account", "queue"),
    )
    for load in loads:
        place = (load.account, load.queue)
        jobs.add_metric((*place, "SUBMITTED"), load.submitted)
        jobs.add_metric((*place, "PROGRESSING"), load.progressing)
        waited = 0.0 if load.oldest is None else max(0.0, (now - load.oldest).total_seconds())
        oldest.add_metric(place, waited)
    return iter((jobs, oldest))


def _counter(name: str, documentation: str, labels: Sequence[str], totals: Sequence[Total]) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=("account", *labels))
    for total in totals:
        family.add_metric(_values(total, labels), total.value)
    return family


def _histogram(
    name: str, documentation: str, labels: Sequence[str], counts: Sequence[Total], sums: Sequence[Total]
) -> Metric:
    """A histogram from how many fell into each bucket, and the sum of all."""
    family = HistogramMetricFamily(name, documentation, labels=("account", *labels))
    fallen: dict[tuple[str, ...], Mapping[str, float]] = {}
    for total in counts:
        key = _values(total, labels)
        fallen[key] = {**fallen.get(key, {}), total.labels["le"]: total.value}
    for total in sums:
        key, below, buckets = _values(total, labels), 0.0, []
        for end in _ENDS:
            below += fallen.get(key, {}).get(end, 0.0)
            buckets.append((end, below))
        family.add_metric(key, buckets, total.value)
    return family


def _values(total: Total, labels: Sequence[str]) -> tuple[str, ...]:
    return (total.account, *(total.labels.get(label, "") for label in labels))
