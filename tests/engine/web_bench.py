"""What tests of inputs at web servers work with."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from telecine.engine.errors import JobFailed
from telecine.engine.steps.fetch import fetch
from telecine.engine.web import Web
from telecine.outbound.client import Outbound
from telecine.outbound.errors import NameUnknown
from telecine.outbound.guard import AllowedAddresses
from telecine.outbound.trust import context
from telecine.outbound.wire import Limits
from telecine.services.mediaconvert.model import InputPolicy
from telecine.testing.storage import FolderStore

TRUSTED = context()
DATA = random.Random(5).randbytes(700_000)
SECRET = "?X-Amz-Signature=secret"
ALLOWED = AllowedAddresses.of(["127.0.0.1/32"])
EVERYTHING = InputPolicy()
QUICK = Limits(connect_seconds=1, idle_seconds=0.4, total_seconds=5, least_bytes_per_second=1000)
"""For servers that are silent. All others may take as long as a busy machine does."""
PATIENT = Limits(connect_seconds=5, idle_seconds=5, total_seconds=20, least_bytes_per_second=1000)


def a_web(limits: Limits = PATIENT, **options: Any) -> Web:
    """As a worker has it that allows 127.0.0.1, but for names that lead there and its waits."""
    outbound = {"allowed": ALLOWED, "trusted": TRUSTED, "resolve": _resolve, **options}
    return Web(Outbound(**outbound), limits=limits, pauses=(0.01, 0.01, 0.01))


def _resolve(host: str, _port: int) -> Sequence[str]:
    if host.endswith(".invalid"):
        raise NameUnknown(f"the name {host} leads to no address")
    return ["127.0.0.1"]


@dataclass
class Bench:
    """Fetches one URL into a folder of its own."""

    store: FolderStore
    folder: Path
    watched: Any

    def fetch(self, *uris: str, web: Web | None = None, policy: InputPolicy = EVERYTHING) -> list[bytes]:
        self.folder.mkdir(exist_ok=True)
        names = fetch(self.store, web or a_web(), policy, uris, self.folder, self.watched.watch)
        return [(self.folder / name).read_bytes() for name in names]

    def error(self, uri: str, web: Web | None = None, policy: InputPolicy = EVERYTHING) -> tuple[int, str]:
        """Code and message of the job that this input ends."""
        with pytest.raises(JobFailed) as caught:
            self.fetch(uri, web=web, policy=policy)
        assert "secret" not in caught.value.message
        return caught.value.code, caught.value.message
