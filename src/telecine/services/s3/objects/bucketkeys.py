"""S3 Bucket Keys: a key of the bucket, sealed by KMS, from which the data keys of its objects are derived.

It is kept for a while, so that KMS is not asked for every object (S3 user guide, "Reducing the cost of SSE-KMS with
Amazon S3 Bucket Keys"). What the caller may, and whether the KMS key is in a state to be used, is looked at every time.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telecine.core.clock import Clock
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import Key
from telecine.services.kms.states import KeyState

_LIFE = timedelta(minutes=5)
_MOST = 256
"""How many are kept, of those to write with and of those to read with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketKey:
    """The key of one bucket, for one KMS key and one encryption context."""

    plaintext: bytes = field(repr=False)
    blob: bytes = field(repr=False)
    """What is kept with every object."""
    until: datetime


class BucketKeys:
    """Those of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._known: OrderedDict[Hashable, BucketKey] = OrderedDict()

    def newest(self, keys: Keys, key: Key, context: Mapping[str, str]) -> BucketKey:
        """The one to write with; `key` as it is now. Raises what `Keys.generate_data_key` raises."""
        name = ("write", key.id, key.version, frozenset(context.items()))
        found = self._find(name) if key.state is KeyState.ENABLED else None
        if found is not None:
            return found
        made = keys.generate_data_key(key, context)
        return self._keep(name, made.plaintext, made.blob)

    def open(self, keys: Keys, blob: bytes, context: Mapping[str, str]) -> bytes:
        """The one in `blob`. Raises what `Keys.decrypt` raises."""
        name = ("read", blob, frozenset(context.items()))
        found = self._find(name)
        if found is not None and keys.key_of(blob).state is KeyState.ENABLED:
            return found.plaintext
        return self._keep(name, keys.decrypt(blob, context).plaintext, blob).plaintext

    def _find(self, name: Hashable) -> BucketKey | None:
        with self._mutex:
            found = self._known.get(name)
        return found if found is not None and self._clock.now() < found.until else None

    def _keep(self, name: Hashable, plaintext: bytes, blob: bytes) -> BucketKey:
        kept = BucketKey(plaintext=plaintext, blob=blob, until=self._clock.now() + _LIFE)
        with self._mutex:
            self._known[name] = kept
            self._known.move_to_end(name)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return kept
