"""The data keys of objects: made when an object or an upload begins, opened when its bytes are read.

Every object has its own. It is kept sealed: under the root key (SSE-S3), or under a KMS key (SSE-KMS); with SSE-C it is
derived from the customer's key, of which nothing is kept but a salted HMAC.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telecine.core.ids import Ids
from telecine.seal import RootKey
from telecine.services.s3 import errors, sse, sse_errors
from telecine.services.s3.encryption import CustomerKey, Encryption, Method
from telecine.services.s3.model import Bucket
from telecine.services.s3.packets import KEY_BYTES
from telecine.services.s3.sse import Wish


@dataclass(frozen=True, kw_only=True, slots=True)
class DataKey:
    """The key to the bytes of one object, or of the parts of one upload."""

    owner: str
    """The id of the object or upload."""
    plaintext: bytes = field(repr=False)
    encryption: Encryption
    """What is kept of it; of a new one of SSE-S3 without the sealed key, which `DataKeys.kept` adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How an object that is about to be written is to be encrypted."""

    method: Method = Method.S3
    customer: CustomerKey | None = None
    """SSE-C: the key."""


class DataKeys:
    """Makes and opens data keys."""

    def __init__(self, root_key: RootKey, ids: Ids) -> None:
        self._root_key = root_key
        self._ids = ids

    def plan(self, wish: Wish, bucket: Bucket) -> Plan:
        """How an object in `bucket` is to be encrypted: as its writer wishes, else as the bucket has it."""
        if wish.method is Method.KMS:
            raise errors.not_implemented(sse.HEADER, wish.method)
        return Plan(method=wish.method or bucket.encryption.method, customer=wish.customer)

    def make(self, owner: str, plan: Plan) -> DataKey:
        """A new key for the object or upload with the id `owner`."""
        if plan.customer is not None:
            return self._derived(owner, plan.customer)
        return DataKey(owner=owner, plaintext=self._ids.random(KEY_BYTES), encryption=Encryption(method=Method.S3))

    def kept(self, data_key: DataKey) -> Encryption:
        """What a row keeps of a new key. To be asked for just before it is written.

        An upload may take hours, and a root key that was exchanged meanwhile must not be needed for what comes then.
        """
        if data_key.encryption.method is not Method.S3:
            return data_key.encryption
        sealed = self._root_key.wrap(data_key.plaintext, about=_about(data_key.owner))
        return replace(data_key.encryption, sealed_key=sealed)

    def open(self, owner: str, encryption: Encryption, customer: CustomerKey | None) -> DataKey:
        """The key to the bytes of the object or upload `owner`; `customer` is the key that came with the request.

        Raises `BrokenSeal`, and AccessDenied, InvalidRequest for a customer's key that is wrong, missing or not
        wanted.
        """
        check_customer(encryption, customer)
        if customer is not None:
            assert encryption.salt is not None
            plaintext = _derive(customer, owner, encryption.salt)
        else:
            assert encryption.sealed_key is not None
            plaintext = self._root_key.unwrap(encryption.sealed_key, about=_about(owner))
        return DataKey(owner=owner, plaintext=plaintext, encryption=encryption)

    def _derived(self, owner: str, customer: CustomerKey) -> DataKey:
        salt = self._ids.random(KEY_BYTES)
        kept = Encryption(method=Method.CUSTOMER, salt=salt, check=_check(customer, salt))
        return DataKey(owner=owner, plaintext=_derive(customer, owner, salt), encryption=kept)


def check_customer(encryption: Encryption | None, customer: CustomerKey | None) -> None:
    """Raise unless `customer` is the key that the object is encrypted with, or None for one that needs none.

    Raises AccessDenied, InvalidRequest.
    """
    is_needed = encryption is not None and encryption.method is Method.CUSTOMER
    if customer is None:
        if is_needed:
            raise sse_errors.customer_key_missing()
        return
    if encryption is None or encryption.salt is None or encryption.check is None:
        raise sse_errors.customer_key_not_applicable()
    if not hmac.compare_digest(_check(customer, encryption.salt), encryption.check):
        raise sse_errors.customer_key_wrong()


def _check(customer: CustomerKey, salt: bytes) -> bytes:
    return hmac.digest(customer.key, b"telecine/s3/customer-key" + salt, hashlib.sha256)


def _derive(customer: CustomerKey, owner: str, salt: bytes) -> bytes:
    info = b"telecine/s3/customer-object/" + owner.encode()
    return HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(customer.key)


def _about(owner: str) -> str:
    """What the root key seals an object's data key as."""
    return f"s3/object/{owner}"
