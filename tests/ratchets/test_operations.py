"""Every operation of the six services, and of our own, is accounted for: refused by name, or allowed, tested and
documented."""

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from telecine.wire import models

ROOT = Path(__file__).parents[2]
TITLES = {
    "apigateway": "API Gateway",
    "iam": "IAM",
    "kms": "KMS",
    "mediaconvert": "MediaConvert",
    "s3": "S3",
    "sts": "STS",
    models.OWN: "Our own",
}
SERVICES = (*models.SERVICES, models.OWN)
TESTED = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("services", "acceptance")
    for path in (ROOT / "tests" / folder).rglob("test_*.py")
)


def _slices() -> list[tuple[str, Any, Any]]:
    found = []
    for service in SERVICES:
        package = f"telecine.services.{'operator' if service == models.OWN else service}"
        if importlib.util.find_spec(package) is not None:
            operations = importlib.import_module(f"{package}.operations")
            access = importlib.import_module(f"{package}.access")
            found.append((service, operations, access))
    return found


def _works() -> list[tuple[str, str]]:
    return [
        (service, name)
        for service, operations, _ in _slices()
        for name in sorted({**operations.OPERATIONS, **getattr(operations, "STREAMS", {})})
    ]


def test_the_services_are_there() -> None:
    """The walk below walks something."""
    assert {service for service, _ in _works()} >= {"iam", "sts", "kms", "s3", "mediaconvert", models.OWN}


@pytest.mark.parametrize(
    ("service", "operations", "access"), _slices(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_access_rows_and_operations_are_the_same_set(service: str, operations: Any, access: Any) -> None:
    """No operation can be called without a row that says who may, and no row is left over."""
    names = set(operations.OPERATIONS) | set(getattr(operations, "STREAMS", {}))

    assert set(access.ROWS) == names
    assert names <= set(models.operations(service))


@pytest.mark.parametrize(("service", "name"), _works(), ids=lambda value: value)
def test_every_operation_that_works_has_a_test(service: str, name: str) -> None:
    """A test calls it through boto3 by its Python name, or through a paginator; our own perhaps by its path."""
    word = xform_name(name)
    called = rf"\.{word}\b|[\"']{word}[\"']"
    if service == models.OWN:
        path = re.sub(r"\{\w+\}", r"[\\w-]+", models.service_model(service).operation_model(name).http["requestUri"])
        called += rf"|\"{path}[\"?]"
    assert re.search(called, TESTED), f"no test calls {service} {name}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_in_the_compatibility_table(service: str) -> None:
    """The document lists each operation of the model with its state."""
    document = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    heading = f"\n### {TITLES[service]}\n"
    assert document.count(heading) == 1
    section = document.partition(heading)[2].partition("\n#")[0]

    listed = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert listed == ["operation", *sorted(models.operations(service))]
