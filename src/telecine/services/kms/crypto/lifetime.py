"""The life of keys: made, described, tagged, switched off and on, and destroyed."""

import logging
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Connection

from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.tags import MAX_TAGS, Tags
from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.crypto.vault import Vault
from telecine.services.kms.model import (
    MAX_KEYS,
    Alias,
    Deletion,
    Key,
    KeyId,
    KeyPolicy,
    Page,
    PageRequest,
    Rotation,
)
from telecine.services.kms.states import KeyState, after
from telecine.services.kms.store import aliases as alias_store
from telecine.services.kms.store import keys as store

_log = logging.getLogger(__name__)

_AT_ONCE = 50
"""How many keys one transaction destroys."""


class Lifetime:
    """Makes and ends keys."""

    def __init__(self, ledger: Ledger, vault: Vault, ids: Ids, region: Region) -> None:
        self._ledger = ledger
        self._vault = vault
        self._ids = ids
        self._region = region

    def create(self, account: AccountId, policy: KeyPolicy, *, description: str, tags: Tags) -> Key:
        """A new customer managed key. Raises LimitExceededException."""
        new = self._new(account, policy, description=description, tags=tags)
        material = self._vault.new(new.id, new.version, new.created_at)

        def work(connection: Connection) -> None:
            if store.count(connection, account) >= MAX_KEYS:
                raise errors.beyond_quota(f"An account has at most {MAX_KEYS} keys.")
            store.add(connection, new, material)

        self._ledger.write(work)
        return new

    def create_managed(self, account: AccountId, policy: KeyPolicy, alias: str, *, description: str, days: int) -> Key:
        """The AWS managed key behind `alias`: a new one, unless somebody was quicker."""
        made = self._new(account, policy, description=description, is_managed=True, days=days)
        material = self._vault.new(made.id, made.version, made.created_at)

        def work(connection: Connection) -> Key:
            taken = alias_store.find(connection, account, alias)
            if taken is not None:
                return self._ledger.current(connection, taken.key_id, taken.arn)
            store.add(connection, made, material)
            moment = made.created_at
            new = Alias(
                account=account,
                region=self._region,
                name=alias,
                key_id=made.id,
                created_at=moment,
                updated_at=moment,
            )
            alias_store.add(connection, new)
            return self._ledger.current(connection, made.id, made.arn)

        return self._ledger.write(work)

    def describe(self, key: Key, description: str) -> None:
        def work(connection: Connection, current: Key) -> None:
            store.set_description(connection, current.id, description)

        self._ledger.change("UpdateKeyDescription", key, work)

    def tag(self, key: Key, tags: Tags) -> None:
        """Write tags, in place of those with the same keys. Raises LimitExceededException."""

        def work(connection: Connection, current: Key) -> None:
            merged = {**current.tags, **tags}
            if len(merged) > MAX_TAGS:
                raise errors.beyond_quota(f"A key has at most {MAX_TAGS} tags.")
            store.set_tags(connection, current.id, merged)

        self._ledger.change("TagResource", key, work)

    def untag(self, key: Key, names: Collection[str]) -> None:
        """Remove the tags with these keys; keys that are not there are no error."""

        def work(connection: Connection, current: Key) -> None:
            left = {name: value for name, value in current.tags.items() if name not in names}
            store.set_tags(connection, current.id, left)

        self._ledger.change("UntagResource", key, work)

    def enable(self, key: Key) -> None:
        self._move("EnableKey", key)

    def disable(self, key: Key) -> None:
        self._move("DisableKey", key)

    def cancel_deletion(self, key: Key) -> None:
        """The key stays, disabled."""
        self._move("CancelKeyDeletion", key)

    def schedule_deletion(self, key: Key, days: int) -> Deletion:
        """The key goes after so many days, and with it whatever only it can decrypt."""
        deletion = Deletion(days=days, at=self._ledger.now() + timedelta(days=days))
        self._move("ScheduleKeyDeletion", key, deletion)
        return deletion

    def page(self, account: AccountId, wanted: PageRequest) -> Page[Key]:
        """The account's keys by id."""
        moment = self._ledger.now()
        return self._ledger.page(
            "ListKeys",
            account,
            wanted,
            lambda connection, start, limit: store.page(connection, account, self._region, moment, start, limit),
            lambda key: key.id,
        )

    def tags(self, key: Key, wanted: PageRequest) -> Page[tuple[str, str]]:
        """The key's tags as (key, value), by key."""
        numbered = list(enumerate(sorted(key.tags.items()), 1))
        # A marker holds a position, because a key may be longer than a marker.
        page = self._ledger.page(
            f"ListResourceTags|{key.id}",
            key.account,
            wanted,
            lambda _connection, start, limit: numbered[int(start or 0) :][:limit],
            lambda entry: str(entry[0]),
        )
        return Page(items=[tag for _, tag in page.items], marker=page.marker)

    def destroy_due(self) -> None:
        """Destroy the keys whose waiting period is over, with their material, for ever."""
        moment = self._ledger.now()

        def work(connection: Connection) -> list[str]:
            due = store.due_for_deletion(connection, moment, _AT_ONCE)
            for key in due:
                store.destroy(connection, key.id)
            return [key.arn for key in due]

        while gone := self._ledger.write(work):
            for arn in gone:
                _log.warning("%s was deleted: its waiting period is over.", arn)

    def _move(self, operation: str, key: Key, deletion: Deletion | None = None) -> None:
        """Change the key's state as the table says."""

        def work(connection: Connection, current: Key) -> None:
            state = after(operation, current.arn, current.state)
            store.set_state(connection, current.id, state, deletion)

        self._ledger.change(operation, key, work)

    def _new(
        self,
        account: AccountId,
        policy: KeyPolicy,
        *,
        description: str,
        tags: Tags | None = None,
        is_managed: bool = False,
        days: int | None = None,
    ) -> Key:
        moment = self._ledger.now()
        return Key(
            id=KeyId(self._ids.uuid()),
            account=account,
            region=self._region,
            created_at=moment,
            policy=policy,
            description=description,
            state=KeyState.ENABLED,
            is_managed=is_managed,
            tags=tags or {},
            rotation=None if days is None else Rotation(days=days, next_at=moment + timedelta(days=days)),
        )
