"""The `telecine` command as a whole: help, exit codes, errors in words."""

import subprocess
import sys
from pathlib import Path

import pytest

from telecine.cli.commands import _MODULES


def _telecine(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "telecine.cli", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_help_lists_every_command() -> None:
    """With a line on each."""
    done = _telecine("--help")
    assert done.returncode == 0
    for command in _MODULES:
        assert f" {command} " in done.stdout


@pytest.mark.parametrize(
    "command", [*([name] for name in _MODULES), ["account", "root"], ["policy", "decide"]], ids=" ".join
)
def test_every_command_explains_itself(command: list[str]) -> None:
    """--help ends with 0 and says how it is used."""
    done = _telecine(*command, "--help")
    assert done.returncode == 0
    assert f"Usage: telecine {' '.join(command)}" in done.stdout


@pytest.mark.parametrize(
    "command",
    [["env"], ["events"], ["account", "root", "--create-access-key"]],
    ids=" ".join,
)
def test_a_folder_without_a_server_is_an_error_in_words(tmp_path: Path, command: list[str]) -> None:
    """One line that names the next step, exit code 1, no traceback."""
    done = _telecine(*command, "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: No server has been started on {tmp_path}.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["serve", "--port", "70000"],
        ["serve", "--account-id", "12"],
        ["serve", "--region", "Mars"],
        ["serve", "--s3-domain", "films:7700"],
        ["serve", "--allow-address", "10.0.0.1/8"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    """Exit code 2, as everywhere."""
    done = _telecine(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_supervisor_stays_small() -> None:
    """The process that only watches loads neither the database nor AWS's models."""
    program = (
        "import sys, telecine.cli.serve; "
        "print([name for name in ('sqlalchemy', 'botocore', 'boto3', 'uvicorn', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_the_api_does_not_load_what_runs_jobs() -> None:
    """boto3 belongs to the worker: it would slow the api's start. Of the engine the api has what probes need alone."""
    program = (
        "import sys, telecine.app.api; "
        "print(sorted({'boto3', 'telecine.engine.run', 'telecine.engine.worker', 'telecine.engine.storage'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_a_certificate_and_its_key_belong_together(tmp_path: Path) -> None:
    """One without the other is an error before anything is made."""
    done = _telecine("serve", "--data-dir", str(tmp_path / "data"), "--tls-cert", "cert.pem")
    assert done.returncode == 1
    assert done.stderr == "Error: --tls-cert and --tls-key belong together: give both, or neither.\n"
    assert not (tmp_path / "data").exists()
