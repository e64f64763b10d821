"""`serve --allow-address`, and which listeners are this server's own."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from telecine.cli.role_config import config_of
from telecine.cli.serve import app
from telecine.cli.serve_options import ServeOptions
from telecine.cli.tls import TlsOptions

OPTIONS = ServeOptions(
    data_dir=Path("/data"),
    host="127.0.0.1",
    port=7700,
    https_port=7701,
    tls=TlsOptions(certificate=None, key=None, names=()),
    account="000000000000",
    region="us-east-1",
    database=None,
    root_key_file=None,
    sandbox="auto",
    slots=1,
    endpoint_url=None,
    remote=None,
    trust_ca=None,
    is_supervised=True,
    allow_addresses=("10.20.0.0/16", "fd00::/8"),
)


@pytest.mark.parametrize(
    ("block", "advice"),
    [
        ("10.20.0.1/16", "write 10.20.0.0/16, or the address without a prefix"),
        ("intranet", "is no block of addresses such as 10.0.0.0/8"),
    ],
)
def test_what_is_no_block_is_refused_with_what_would_be(block: str, advice: str) -> None:
    """Before anything is made."""
    done = CliRunner().invoke(app, ["--allow-address", block], env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exit_code == 2
    assert advice in " ".join(done.output.replace("│", " ").split())


def test_the_processes_hear_of_the_blocks() -> None:
    """As they were given."""
    assert config_of(OPTIONS, 7700).allow_addresses == ("10.20.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("endpoint", "listeners"),
    [
        (None, (("127.0.0.1", 7700), ("127.0.0.1", 7701))),
        ("http://10.0.0.5:7700", (("10.0.0.5", 7700),)),
        ("https://studio.example", (("studio.example", 443),)),
        ("http://[::1]", (("::1", 80),)),
    ],
)
def test_our_own_listeners(endpoint: str | None, listeners: tuple[tuple[str, int], ...]) -> None:
    """Http and https here; for a worker alone the one that it is told of."""
    assert config_of(replace(OPTIONS, endpoint_url=endpoint), 7700).listeners == listeners
