"""The processes of a server hear from their supervisor what its command line said."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from telecine.cli import child
from telecine.cli.child import Order, Role
from telecine.cli.observation import LogFormat, ObservationOptions
from telecine.cli.remote import Addressing, RemoteOptions
from telecine.cli.serve_options import ServeOptions
from telecine.cli.tls import TlsOptions

DATABASE = "postgresql://ada:sesame@db.example/telecine"
PLAIN: dict[str, Any] = {
    "data_dir": Path("/data"),
    "host": "127.0.0.1",
    "port": 7700,
    "https_port": 7701,
    "tls": TlsOptions(certificate=None, key=None, names=()),
    "account": "000000000000",
    "region": "us-east-1",
    "database": None,
    "root_key_file": None,
    "sandbox": "require",
    "slots": 1,
    "endpoint_url": None,
    "remote": None,
    "trust_ca": None,
    "is_supervised": True,
}
FULL: dict[str, Any] = {
    "data_dir": Path("/data of ours/"),
    "host": "0.0.0.0",
    "port": 80,
    "https_port": 443,
    "tls": TlsOptions(certificate=Path("/c.pem"), key=Path("/k.pem"), names=("films.example", 'a"b')),
    "account": "111122223333",
    "region": "eu-west-1",
    "database": DATABASE,
    "root_key_file": Path("/keys/root.key"),
    "sandbox": "auto",
    "slots": 3,
    "endpoint_url": "http://10.0.0.5:7700",
    "remote": RemoteOptions(
        s3_url="https://s3.example.com",
        kms_url="https://kms.{region}.example.com",
        addressing=Addressing.VIRTUAL,
        region="eu-west-1",
        credentials=Path("/keys/remote"),
    ),
    "trust_ca": Path("/ca.pem"),
    "observation": ObservationOptions(log_format=LogFormat.JSON, metrics_token_file=Path("/keys/token")),
    "is_supervised": True,
    "s3_domains": ("s3.example.com",),
    "allow_addresses": ("10.20.0.0/16", "fd00::/8"),
}


def test_every_option_has_another_value() -> None:
    """Or else the next test would not see that one of them is lost."""
    names = {field.name for field in dataclasses.fields(ServeOptions)}
    assert set(FULL) == names
    plain = ServeOptions(**PLAIN)
    assert {name for name in names if FULL[name] == getattr(plain, name)} == {"is_supervised"}


@pytest.mark.parametrize("given", [PLAIN, FULL], ids=["plain", "full"])
@pytest.mark.parametrize("descriptors", [None, (3, 4)])
def test_a_child_hears_all_that_was_said(given: dict[str, Any], descriptors: tuple[int, int] | None) -> None:
    """The order is the same after its way through a command line, with the right types."""
    order = Order(options=ServeOptions(**given), supervisor=17, descriptors=descriptors)
    *_, role, text = child.command(Role.API, order)
    variables = {child.DATABASE: DATABASE} if order.options.database else {}
    assert role == "api"
    again = child.read(text, variables)
    assert again == order
    assert repr(again) == repr(order)


def test_a_command_line_holds_no_password() -> None:
    """The database's address stands in a variable, which other users cannot see."""
    command = child.command(Role.WORKER, Order(options=ServeOptions(**FULL), supervisor=17))
    assert "sesame" not in " ".join(command)


@pytest.mark.parametrize("role", Role)
def test_a_child_loads_nothing_that_reads_command_lines(role: Role) -> None:
    """Nor what only some of its work needs: it would hold the memory as long as it runs."""
    unwanted = {
        Role.API: ("typer", "pydantic", "alembic", "segno", "boto3"),
        Role.WORKER: ("typer", "pydantic", "alembic", "segno", "uvicorn", "prometheus_client"),
    }[role]
    program = (
        f"import sys, telecine.cli.child, telecine.cli.role_{role}; "
        f"print([name for name in {unwanted} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
