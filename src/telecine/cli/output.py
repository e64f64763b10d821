"""Standard output, as long as somebody reads it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def until_enough() -> Iterator[None]:
    """Whoever reads may stop reading (`telecine events | head`): the command then ends, quietly and with success."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would be flushed at the end, and complained about.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
