"""The documents tell the truth: names in ARCHITECTURE.md exist, and so do README's commands, options and make targets."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telecine.cli.commands import app
from telecine.wire import models

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "telecine"
CODE_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class Index:
    """What the source defines: names of modules, members of classes, functions."""

    def __init__(self) -> None:
        self.modules: dict[str, set[str]] = {}
        """Dotted path below `telecine` -> names at its top level, imported ones too."""
        self.classes: dict[str, set[str]] = defaultdict(set)
        """Name of a class -> its methods and fields."""
        for path in SOURCE.rglob("*.py"):
            module = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
            body = ast.parse(path.read_text(encoding="utf-8")).body
            self.modules[module] = set(_names(body))
            for node in body:
                if isinstance(node, ast.ClassDef):
                    self.classes[node.name] |= set(_names(node.body))

    def knows(self, name: str) -> bool:
        """Whether `name` is there: `Class`, `Class.member`, `function`, `module.name` by the end of its path, a module."""
        if name in self.modules:
            return True
        *path, last = name.split(".")
        if not path:
            return any(last in names for names in (*self.modules.values(), *self.classes.values()))
        if path[-1][0].isupper():
            return last in self.classes.get(path[-1], ())
        wanted = ".".join(path)
        return any(
            last in names for module, names in self.modules.items() if module == wanted or module.endswith(f".{wanted}")
        )


def _names(body: list[ast.stmt]) -> list[str]:
    found: list[str] = []
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.append(node.name)
            case ast.Assign():
                found += [target.id for target in node.targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.append(name)
            case ast.ImportFrom():
                found += [alias.asname or alias.name for alias in node.names]
    return found


@cache
def _index() -> Index:
    return Index()


def _section(document: str, title: str) -> str:
    text = (ROOT / document).read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _code_names() -> list[str]:
    """Every backticked word of the two sections that is written as code is: dotted, in capitals and smalls, or under_scored."""
    quoted = re.findall(
        r"`([^`]+)`", _section("ARCHITECTURE.md", "One request") + _section("ARCHITECTURE.md", "One job")
    )
    names = {word for word in quoted if CODE_NAME.fullmatch(word) and not re.search(r"\.(py|md)$", word)}
    return sorted(names)


def test_the_index_finds_what_is_there_and_nothing_else() -> None:
    """A check that cannot fail would check nothing."""
    assert _index().knows("wire.identify.identify")
    assert _index().knows("Lifecycle.submit")
    assert not _index().knows("wire.identify.divine")
    assert not _index().knows("Lifecycle.reticulate")
    assert len(_code_names()) > 30


@pytest.mark.parametrize("name", _code_names())
def test_every_name_in_the_architecture_exists(name: str) -> None:
    """`One request` and `One job` name classes, functions and operations that can be looked up."""
    is_operation = any(name in models.operations(service) for service in models.SERVICES)
    assert is_operation or _index().knows(name), f"ARCHITECTURE.md names `{name}`, which the source does not define"


@pytest.mark.parametrize("line", ["One request", "One job"])
def test_both_stories_take_ten_lines(line: str) -> None:
    """One request and one job are told in ten steps each, and each names at least one thing of the source."""
    steps = re.split(r"\n\d+\. ", "\n" + _section("ARCHITECTURE.md", line).split("\n\nAn object")[0])[1:]
    assert len(steps) == 10
    for step in steps:
        assert any(_index().knows(word) for word in re.findall(r"`([\w.]+)`", step)), step


DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    """Links within the repository, to headings too, and paths of tests and sources that are named."""
    text = (ROOT / document).read_text(encoding="utf-8")
    here = (ROOT / document).parent
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, heading = target.partition("#")
        linked = here / path if path else ROOT / document
        assert "://" in target or linked.exists(), target
        assert not heading or "://" in target or heading in _headings(linked), target
    named = re.findall(r"`((?:tests|src|docs|scripts|benchmarks)/[\w./-]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def _headings(document: Path) -> set[str]:
    """The anchors that a page has for its headings."""
    found = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def _commands() -> list[str]:
    rows = re.findall(r"^\| `telecine ([^`]*)`", _section("README.md", "Commands"), re.MULTILINE)
    return [" ".join(word for word in row.split() if re.fullmatch(r"[a-z][a-z-]*", word)) for row in rows]


def _help(*command: str) -> str:
    done = CliRunner().invoke(app, [*command, "--help"], env={"TERM": "dumb", "COLUMNS": "200"}, prog_name="telecine")
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_readme_names_every_command_and_no_other() -> None:
    """Its table and `telecine --help` have the same commands."""
    listed = re.findall(r"^│ ([a-z]+) ", _help().split("Commands")[1], re.MULTILINE)
    assert sorted({command.split()[0] for command in _commands()}) == sorted(listed)


@pytest.mark.parametrize("row", re.findall(r"^\| `telecine ([^`]*)`", _section("README.md", "Commands"), re.MULTILINE))
def test_every_command_of_the_readme_takes_its_options(row: str) -> None:
    """A command that README shows exists, with the options that it shows."""
    command = [word for word in row.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
    explained = _help(*command)
    for option in re.findall(r"--[a-z-]+", row):
        assert f"{option} " in explained, f"telecine {' '.join(command)} has no {option}"


def test_every_make_target_that_is_named_exists() -> None:
    """In README and CONTRIBUTING."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets, document
