"""What AWS shows in its guide and CLI is accepted, or refused only for members and values that the ledger names.

The files of tests/corpus/examples are written after the pages that they name.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from telecine.media.validation import Kind, check

EXAMPLES = sorted((Path(__file__).parents[2] / "corpus" / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_breaks_no_rule(path: Path) -> None:
    """Its issues are those that the file names, and each says what this server does not support."""
    example: Any = json.loads(path.read_text(encoding="utf-8"))
    issues = check(example["settings"], kind=Kind[example["kind"]])
    assert sorted(issue.path for issue in issues) == sorted(example["refused"])
    assert [issue.message for issue in issues if "is not supported by this server" not in issue.message] == []


@pytest.mark.parametrize("kind", [Kind.TEMPLATE, Kind.PRESET])
def test_examples_of_templates_and_presets_are_accepted_whole(kind: Kind) -> None:
    """What is stored need not run here, so that nothing of AWS's own is refused."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in EXAMPLES]
    assert [example["refused"] for example in files if example["kind"] == kind.name] != []
    assert all(example["refused"] == [] for example in files if example["kind"] == kind.name)
