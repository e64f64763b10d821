"""The material of keys: made, sealed under the root key, and used. It is plain within one call alone."""

from collections.abc import Mapping
from datetime import datetime

from telecine.core.ids import Ids
from telecine.seal import RootKey
from telecine.services.kms import errors
from telecine.services.kms.blobs import MATERIAL_BYTES, RANDOM_BYTES, Damaged, NoBlob, Place, locate, open_blob, seal
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.model import DataKey, Decrypted, Encrypted, Key, KeyId, Material, RotationType
from telecine.services.kms.states import after
from telecine.services.kms.store import keys as store


class Vault:
    """Encrypts and decrypts with whatever key is in a state for it."""

    def __init__(self, ledger: Ledger, root_key: RootKey, ids: Ids) -> None:
        self._ledger = ledger
        self._root_key = root_key
        self._ids = ids

    def new(self, key_id: KeyId, version: int, moment: datetime, rotation: RotationType | None = None) -> Material:
        """New material, sealed, not stored yet."""
        about = _about(key_id, version)
        return Material(
            key_id=key_id,
            version=version,
            material_id=self._ids.token(32),
            sealed=self._root_key.wrap(self._ids.random(MATERIAL_BYTES), about=about),
            created_at=moment,
            rotation=rotation,
        )

    def encrypt(self, operation: str, wanted: Key, plaintext: bytes, context: Mapping[str, str]) -> Encrypted:
        """`plaintext` under the newest material of the key, if its state as it is now allows `operation`.

        Raises NotFoundException, DisabledException, KMSInvalidStateException.
        """
        key, material = self._armed(wanted)
        after(operation, key.arn, key.state)
        blob = seal(
            self._plain(material),
            Place(key.id, material.version),
            plaintext,
            context,
            randomness=self._ids.random(RANDOM_BYTES),
        )
        return Encrypted(blob=blob, key=key, material_id=material.material_id)

    def data_key(self, wanted: Key, context: Mapping[str, str], size: int) -> DataKey:
        """`size` random bytes, plain and encrypted. Raises as `encrypt`."""
        plaintext = self._ids.random(size)
        sealed = self.encrypt("GenerateDataKey", wanted, plaintext, context)
        return DataKey(plaintext=plaintext, blob=sealed.blob, key=sealed.key, material_id=sealed.material_id)

    def decrypt(self, operation: str, blob: bytes, context: Mapping[str, str]) -> Decrypted:
        """What the ciphertext holds.

        Raises InvalidCiphertextException, NotFoundException, DisabledException, KMSInvalidStateException.
        """
        place = self.locate(blob)
        found = store.armed_with(self._ledger.database, place.key_id, place.version)
        if found is None or not self._ledger.is_there(found.key):
            raise errors.no_such_key(place.key_id)
        key, material = found
        after(operation, key.arn, key.state)
        if material is None:
            raise errors.invalid_ciphertext()
        try:
            plaintext = open_blob(self._plain(material), blob, context)
        except (Damaged, NoBlob) as error:
            raise errors.invalid_ciphertext() from error
        return Decrypted(plaintext=plaintext, key=key, material_id=material.material_id)

    @staticmethod
    def locate(blob: bytes) -> Place:
        """What a ciphertext says of itself. Raises InvalidCiphertextException."""
        try:
            return locate(blob)
        except NoBlob as error:
            raise errors.invalid_ciphertext() from error

    def current(self, key: Key) -> Material:
        """The material that encrypts now. Raises NotFoundException."""
        return self._armed(key)[1]

    def random(self, size: int) -> bytes:
        return self._ids.random(size)

    def _armed(self, wanted: Key) -> tuple[Key, Material]:
        found = store.armed(self._ledger.database, wanted.id)
        if found is None or not self._ledger.is_there(found.key) or found.material is None:
            raise errors.no_such_key(wanted.arn)
        return found.key, found.material

    def _plain(self, material: Material) -> bytes:
        return self._root_key.unwrap(material.sealed, about=_about(material.key_id, material.version))


def _about(key_id: str, version: int) -> str:
    return f"kms/{key_id}/{version}"
