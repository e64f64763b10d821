"""npm's `@cloud-copilot/iam-simulate`, the peer that decisions are compared with, run as a program of its own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

FOLDER = Path(sys.prefix) / "clients" / "iam-simulate"
"""Where `scripts/peers` installs it."""

_PROGRAM = Path(__file__).parent / "peers" / "iam-simulate" / "measure.mjs"


class Peer:
    """A running iam-simulate."""

    def __init__(self, to: IO[str], answers: IO[str]) -> None:
        self._to = to
        self._answers = answers

    def load(
        self, requests: Sequence[dict[str, Any]], policies: Sequence[str], boundary: Sequence[str] = ()
    ) -> list[str]:
        """Its answers to the requests (`Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`); `rate` then repeats them."""
        documents = {"policies": policies, "boundary": boundary}
        asked = {name: [json.loads(text) for text in texts] for name, texts in documents.items()}
        answers: list[str] = self._ask({"load": {**asked, "requests": requests}})["answers"]
        return answers

    def rate(self, times: int) -> float:
        """Decisions per second of its own CPU time, all requests asked `times` times."""
        return float(self._ask({"times": times})["rate"])

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._to.write(json.dumps(question) + "\n")
        self._to.flush()
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer


def version() -> str:
    """Which release of it is installed."""
    package = FOLDER / "node_modules/@cloud-copilot/iam-simulate/package.json"
    return str(json.loads(package.read_text())["version"])


@contextmanager
def running() -> Iterator[Peer | None]:
    """The peer, ready; None where it is not installed."""
    node = shutil.which("node")
    if node is None or not FOLDER.is_dir():
        yield None
        return
    command = [node, str(_PROGRAM), str(FOLDER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Peer(process.stdin, process.stdout)
        process.stdin.close()
