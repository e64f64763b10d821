"""The catalogue: what AWS's service authorization reference says, and how it is asked."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from telecine.policy import catalogue
from telecine.wire import models

ROOT = Path(__file__).parents[3]
REFERENCE = Path(os.environ.get("TELECINE_TEST_AUTHORIZATION", ROOT / ".venv/clients/authorization"))
KNOWN = catalogue.load()


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("authorization", ROOT / "scripts" / "authorization.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    """The files that the script makes of the reference."""
    if not REFERENCE.exists():
        pytest.skip(f"{REFERENCE} is missing: `make clients` brings it")
    made: dict[str, str] = _script().files(REFERENCE)
    return made


def test_our_data_is_what_the_reference_says(reference: dict[str, str]) -> None:
    """Every action, resource type and condition key of our six services, and the prefix of every other."""
    folder = ROOT / "src/telecine/policy/authorization"
    for name, text in reference.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name} is stale: run scripts/authorization.py"
    by_hand = {path.name for path in folder.iterdir()} - set(reference)
    assert by_hand == {"additions.json", "global.json"}


def test_global_keys_agree_with_the_reference() -> None:
    """A global key that a service lists has the type that our own table gives it."""
    listed = {
        (key, kind)
        for service in KNOWN.services.values()
        for key, kind in service.keys.types.items()
        if key.startswith("aws:")
    }

    assert len(listed) == 3
    assert listed <= set(KNOWN.global_keys.types.items())


def test_additions_are_not_in_the_reference(reference: dict[str, str]) -> None:
    """What AWS has documented by now is no addition any more."""
    for name in ("StartJobsQuery", "GetJobsQueryResults"):
        assert f'"{name}"' not in reference["mediaconvert.json"]
        assert KNOWN.action(f"mediaconvert:{name}") is not None


def test_the_catalogue_is_read_on_first_use() -> None:
    """Not when the module is imported: most commands never need it."""
    code = "from telecine.policy import catalogue; print(catalogue.load.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "0\n"


@pytest.mark.parametrize("service", ["mediaconvert", "sts"])
def test_every_operation_has_its_action(service: str) -> None:
    """In these services operations and actions have the same names."""
    assert [name for name in models.operations(service) if KNOWN.action(f"{service}:{name}") is None] == []


def test_actions_are_found_by_pattern() -> None:
    """Without regard to case; the prefix is exact."""
    assert [one.full_name for one in KNOWN.matching("MediaConvert:*quer*")] == [
        "mediaconvert:GetJobsQueryResults",
        "mediaconvert:StartJobsQuery",
    ]
    assert len(KNOWN.matching("*")) == sum(len(service.actions) for service in KNOWN.services.values())
    assert KNOWN.matching("ec2:*") == ()


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("AWS:SOURCEIP", ("aws:SourceIp", "IPAddress")),
        ("aws:requesttag/Team", ("aws:RequestTag/${TagKey}", "String")),
        ("s3:ExistingObjectTag/a", ("s3:ExistingObjectTag/<key>", "String")),
        ("kms:EncryptionContext:job", ("kms:EncryptionContext:${EncryptionContextKey}", "String")),
        ("aws:RequestTag/", None),
        ("aws:RequestTag", None),
        ("ec2:Region", None),
    ],
)
def test_keys_are_found_by_name(key: str, found: tuple[str, str] | None) -> None:
    """Without regard to case; where the user names a part of it, that part must be there."""
    assert KNOWN.key(key) == found


@pytest.mark.parametrize(
    ("action", "key", "expected"),
    [
        ("s3:ListBucket", "s3:prefix", True),
        ("s3:GetObject", "s3:prefix", False),
        ("s3:GetObject", "aws:SourceIp", True),
        ("mediaconvert:GetJob", "aws:ResourceTag/Team", True),
        ("mediaconvert:CreateJob", "aws:RequestTag/Team", True),
        ("mediaconvert:CancelJob", "aws:RequestTag/Team", False),
        ("iam:PassRole", "iam:PassedToService", True),
    ],
)
def test_an_action_carries_its_own_keys_those_of_its_resources_and_the_global_ones(
    action: str, key: str, expected: bool
) -> None:
    """Tags only where the reference lists them."""
    found = KNOWN.action(action)
    assert found is not None
    assert KNOWN.carries(found, key) is expected
