"""Which key is meant: by its id, its ARN, an alias or an alias's ARN."""

import re

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId, Region
from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.model import ALIAS_PREFIX, Key, alias_arn, key_arn
from telecine.services.kms.store import keys as store

_KEY_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ACCOUNT = re.compile(r"[0-9]{12}")


class Lookup:
    """Finds keys."""

    def __init__(self, ledger: Ledger, region: Region) -> None:
        self._ledger = ledger
        self._region = region

    def find(self, account: AccountId, key_id: str) -> Key:
        """The key that somebody of `account` means. Ids and alias names are the account's own, ARNs of any.

        Raises NotFoundException.
        """
        if not key_id.startswith("arn:"):
            return self._resource(account, key_id if key_id.startswith(ALIAS_PREFIX) else f"key/{key_id}", key_id)
        try:
            arn = Arn.parse(key_id)
        except MalformedArn as error:
            raise errors.invalid_key_id(key_id) from error
        if str(Arn.of("kms", arn.account, arn.resource, region=self._region)) != key_id:
            raise errors.invalid_key_id(key_id)
        if not _ACCOUNT.fullmatch(arn.account):
            raise errors.invalid_key_id(key_id)
        return self._resource(AccountId(arn.account), arn.resource, key_id)

    def by_id(self, key_id: str) -> Key | None:
        """The key of that id, of whatever account; None when there is none."""
        found = store.now(self._ledger.database, key_id)
        return found if self._ledger.is_there(found) else None

    def by_alias(self, account: AccountId, name: str) -> Key | None:
        found = store.behind_alias(self._ledger.database, account, name)
        return found if self._ledger.is_there(found) else None

    def _resource(self, account: AccountId, resource: str, given: str) -> Key:
        if resource.startswith(ALIAS_PREFIX):
            behind = self.by_alias(account, resource)
            if behind is None:
                raise errors.no_such_alias(alias_arn(account, self._region, resource))
            return behind
        kind, _, name = resource.partition("/")
        if kind != "key" or not _KEY_ID.fullmatch(name):
            raise errors.invalid_key_id(given)
        found = self.by_id(name)
        if found is None or found.account != account:
            raise errors.no_such_key(key_arn(account, self._region, name))
        return found


def requested_alias(key_id: str) -> str | None:
    """The alias by which a request names a key (`kms:RequestAlias`); None when it names the key itself."""
    name = key_id.split(":", 5)[-1] if key_id.startswith("arn:") else key_id
    return name if name.startswith(ALIAS_PREFIX) else None
