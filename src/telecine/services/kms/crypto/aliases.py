"""Names for keys."""

from sqlalchemy import Connection

from telecine.core.names import AccountId, Region
from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.model import (
    ALIAS_PREFIX,
    MAX_ALIASES,
    RESERVED_PREFIX,
    Alias,
    Key,
    Page,
    PageRequest,
    alias_arn,
    key_arn,
)
from telecine.services.kms.states import after
from telecine.services.kms.store import aliases as store
from telecine.services.kms.store import keys as key_store


class Aliases:
    """Every account's aliases."""

    def __init__(self, ledger: Ledger, region: Region) -> None:
        self._ledger = ledger
        self._region = region

    def find(self, account: AccountId, name: str) -> Alias | None:
        with self._ledger.database.read() as connection:
            return store.find(connection, account, name)

    def create(self, key: Key, name: str) -> None:
        """Raises InvalidAliasNameException, AlreadyExistsException, LimitExceededException, and as every change."""
        arn = self._own(key.account, name)

        def work(connection: Connection, current: Key) -> None:
            taken = store.find(connection, current.account, name)
            if taken is not None:
                raise errors.alias_exists(arn, key_arn(taken.account, taken.region, taken.key_id))
            _check_room(connection, current)
            moment = self._ledger.now()
            new = Alias(
                account=current.account,
                region=self._region,
                name=name,
                key_id=current.id,
                created_at=moment,
                updated_at=moment,
            )
            store.add(connection, new)

        self._ledger.change("CreateAlias", key, work)

    def point(self, key: Key, name: str) -> None:
        """Let the alias name `key`. Raises NotFoundException, LimitExceededException, and as every change."""
        arn = self._own(key.account, name)

        def work(connection: Connection, current: Key) -> None:
            alias = store.find(connection, current.account, name)
            if alias is None:
                raise errors.no_such_alias(arn)
            if alias.key_id != current.id:
                _check_room(connection, current)
            store.point(connection, current.account, name, current.id, self._ledger.now())

        self._ledger.change("UpdateAlias", key, work)

    def delete(self, account: AccountId, name: str) -> None:
        """Raises NotFoundException, InvalidAliasNameException."""
        arn = self._own(account, name)

        def work(connection: Connection) -> None:
            alias = store.find(connection, account, name)
            if alias is None:
                raise errors.no_such_alias(arn)
            key = key_store.find(connection, alias.key_id)
            if key is not None:
                after("DeleteAlias", key.arn, key.state)
            store.remove(connection, account, name)

        self._ledger.write(work)

    def page(self, account: AccountId, key: Key | None, wanted: PageRequest) -> Page[Alias]:
        """The account's aliases by name; those of one key unless it is None."""
        key_id = None if key is None else key.id
        return self._ledger.page(
            f"ListAliases|{key_id or ''}",
            account,
            wanted,
            lambda connection, start, limit: store.page(connection, account, key_id, start, limit),
            lambda alias: alias.name,
        )

    def _own(self, account: AccountId, name: str) -> str:
        """The alias's ARN, if an account may have an alias of that name."""
        arn = alias_arn(account, self._region, name)
        if not name.startswith(ALIAS_PREFIX) or name == ALIAS_PREFIX:
            raise errors.alias_without_prefix()
        if ":" in name:
            raise errors.invalid_alias(name)
        if name.startswith(RESERVED_PREFIX):
            raise errors.reserved_alias(arn)
        return arn


def _check_room(connection: Connection, key: Key) -> None:
    if store.count(connection, key.id) >= MAX_ALIASES:
        raise errors.beyond_quota(f"A key has at most {MAX_ALIASES} aliases.")
