"""Ids that are the same in every run."""

import random
import threading

from telecine.core.ids import Ids


def seeded_ids(seed: int = 0) -> Ids:
    """Ids and secrets from a pseudo-random source: equal seeds give equal sequences. Never for production."""
    source = random.Random(seed)
    mutex = threading.Lock()

    def random_bytes(size: int) -> bytes:
        with mutex:
            return source.randbytes(size)

    return Ids(random_bytes)
