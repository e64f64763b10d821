"""A server with one object, and what its edge decides on."""

from typing import Any

import pytest

from services.edge.reads import BODY
from telecine.edge import authorize
from telecine.services import deciding
from telecine.testing.disk import WarmDisk

Aws = Any  # the fixture of tests/services/conftest.py


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that the edge has decided on."""
    actions: list[str] = []

    def decide(call: Any, need: Any, *more: Any) -> Any:
        actions.append(need.action)
        return inner(call, need, *more)

    inner = deciding.decide
    monkeypatch.setattr(authorize, "decide", decide)
    return actions


@pytest.fixture
def films(aws: Aws) -> Aws:
    """A server with an object, whose files are in memory."""
    aws.api.objects._files._disk = WarmDisk()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a", Body=BODY)
    return aws
