"""Data keys without a KMS."""

from collections.abc import Callable, Mapping

from telecine.engine.keys import KeyRefused


class KeyRing:
    """`engine.keys.DataKeys` that opens what it has sealed itself."""

    def __init__(self) -> None:
        self._keys: dict[bytes, tuple[bytes, dict[str, str]]] = {}
        self.refuse: Callable[[bytes], Exception | None] = lambda _blob: None
        """Answers with an error to raise, or None."""

    def seal(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """A blob that stands for `key` with this encryption context."""
        blob = b"sealed key %d" % len(self._keys)
        self._keys[blob] = (key, dict(context))
        return blob

    def decrypt(self, blob: bytes, context: Mapping[str, str], region: str | None) -> bytes:
        refused = self.refuse(blob)
        if refused is not None:
            raise refused
        key, sealed_for = self._keys.get(blob, (b"", None))
        if sealed_for != dict(context):
            raise KeyRefused("InvalidCiphertextException")
        return key
