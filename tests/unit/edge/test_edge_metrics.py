"""Who may read the metrics, and what is counted of requests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from telecine.app.metrics import exposer, registry
from telecine.core.names import AccountId, QueueName
from telecine.edge.meter import Counters, Exchange
from telecine.edge.metrics import MetricsDoor
from telecine.services.mediaconvert.model.statistics import Count, Load, Statistics, Total
from telecine.testing.clock import ManualClock
from telecine.wire.http import HttpRequest

TOKEN = "correct-horse-battery-staple"
HERE = "127.0.0.1:7700"
NOW = datetime(2026, 5, 17, 10, 20, 30, tzinfo=UTC)


def _request(address: str = "127.0.0.1", method: str = "GET", **headers: str) -> HttpRequest:
    return HttpRequest(
        method=method,
        raw_path="/_/metrics",
        raw_query="",
        headers=tuple((name.replace("_", "-"), value) for name, value in {"host": HERE, **headers}.items()),
        client_address=address,
    )


def _status(request: HttpRequest, token: str | None = TOKEN) -> int:
    return MetricsDoor(lambda: b"up 1\n", token).answer(request).status


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_reads_the_metrics_without_a_token(address: str) -> None:
    """Loopback, in all its forms."""
    assert _status(_request(address), token=None) == 200


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.7", "2001:db8::1", "", "unix"])
def test_nobody_else_reads_them_without_the_token(address: str) -> None:
    """With no token configured there is none that opens; with one, only that one does."""
    assert _status(_request(address), token=None) == 401
    assert _status(_request(address, authorization="Bearer "), token=None) == 401
    assert _status(_request(address)) == 401
    assert _status(_request(address, authorization=f"Bearer {TOKEN}x")) == 401
    assert _status(_request(address, authorization=f"Basic {TOKEN}")) == 401
    assert _status(_request(address, authorization=f"bearer {TOKEN}")) == 200


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "x_real_ip", "via"])
def test_a_proxy_on_this_machine_is_not_this_machine(header: str) -> None:
    """What it passes on may come from anywhere: it takes the token."""
    assert _status(_request(**{header: "203.0.113.9"})) == 401
    assert _status(_request(**{header: "203.0.113.9", "authorization": f"Bearer {TOKEN}"})) == 200


@pytest.mark.parametrize(
    "host", ["evil.example:7700", "evil.example", "", "127.0.0.1.evil.example", "10.0.0.1", "[::1"]
)
def test_a_page_of_another_name_is_not_this_machine(host: str) -> None:
    """A browser here shows its pages whatever their name leads to (DNS rebinding); with the token any name will do."""
    assert _status(_request(host=host)) == 401
    assert _status(_request(host=host, authorization=f"Bearer {TOKEN}")) == 200


@pytest.mark.parametrize("host", ["localhost:7700", "127.0.0.1", "[::1]:7700", "LOCALHOST"])
def test_this_machine_goes_by_names_of_its_own(host: str) -> None:
    assert _status(_request(host=host), token=None) == 200


def test_only_reading_makes_sense() -> None:
    """405 names what does."""
    answer = MetricsDoor(lambda: b"", None).answer(_request(method="POST"))

    assert (answer.status, dict(answer.headers)["allow"]) == (405, "GET, HEAD")


def _samples(made: CollectorRegistry) -> Mapping[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposer(made)().decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_service_operation_and_code() -> None:
    """An error under its code, everything else under OK; and how long each took."""
    made = CollectorRegistry()
    counters = Counters(made)
    for code, status in (("OK", 200), ("OK", 200), ("AccessDenied", 403)):
        counters.note(
            Exchange(
                service="s3",
                operation="GetObject",
                code=code,
                status=status,
                request_id="r",
                began=NOW,
                ended=NOW + timedelta(milliseconds=20),
                parent=None,
            )
        )

    found = _samples(made)
    labels = ("operation=GetObject", "service=s3")
    assert found["telecine_requests_total", "code=OK", *labels] == 2
    assert found["telecine_requests_total", "code=AccessDenied", *labels] == 1
    assert found["telecine_request_duration_seconds_count", *labels] == 3
    assert found["telecine_request_duration_seconds_sum", *labels] == pytest.approx(0.06)
    assert found["telecine_request_duration_seconds_bucket", "le=0.025", *labels] == 3
    assert found["telecine_request_duration_seconds_bucket", "le=0.01", *labels] == 0


def test_what_the_database_has_counted_is_shown_in_prometheus_terms() -> None:
    """Counters, gauges, and histograms whose buckets hold everything below their end."""
    account, clock = AccountId("111122223333"), ManualClock()
    statistics = Statistics(
        totals=[
            Total(
                account=account,
                of=Count.FINISHED,
                labels={"queue": "q", "status": "ERROR", "code": "1401"},
                value=2,
            ),
            Total(account=account, of=Count.WAITS, labels={"queue": "q", "le": "5"}, value=3),
            Total(account=account, of=Count.WAITS, labels={"queue": "q", "le": "+Inf"}, value=1),
            Total(account=account, of=Count.WAITED, labels={"queue": "q"}, value=200_000.5),
        ],
        loads=[
            Load(
                account=account,
                queue=QueueName("q"),
                submitted=4,
                progressing=1,
                oldest=clock.now() - timedelta(seconds=90),
            )
        ],
    )

    found = _samples(registry(lambda: statistics, clock))
    place = (f"account={account}",)
    assert found["telecine_jobs_finished_total", *place, "code=1401", "queue=q", "status=ERROR"] == 2
    assert found["telecine_queue_jobs", *place, "queue=q", "status=SUBMITTED"] == 4
    assert found["telecine_queue_jobs", *place, "queue=q", "status=PROGRESSING"] == 1
    assert found["telecine_queue_oldest_wait_seconds", *place, "queue=q"] == 90
    assert found["telecine_job_wait_seconds_bucket", *place, "le=1", "queue=q"] == 0
    assert found["telecine_job_wait_seconds_bucket", *place, "le=300", "queue=q"] == 3
    assert found["telecine_job_wait_seconds_bucket", *place, "le=+Inf", "queue=q"] == 4
    assert found["telecine_job_wait_seconds_count", *place, "queue=q"] == 4
    assert found["telecine_job_wait_seconds_sum", *place, "queue=q"] == 200_000.5
