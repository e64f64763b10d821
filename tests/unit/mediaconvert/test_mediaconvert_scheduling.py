"""Whose turn it is, on a simulated clock with thousands of jobs."""

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.names import AccountId, QueueName
from telecine.services.mediaconvert.lifecycle.scheduling import in_turn
from telecine.services.mediaconvert.model import Candidate, QueueStatus, RenewalType, Reservation

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TERM = Reservation(slots=1, renewal=RenewalType.EXPIRE, purchased_at=NOW, expires_at=NOW.replace(year=2031))


def _queue(name: str, account: str = "1", **changes: object) -> Candidate:
    usual = Candidate(
        account=AccountId(account),
        name=QueueName(name),
        status=QueueStatus.ACTIVE,
        reservation=None,
        concurrent_jobs=None,
        running=0,
        has_waiting=True,
        turn=0,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def _slots(number: int) -> Reservation:
    return replace(TERM, slots=number)


@dataclass
class Factory:
    """Workers, and queues with the seconds that their jobs take."""

    queues: dict[str, Candidate]
    backlog: dict[str, deque[int]]
    started: list[tuple[int, str, int]] = field(default_factory=list)
    """When, from which queue, for how long."""

    def run(self, workers: int, until: int, arrivals: Sequence[tuple[int, str, int]] = ()) -> None:
        """Every free worker takes what is in turn, and is free again when it is done. `arrivals` are further jobs:
        when, to which queue, for how long."""
        order = itertools.count()
        coming = [(at, next(order), name, seconds, False) for at, name, seconds in arrivals]
        events = [(0, next(order), "", 0, False), *coming]  # when, …, queue, seconds of a job that comes, is a job done
        heapq.heapify(events)
        idle, turns = workers, itertools.count(1)
        while events and events[0][0] <= until:
            now, _, name, seconds, is_done = heapq.heappop(events)
            if is_done:
                self._change(name, running=self.queues[name].running - 1)
                idle += 1
            elif name:
                self._put(name, seconds)
            while idle and (ready := in_turn(list(self.queues.values()), NOW)):
                name = ready[0].name
                seconds = self.backlog[name].popleft()
                has_waiting = bool(self.backlog[name])
                self._change(name, running=self.queues[name].running + 1, turn=next(turns), has_waiting=has_waiting)
                self.started.append((now, name, seconds))
                heapq.heappush(events, (now + seconds, next(order), name, 0, True))
                idle -= 1

    def _put(self, name: str, seconds: int) -> None:
        self.backlog[name].append(seconds)
        self._change(name, has_waiting=True)

    def _change(self, name: str, **values: object) -> None:
        self.queues[name] = replace(self.queues[name], **values)  # type: ignore[arg-type]

    def seconds(self) -> Counter[str]:
        """What each queue has had of the workers."""
        return Counter({name: sum(took for _, of, took in self.started if of == name) for name in self.queues})


def _factory(jobs: Mapping[str, tuple[int, int]], **changes: dict[str, object]) -> Factory:
    """Queues by name with how many jobs of how many seconds wait there."""
    return Factory(
        queues={
            name: _queue(name, **{"has_waiting": number > 0, **changes.get(name, {})})  # type: ignore[arg-type]
            for name, (number, _) in jobs.items()
        },
        backlog={name: deque([seconds] * number) for name, (number, seconds) in jobs.items()},
    )


@pytest.mark.parametrize("workers", [1, 4, 7])
def test_queues_share_the_workers_evenly(workers: int) -> None:
    """Five queues of a thousand equal jobs have the same number of starts at any time, give or take one."""
    factory = _factory({f"q{number}": (1000, 10) for number in range(5)})
    factory.run(workers, until=50_000 // workers)

    starts: Counter[str] = Counter()
    for _, name, _ in factory.started:
        starts[name] += 1
        assert max(starts.values()) - min(starts[one] for one in factory.queues) <= workers
    assert max(starts.values()) - min(starts.values()) <= 1


@pytest.mark.parametrize("workers", [1, 3])
def test_a_newcomer_does_not_wait_behind_a_backlog(workers: int) -> None:
    """A job that comes to an empty queue starts before a second one of the queue with ten thousand does."""
    factory = _factory({"flood": (10_000, 60), "small": (0, 60)})
    factory.run(workers, until=4000, arrivals=[(601, "small", 60)])

    (at,) = [at for at, name, _ in factory.started if name == "small"]
    assert at <= 601 + 60


def test_long_jobs_do_not_keep_short_ones_waiting() -> None:
    """With several workers a queue of hour-long jobs leaves the others' share of them alone."""
    factory = _factory({"long": (100, 3600), "short": (5000, 60)})
    factory.run(4, until=36_000)

    seconds = factory.seconds()
    assert 0.45 < seconds["short"] / (seconds["short"] + seconds["long"]) < 0.6


def test_a_reserved_queue_has_the_share_of_its_slots() -> None:
    """Three slots beside an on-demand queue get three of four workers, and never a fourth."""
    factory = _factory({"reserved": (1000, 10), "usual": (1000, 10)}, reserved={"reservation": _slots(3)})
    factory.run(4, until=1000)

    starts = Counter(name for _, name, _ in factory.started)
    assert starts["reserved"] == 3 * starts["usual"]


def test_what_others_do_not_use_is_not_left_idle() -> None:
    """A queue alone has every worker, up to its own limit."""
    factory = _factory({"a": (100, 10), "b": (100, 10)}, a={"concurrent_jobs": 2}, b={"status": QueueStatus.PAUSED})
    factory.run(5, until=9)
    assert [name for _, name, _ in factory.started] == ["a", "a"]
    factory = _factory({"a": (100, 10), "b": (0, 10)})
    factory.run(5, until=9)
    assert [name for _, name, _ in factory.started] == ["a"] * 5


def test_an_account_gains_nothing_by_many_queues() -> None:
    """Two accounts have half of the workers each, one with nine queues, one with one."""
    many = {f"q{number}": (1000, 10) for number in range(9)}
    factory = _factory({**many, "other": (1000, 10)}, other={"account": "2"})
    factory.run(4, until=1000)

    starts = Counter(name for _, name, _ in factory.started)
    assert abs(starts["other"] - sum(starts[name] for name in many)) <= 4


@given(
    queues=st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.integers(0, 40), st.integers(1, 50), st.sampled_from([None, 1, 3]), st.sampled_from("12")),
        min_size=1,
    ),
    workers=st.integers(1, 5),
)
def test_every_job_is_run_in_the_end(queues: dict[str, tuple[int, int, int | None, str]], workers: int) -> None:
    """Whatever waits where, nobody starves and no limit is exceeded."""
    factory = _factory(
        {name: (number, seconds) for name, (number, seconds, _, _) in queues.items()},
        **{name: {"concurrent_jobs": limit, "account": of} for name, (_, _, limit, of) in queues.items()},
    )
    factory.run(workers, until=20_000)

    assert Counter(name for _, name, _ in factory.started) == Counter(
        {name: number for name, (number, _, _, _) in queues.items() if number}
    )
    for at, name, _ in factory.started:
        running = sum(begun <= at < begun + took for begun, of, took in factory.started if of == name)
        limit = queues[name][2]
        assert limit is None or running <= limit


def test_what_may_not_start_is_not_in_turn() -> None:
    """Paused, empty, full, expired: each is left out."""
    expired = replace(TERM, expires_at=NOW)
    left = [
        _queue("paused", status=QueueStatus.PAUSED),
        _queue("empty", has_waiting=False),
        _queue("full", concurrent_jobs=2, running=2),
        _queue("reserved", reservation=_slots(3), running=3),
        _queue("expired", reservation=expired),
    ]

    assert [queue.name for queue in in_turn([*left, _queue("ready")], NOW)] == ["ready"]
    renewed = replace(expired, renewal=RenewalType.AUTO_RENEW)
    assert [queue.name for queue in in_turn([_queue("renewed", reservation=renewed)], NOW)] == ["renewed"]
