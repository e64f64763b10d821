"""The log of our processes: lines on standard error."""

import logging

_FORMAT = "%(asctime)s %(process)s {name} %(levelname)s %(name)s: %(message)s"


def configure(process: str) -> None:
    """Send warnings of everybody, and everything but debugging of our own, to standard error."""
    logging.basicConfig(level=logging.WARNING, format=_FORMAT.format(name=process))
    logging.getLogger("telecine").setLevel(logging.INFO)
