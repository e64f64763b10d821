"""Long-term access keys of users and of the root user."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId
from telecine.policy import Principal, PrincipalKind
from telecine.seal import RootKey
from telecine.services.contract import Caller, SigningKey
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.model import (
    AccessKey,
    NewAccessKey,
    Page,
    PageRequest,
    StoredKey,
    User,
    canonical_id,
    root_arn,
)


class Keys:
    """The keys of the account. Where a `user` is asked for, None stands for the root user."""

    def __init__(self, ledger: Ledger, root_key: RootKey, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._root_key = root_key
        self._clock = clock
        self._ids = ids

    def create(self, account: AccountId, user: User | None) -> NewAccessKey:
        """A new active key; its secret cannot be read again. Raises `LimitExceeded`, `NoSuchEntity`."""
        new = self.draw(user)

        def work(connection: Connection) -> None:
            if user is not None and store.USERS.by_id(connection, user.unique_id) is None:
                raise errors.no_such(user.kind, user.name)
            if store.keys.count(connection, account, user) >= quotas.ACCESS_KEYS_PER_USER:
                raise errors.beyond_quota("AccessKeysPerUser", quotas.ACCESS_KEYS_PER_USER)
            self.insert(connection, account, user, new)

        self._ledger.write(work)
        return new

    def draw(self, user: User | None) -> NewAccessKey:
        """Fresh random credentials, not stored yet."""
        return NewAccessKey(
            key=AccessKey(
                access_key_id=self._ids.access_key_id(),
                user_name=None if user is None else user.name,
                is_active=True,
                created_at=self._clock.now().replace(microsecond=0),
            ),
            secret_access_key=self._ids.secret_access_key(),
        )

    def insert(self, connection: Connection, account: AccountId, user: User | None, new: NewAccessKey) -> None:
        """Store what `draw` drew, the secret sealed."""
        about = _about(new.key.access_key_id)
        sealed = self._root_key.wrap(new.secret_access_key.encode(), about=about)
        store.keys.create(connection, new.key, account=account, user=user, sealed_secret=sealed)

    def page(self, account: AccountId, user: User | None, wanted: PageRequest) -> Page[AccessKey]:
        """The keys, by id."""
        owner = "root" if user is None else user.unique_id
        return self._ledger.page(
            f"ListAccessKeys|{account}|{owner}",
            wanted,
            lambda connection, after, limit: store.keys.page(connection, account, user, after=after, limit=limit),
            lambda key: key.access_key_id,
        )

    def set_active(self, account: AccountId, user: User | None, access_key_id: str, *, is_active: bool) -> None:
        """Switch a key on or off, from the next request on. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            if not store.keys.set_active(connection, account, user, access_key_id, is_active=is_active):
                raise errors.no_such_key(access_key_id)

        self._ledger.write(work)

    def delete(self, account: AccountId, user: User | None, access_key_id: str) -> None:
        """Remove a key for good. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            if not store.keys.remove(connection, account, user, access_key_id):
                raise errors.no_such_key(access_key_id)

        self._ledger.write(work)

    def signing_key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        """The key with its secret and its caller; None when there is no such key."""
        stored = store.keys.signing(self._ledger.rows, access_key_id)
        if stored is None:
            return None
        secret = self._root_key.unwrap(stored.sealed_secret, about=_about(access_key_id))
        return SigningKey(
            access_key_id=access_key_id,
            secret_access_key=secret.decode(),
            caller=_root_caller(stored) if stored.user is None else _user_caller(stored, stored.user),
            is_active=stored.is_active,
        )


def _about(access_key_id: AccessKeyId) -> str:
    return f"iam/access-key/{access_key_id}"


# Condition keys by kind of caller: IAM user guide, "Where you can use policy variables" (the table of request values).


def _user_caller(stored: StoredKey, user: User) -> Caller:
    return Caller(
        principal=Principal(
            kind=PrincipalKind.USER,
            arn=user.arn,
            account=user.account,
            unique_id=user.unique_id,
            canonical_id=canonical_id(user.account),
        ),
        user_id=user.unique_id,
        access_key_id=stored.access_key_id,
        identity_id=user.unique_id,
        context={
            "aws:PrincipalArn": user.arn,
            "aws:PrincipalAccount": user.account,
            "aws:PrincipalType": "User",
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": user.unique_id,
            "aws:username": user.name,
            **{f"aws:PrincipalTag/{key}": value for key, value in user.tags.items()},
        },
    )


def _root_caller(stored: StoredKey) -> Caller:
    arn = root_arn(stored.account)
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ROOT, arn=arn, account=stored.account, canonical_id=canonical_id(stored.account)
        ),
        user_id=stored.account,
        access_key_id=stored.access_key_id,
        context={
            "aws:PrincipalArn": arn,
            "aws:PrincipalAccount": stored.account,
            "aws:PrincipalType": "Account",
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": stored.account,
        },
    )
