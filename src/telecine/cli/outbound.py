"""Options of `serve` for the requests that it makes to addresses which users name."""

from typing import Annotated

import typer

from telecine.outbound.guard import NoNetwork, parse_network


def _blocks(values: list[str] | None) -> list[str]:
    try:
        return [str(parse_network(value)) for value in values or ()]
    except NoNetwork as problem:
        raise typer.BadParameter(str(problem)) from problem


AllowAddress = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-address",
        metavar="CIDR",
        callback=_blocks,
        help="A block of addresses that HTTP inputs and other requests of users may reach though it is private, "
        "link-local or loopback: 10.20.0.0/16. May be given several times; public addresses always may be reached.",
    ),
]
