"""The corpora of requests, answers and violations (tests/corpus/wire)."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from telecine.core.errors import ApiError
from telecine.wire import compiled, routing
from telecine.wire.http import HttpRequest
from telecine.wire.validate import aws_sentence

CORPUS = Path(__file__).parents[2] / "corpus/wire"


def _cases(name: str) -> list[Any]:
    cases = json.loads((CORPUS / f"{name}.json").read_text())
    assert len({case["id"] for case in cases}) == len(cases)
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", _cases("requests"))
def test_requests(case: dict[str, Any]) -> None:
    """Each request is the call that the corpus says, or gets its error."""
    request = HttpRequest(
        method=case["method"],
        raw_path=case["path"],
        raw_query=case.get("query", ""),
        headers=tuple((name, value) for name, value in case.get("headers", [])),
    )
    body = case.get("body", "").encode("utf-8")
    if "error" in case:
        with pytest.raises(ApiError) as caught:
            _call(case["service"], request, body)
        assert (caught.value.code, caught.value.status) == (case["error"]["code"], case["error"]["status"])
        assert case["error"]["message"] in caught.value.message
    else:
        assert _call(case["service"], request, body) == (case["calls"], _value(case["params"]))


def _call(service: str, request: HttpRequest, body: bytes) -> tuple[str, dict[str, Any]]:
    route = routing.route(service, request, body)
    return route.operation, compiled.operation(service, route.operation).parse(request, route, body)


@pytest.mark.parametrize("case", _cases("answers"))
def test_answers(case: dict[str, Any]) -> None:
    """Each result becomes the answer that the corpus says, byte for byte."""
    operation = compiled.operation(case["service"], case["operation"])
    response = operation.serialize(_value(case["result"]), request_id="ID")
    headers = dict(response.headers)
    assert response.status == case["status"]
    assert {name: headers.get(name) for name in case.get("headers", {})} == case.get("headers", {})
    assert response.body.decode() == case["body"]
    if response.body:
        assert headers["Content-Length"] == str(len(response.body))


@pytest.mark.parametrize("case", _cases("violations"))
def test_violations(case: dict[str, Any]) -> None:
    """Parameters that break constraints are told in AWS's sentence; those that break none give none."""
    found = compiled.operation(case["service"], case["operation"]).violations(_value(case["params"]))
    assert (aws_sentence(found) if found else None) == case["sentence"]


def _value(given: Any) -> Any:
    """The corpus's notation of bytes and times resolved."""
    if isinstance(given, dict):
        if given.keys() == {"base64"}:
            return base64.b64decode(given["base64"])
        if given.keys() == {"time"}:
            return datetime.fromisoformat(given["time"])
        return {key: _value(value) for key, value in given.items()}
    return [_value(item) for item in given] if isinstance(given, list) else given
