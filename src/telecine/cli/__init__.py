"""The command line, and the processes of a server that it starts."""

import importlib


def main() -> None:
    """Run the command line."""
    # By name: the processes of a server lie below this package, too, and have no use for the commands.
    importlib.import_module("telecine.cli.commands").main()
