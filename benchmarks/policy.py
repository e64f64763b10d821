"""Decisions per CPU second beside npm's iam-simulate, and what compiling, explaining and the command line cost.

Both engines answer the same requests with the same policies (`workload`), loaded before; building the request counts
for both. Figures are CPU time, the median of rounds in which the two take turns, so that a busy machine does not show.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import simulator
from benchmarks.server import figure
from benchmarks.workload import ACCOUNT, ASKED, CONTEXT, USER, document, request
from telecine.policy import Answer, CompiledPolicy, PolicySet, Request, compile_policy, evaluate, explain, trace
from telecine.policy.compiled import Body
from telecine.policy.parse import parse

ROUNDS = 7
DECISIONS = 16_000
PEER_STATEMENTS = 20_000
"""So many statements the peer looks at in a round: it looks at each for every decision."""
CASES = 20_000
CORPORA = Path("tests/corpus/policy")

_ANSWERS = {
    "Allowed": Answer.ALLOW,
    "ExplicitlyDenied": Answer.EXPLICIT_DENY,
    "ImplicitlyDenied": Answer.IMPLICIT_DENY,
}


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What decisions are made with."""

    name: str
    policies: list[str]
    boundary: list[str]
    decide: Callable[[Request, PolicySet], object]
    """What is done with each request."""
    share: int
    """One of so many decisions of the plain situation is made: what takes longer is done less often."""
    target: int | None
    """How many times the peer's decisions per CPU second we want to reach."""


def _traced(question: Request, policies: PolicySet) -> object:
    """The decision with what the audit log keeps of it."""
    return trace(question, policies, evaluate(question, policies))


SITUATIONS = (
    Situation(
        name="policy decisions, 5 policies x 5 statements",
        policies=[document(number) for number in range(5)],
        boundary=[],
        decide=evaluate,
        share=1,
        target=150,
    ),
    Situation(
        name="policy decisions, 50 policies x 5 statements and a boundary",
        policies=[document(number) for number in range(50)],
        boundary=[document(0), document(1)],
        decide=evaluate,
        share=4,
        target=60,
    ),
    Situation(
        name="policy decisions with their trace",
        policies=[document(number) for number in range(5)],
        boundary=[],
        decide=_traced,
        share=4,
        target=30,
    ),
    Situation(
        name="policy decisions explained in full",
        policies=[document(number) for number in range(5)],
        boundary=[],
        decide=explain,
        share=8,
        target=None,
    ),
)


def run() -> Iterator[dict[str, Any]]:
    """Decisions per CPU second in four situations, the slowest of a hundred, compiling, `telecine policy decide`."""
    with simulator.running() as peer:
        for situation in SITUATIONS:
            yield _compared(situation, peer)
    yield _limited("99th percentile of a policy decision", _slow_decision(), "us CPU", 50)
    text = document(1)
    yield _limited("compiling a policy of 5 statements", 1e6 / _rate(lambda: Body(parse(text)), 200, 1), "us CPU", 300)
    rate = _command()
    yield figure("telecine policy decide", rate, "cases per CPU second", ratio=rate / 10_000, against="10000/s, wanted")


def _compared(situation: Situation, peer: simulator.Peer | None) -> dict[str, Any]:
    policies = PolicySet(
        identity=_compiled(situation.policies), boundary=_compiled(situation.boundary) if situation.boundary else None
    )
    times = DECISIONS // len(ASKED) // situation.share
    if peer is not None:
        _require_agreement(peer, situation, policies)
    peer_times = PEER_STATEMENTS // (5 * len(situation.policies) * len(ASKED))
    ours, theirs = [], []
    _ask(situation, policies)
    for _ in range(ROUNDS):
        ours.append(_round(lambda: _ask(situation, policies), times, len(ASKED)))
        if peer is not None:
            theirs.append(peer.rate(peer_times))
    value, unit = median(ours), "decisions per CPU second"
    if not theirs:
        return figure(
            situation.name, value, unit, against="nothing: iam-simulate is not installed (needs node and npm)"
        )
    their_rate = median(theirs)
    wanted = "" if situation.target is None else f" ({situation.target} times that wanted)"
    against = f"iam-simulate {simulator.version()}: {their_rate:.0f}/s{wanted}"
    return figure(situation.name, value, unit, ratio=value / their_rate, against=against)


def _require_agreement(peer: simulator.Peer, situation: Situation, policies: PolicySet) -> None:
    """Two engines that do not answer alike cannot be compared."""
    asked = [
        {"principal": USER, "action": action, "resource": resource_, "account": ACCOUNT, "context": CONTEXT}
        for action, resource_ in ASKED
    ]
    theirs = [_ANSWERS[text] for text in peer.load(asked, situation.policies, situation.boundary)]
    ours = [evaluate(request(action, resource_), policies).decision for action, resource_ in ASKED]
    if ours != theirs:
        raise RuntimeError(f"{situation.name}: we answer {ours}, iam-simulate {theirs}")


def _compiled(texts: list[str]) -> tuple[CompiledPolicy, ...]:
    return tuple(compile_policy(text, name=f"policy-{number}") for number, text in enumerate(texts))


def _ask(situation: Situation, policies: PolicySet) -> None:
    for action, resource_ in ASKED:
        situation.decide(request(action, resource_), policies)


def _slow_decision() -> float:
    """Microseconds within which 99 of 100 decisions are made: CPU time of the thread, since a clock on the wall would
    count what other programs do meanwhile."""
    policies = PolicySet(identity=_compiled(SITUATIONS[0].policies))
    found = []
    for _ in range(ROUNDS):
        taken = []
        for number in range(8_000):
            action, resource_ = ASKED[number % len(ASKED)]
            start = time.thread_time_ns()
            evaluate(request(action, resource_), policies)
            taken.append(time.thread_time_ns() - start)
        found.append(sorted(taken)[len(taken) * 99 // 100] / 1e3)
    return median(found)


def _command() -> float:
    """Cases per second of CPU that `telecine policy decide` answers, its own start included."""
    lines = [line for file in sorted(CORPORA.glob("*.jsonl")) for line in file.read_text().splitlines() if line]
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        file = Path(name) / "cases.jsonl"
        repeats = -(-CASES // len(lines))
        file.write_text("\n".join(lines * repeats) + "\n")
        rounds = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "telecine.cli", "policy", "decide", str(file)]
            answers = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if len(answers) != len(lines) * repeats or "decision" not in json.loads(answers[-1]):
                raise RuntimeError(f"telecine policy decide answered {len(answers)} of {len(lines) * repeats} cases")
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            rounds.append(len(answers) / used)
    return median(rounds)


def _rate(work: Callable[[], object], times: int, unit_count: int) -> float:
    """Units of work in a second of CPU: `work` does `unit_count` of them and is called `times` times a round."""
    work()
    return median([_round(work, times, unit_count) for _ in range(ROUNDS)])


def _round(work: Callable[[], object], times: int, unit_count: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return times * unit_count / (time.process_time() - start)


def _limited(benchmark: str, value: float, unit: str, limit: float) -> dict[str, Any]:
    """A figure that should stay below a limit."""
    return figure(benchmark, value, unit, ratio=value / limit, against=f"the limit of {limit:.0f} us")
