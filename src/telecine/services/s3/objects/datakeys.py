"""The data keys of objects: made when an object or an upload begins, opened when its bytes are read.

Every object has its own. It is kept sealed: under the root key (SSE-S3), or under a KMS key (SSE-KMS); with SSE-C it is
derived from the customer's key, of which nothing is kept but a salted HMAC. With an S3 Bucket Key it is derived from a
key of the bucket, which KMS has sealed (`bucketkeys`).

KMS is asked on behalf of whoever asks S3. What they may is decided before the operation runs, by the needs that are
made here; the operation sees to it that what it does is what has been decided (`Need.pin`).
"""

import hashlib
import hmac
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from msgspec import structs

from telecine.core.clock import Clock
from telecine.core.derivation import derived
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.seal import RootKey
from telecine.services.contract import Caller, Need
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import Key
from telecine.services.s3 import errors, sse
from telecine.services.s3.encryption import CustomerKey, Encryption, Method
from telecine.services.s3.errors import sse as sse_errors
from telecine.services.s3.model import Bucket, StoredObject, Upload, bucket_arn, object_arn
from telecine.services.s3.objects.bucketkeys import BucketKeys
from telecine.services.s3.packets import KEY_BYTES
from telecine.services.s3.sse import Wish

_ARN = "aws:s3:arn"
"""The pair that S3 adds to every encryption context (S3 user guide, "Encryption context")."""
MANAGED_KEY = "alias/aws/s3"


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
    key: Key | None = None
    """SSE-KMS: the KMS key."""
    given: Mapping[str, str] = field(default_factory=dict)
    """SSE-KMS: the pairs of the encryption context that the writer gave."""
    arn: str = ""
    """SSE-KMS: what S3 adds to them: the object, with an S3 Bucket Key the bucket."""
    has_bucket_key: bool = False

    @property
    def context(self) -> Mapping[str, str]:
        """The whole encryption context."""
        return {**self.given, _ARN: self.arn}


class DataKeys:
    """Makes and opens data keys."""

    def __init__(self, root_key: RootKey, ids: Ids, clock: Clock, keys: Keys | None) -> None:
        """`keys`: None where there is no KMS."""
        self._root_key = root_key
        self._ids = ids
        self._keys = keys
        self._bucket_keys = BucketKeys(clock)

    def plan(self, wish: Wish, bucket: Bucket, key: str, account: AccountId) -> Plan:
        """How the object `key` in `bucket` is to be encrypted: as its writer wishes, else as the bucket has it.

        A KMS key that is named by its id or an alias is one of the writer's `account`, which is empty for anonymous
        ones. Raises KMS.NotFoundException, InvalidArgument.
        """
        default = bucket.encryption
        method = wish.method or default.method
        if method is not Method.KMS:
            return Plan(method=method, customer=wish.customer)
        if not account:
            # Whoever signs nothing has no keys; looking for `aws/s3` would make one that belongs to nobody.
            raise sse_errors.signature_needed()
        key_id = (wish.key_id if wish.method is Method.KMS else default.key_id) or MANAGED_KEY
        has_bucket_key = default.has_bucket_key if wish.has_bucket_key is None else wish.has_bucket_key
        arn = bucket.arn if has_bucket_key else object_arn(bucket.name, key)
        if wish.context.get(_ARN, arn) != arn:
            raise sse_errors.invalid_context(sse.context_header(wish.context))
        with sse_errors.of_kms():
            found = self._kms.resolve(account, key_id)
        return Plan(method=method, key=found, given=wish.context, arn=arn, has_bucket_key=has_bucket_key)

    def make(self, owner: str, plan: Plan) -> DataKey:
        """A new key for the object or upload with the id `owner`.

        Raises KMS.DisabledException, KMS.KMSInvalidStateException, KMS.NotFoundException.
        """
        if plan.customer is not None:
            return self._derived(owner, plan.customer)
        if plan.key is None:
            return DataKey(owner=owner, plaintext=self._ids.random(KEY_BYTES), encryption=Encryption(method=Method.S3))
        with sse_errors.of_kms():
            if plan.has_bucket_key:
                made = self._bucket_keys.newest(self._kms, plan.key, plan.context)
                plaintext, blob = _of_bucket_key(made.plaintext, owner), made.blob
            else:
                data_key = self._kms.generate_data_key(plan.key, plan.context, KEY_BYTES)
                plaintext, blob = data_key.plaintext, data_key.blob
        kept = Encryption(
            method=Method.KMS,
            key_blob=blob,
            key_arn=plan.key.arn,
            context=plan.given,
            has_bucket_key=plan.has_bucket_key,
        )
        return DataKey(owner=owner, plaintext=plaintext, encryption=kept)

    def kept(self, data_key: DataKey) -> Encryption:
        """What a row keeps of a new key. To be asked for just before it is written.

        An upload may take hours, and a root key that was exchanged meanwhile must not be needed for what comes then.
        """
        if data_key.encryption.method is not Method.S3:
            return data_key.encryption
        sealed = self._root_key.wrap(data_key.plaintext, about=_about(data_key.owner))
        return replace(data_key.encryption, sealed_key=sealed)

    def open(self, of: StoredObject | Upload, encryption: Encryption, customer: CustomerKey | None) -> DataKey:
        """The key to the bytes `of` an object or upload; `customer` is the key that came with the request.

        Raises `BrokenSeal`; AccessDenied, InvalidRequest for a customer's key that is wrong, missing or not wanted;
        KMS.NotFoundException, KMS.DisabledException, KMS.KMSInvalidStateException, KMS.InvalidCiphertextException.
        """
        check_customer(encryption, customer)
        if customer is not None:
            assert encryption.salt is not None
            plaintext = _derive(customer, of.id, encryption.salt)
        elif encryption.key_blob is not None:
            context = _context(of, encryption)
            with sse_errors.of_kms():
                if encryption.has_bucket_key:
                    plaintext = self._bucket_keys.open(self._kms, encryption.key_blob, context)
                    plaintext = _of_bucket_key(plaintext, of.id)
                else:
                    plaintext = self._kms.decrypt(encryption.key_blob, context).plaintext
        else:
            assert encryption.sealed_key is not None
            plaintext = self._root_key.unwrap(encryption.sealed_key, about=_about(of.id))
        return DataKey(owner=of.id, plaintext=plaintext, encryption=encryption)

    def leave_to_make(self, plan: Plan, caller: Caller) -> tuple[Need, ...]:
        """What KMS must allow `caller` before `make`: nothing, but for SSE-KMS."""
        if plan.key is None:
            return ()
        return (self._need("kms:GenerateDataKey", plan.key, plan.context, caller),)

    def leave_to_add(self, plan: Plan, caller: Caller) -> tuple[Need, ...]:
        """What KMS must allow `caller` before it adds parts to an upload that is encrypted like that: `leave_to_open`,
        before there is an upload."""
        return () if plan.key is None else (self._need("kms:Decrypt", plan.key, plan.context, caller),)

    def leave_to_open(self, of: StoredObject | Upload, caller: Caller) -> tuple[Need, ...]:
        """What KMS must allow `caller` before `open`: nothing, but for SSE-KMS. Raises KMS.NotFoundException."""
        encryption = of.encryption
        if encryption is None or encryption.key_blob is None:
            return ()
        with sse_errors.of_kms():
            key = self._kms.key_of(encryption.key_blob)
        return (self._need("kms:Decrypt", key, _context(of, encryption), caller),)

    def _need(self, action: str, key: Key, context: Mapping[str, str], caller: Caller) -> Need:
        via = f"s3.{self._kms.region}.amazonaws.com"
        need = self._kms.need(action, key, caller, encryption_context=context, via=via)
        return structs.replace(need, pin=_pin(action, key.arn, context))

    @property
    def _kms(self) -> Keys:
        if self._keys is None:
            raise errors.not_implemented(sse.HEADER, Method.KMS)
        return self._keys

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


def check_decided(needs: tuple[Need, ...], pins: frozenset[Hashable]) -> None:
    """Raise ServiceUnavailable unless just these uses of keys have been allowed.

    Between decision and operation an object may be replaced, or an alias lead elsewhere: what then comes would be read
    or written with a key that nobody has decided on.
    """
    if any(need.pin not in pins for need in needs):
        raise sse_errors.changed_meanwhile()


def _context(of: StoredObject | Upload, encryption: Encryption) -> Mapping[str, str]:
    arn = bucket_arn(of.bucket) if encryption.has_bucket_key else object_arn(of.bucket, of.key)
    return {**encryption.context, _ARN: arn}


def _pin(action: str, key_arn: str, context: Mapping[str, str]) -> Hashable:
    return action, key_arn, frozenset(context.items())


def _of_bucket_key(bucket_key: bytes, owner: str) -> bytes:
    info = b"telecine/s3/bucket-key-object/" + owner.encode()
    return derived(bucket_key, info=info)


def _check(customer: CustomerKey, salt: bytes) -> bytes:
    return hmac.digest(customer.key, b"telecine/s3/customer-key" + salt, hashlib.sha256)


def _derive(customer: CustomerKey, owner: str, salt: bytes) -> bytes:
    info = b"telecine/s3/customer-object/" + owner.encode()
    return derived(customer.key, salt=salt, info=info)


def _about(owner: str) -> str:
    """What the root key seals an object's data key as."""
    return f"s3/object/{owner}"
