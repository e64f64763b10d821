"""Keys: found, used, and asked for."""

from collections.abc import Mapping

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.policy import Context
from telecine.seal import RootKey
from telecine.services.contract import Caller, Need
from telecine.services.iam.directory.current_policies import Principals
from telecine.services.kms import errors
from telecine.services.kms.crypto.aliases import Aliases
from telecine.services.kms.crypto.authority import Asked, Authority
from telecine.services.kms.crypto.grants import Grants
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.crypto.lifetime import Lifetime
from telecine.services.kms.crypto.lookup import Lookup
from telecine.services.kms.crypto.policies import Policies, delegating, of_service
from telecine.services.kms.crypto.rotation import Rotations
from telecine.services.kms.crypto.vault import Vault
from telecine.services.kms.model import (
    MANAGED_ROTATION_DAYS,
    RESERVED_PREFIX,
    DataKey,
    Decrypted,
    Encrypted,
    Key,
    KeyId,
    KeyPolicy,
    alias_arn,
)

SERVICES = ("s3",)
"""Services that have an AWS managed key here: `alias/aws/s3`."""


class Keys:
    """Every account's keys in one database."""

    def __init__(
        self,
        database: Database,
        root_key: RootKey,
        clock: Clock,
        ids: Ids,
        pages: PageTokens,
        principals: Principals,
        region: Region,
    ) -> None:
        """`principals` knows whom key policies and grants mean."""
        ledger = Ledger(database, clock, pages)
        self.region = region
        self._vault = Vault(ledger, root_key, ids)
        self._lookup = Lookup(ledger, region)
        self.policies = Policies(ledger, principals)
        self.authority = Authority(database, self.policies)
        self.lifetime = Lifetime(ledger, self._vault, ids, region)
        self.aliases = Aliases(ledger, region)
        self.grants = Grants(ledger, principals, PageTokens(root_key.derive("grant-tokens")), ids)
        self.rotations = Rotations(ledger, self._vault)

    def resolve(self, account: AccountId, key_id: str) -> Key:
        """The key that somebody of `account` means by its id, its ARN, an alias or an alias's ARN.

        Ids and alias names are of the account's own keys, ARNs of any. `alias/aws/s3` is made when it is not there yet
        (KMS API reference, "DescribeKey"). Raises NotFoundException.
        """
        for service in SERVICES:
            name = f"{RESERVED_PREFIX}{service}"
            if key_id in {name, alias_arn(account, self.region, name)}:
                return self.managed(account, service)
        return self._lookup.find(account, key_id)

    def managed(self, account: AccountId, service: str = "s3") -> Key:
        """The account's AWS managed key for the service, made on first use."""
        name = f"{RESERVED_PREFIX}{service}"
        found = self._lookup.by_alias(account, name)
        if found is not None:
            return found
        return self.lifetime.create_managed(
            account,
            KeyPolicy(text=of_service(account, self.region, service)),
            name,
            description=f"Default key that protects my {service.upper()} objects when no other key is defined",
            days=MANAGED_ROTATION_DAYS,
        )

    def material_id(self, key: Key) -> str:
        """Which material encrypts now. Raises NotFoundException."""
        return self._vault.current(key).material_id

    def create(
        self, account: AccountId, *, policy: KeyPolicy | None = None, description: str = "", tags: Tags | None = None
    ) -> Key:
        """A new key, enabled; without a policy it leaves the word to its account. Raises LimitExceededException."""
        policy = policy or KeyPolicy(text=delegating(account))
        return self.lifetime.create(account, policy, description=description, tags=tags or {})

    def need(
        self,
        action: str,
        key: Key,
        caller: Caller,
        *,
        encryption_context: Mapping[str, str],
        via: str | None = None,
        alias: str | None = None,
        context: Context | None = None,
    ) -> Need:
        """What must be allowed for `action` (`kms:Decrypt`) on the key, by its policy or a grant.

        `via` is the service that asks on the caller's behalf (`s3.us-east-1.amazonaws.com`), `alias` how the request
        named the key, `context` further condition keys.
        """
        asked = Asked(encryption_context=encryption_context, alias=alias, via=via, context=context or {})
        return self.authority.need(action, key, caller, asked)

    def key_of(self, blob: bytes) -> Key:
        """The key that a ciphertext names, before anything of it is verified.

        Raises InvalidCiphertextException, NotFoundException.
        """
        return self.by_id(self.key_id_of(blob))

    def key_id_of(self, blob: bytes) -> KeyId:
        """The id of the key that a ciphertext names, be there such a key or not. Raises InvalidCiphertextException."""
        return KeyId(self._vault.locate(blob).key_id)

    def by_id(self, key_id: str) -> Key:
        """The key of that id, of whatever account. Raises NotFoundException."""
        found = self._lookup.by_id(key_id)
        if found is None:
            raise errors.no_such_key(key_id)
        return found

    def encrypt(
        self, key: Key, plaintext: bytes, encryption_context: Mapping[str, str], *, operation: str = "Encrypt"
    ) -> Encrypted:
        """`plaintext` under the key. Raises NotFoundException, DisabledException, KMSInvalidStateException."""
        return self._vault.encrypt(operation, key, plaintext, encryption_context)

    def generate_data_key(self, key: Key, encryption_context: Mapping[str, str], size: int = 32) -> DataKey:
        """`size` new random bytes, plain and under the key. Raises as `encrypt`."""
        return self._vault.data_key(key, encryption_context, size)

    def decrypt(self, blob: bytes, encryption_context: Mapping[str, str], *, operation: str = "Decrypt") -> Decrypted:
        """What a ciphertext holds.

        Raises InvalidCiphertextException (for another encryption context as well), NotFoundException,
        DisabledException, KMSInvalidStateException.
        """
        return self._vault.decrypt(operation, blob, encryption_context)

    def random(self, size: int) -> bytes:
        """`size` random bytes."""
        return self._vault.random(size)

    def tend(self) -> None:
        """What the calendar asks for: destroy keys whose waiting period is over, rotate those whose day has come."""
        self.lifetime.destroy_due()
        self.rotations.rotate_due()
