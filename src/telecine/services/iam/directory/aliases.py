"""Account aliases: a name of the account's own, to sign in with. Of this server, as AWS's are of all of AWS."""

from sqlalchemy import Connection

from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger


class Aliases:
    """The alias that each account may have."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def create(self, account: AccountId, alias: str) -> None:
        """Give the account that alias, in place of the one it had. Raises `EntityAlreadyExists`, `ValidationError`.

        IAM user guide, "Creating, deleting, and listing an AWS account alias".
        """
        if len(alias) == 12 and alias.isdecimal():
            raise errors.alias_like_account(alias)

        def work(connection: Connection) -> None:
            if store.accounts.by_alias(connection, alias) is not None:
                raise errors.alias_exists(alias)
            store.details.set_alias(connection, account, alias)

        self._ledger.write(work)

    def of(self, account: AccountId) -> str | None:
        """The account's alias; None: it has none."""
        with self._ledger.read() as connection:
            found = store.accounts.find(connection, account)
        return None if found is None else found.alias

    def delete(self, account: AccountId, alias: str) -> None:
        """Take the account's alias away. Raises `NoSuchEntity` when it is not the account's."""

        def work(connection: Connection) -> None:
            holder = store.accounts.by_alias(connection, alias)
            if holder is None or holder.account != account:
                raise errors.no_such_alias(alias)
            store.details.set_alias(connection, account, None)

        self._ledger.write(work)
