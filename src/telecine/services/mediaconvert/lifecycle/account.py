"""What belongs to the account as a whole: its input policy and its certificates."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.names import AccountId
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.model import InputPolicy
from telecine.services.mediaconvert.store import account as store

_EVERYTHING = InputPolicy()


class InputPolicies:
    """From where the inputs of an account's jobs may come."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, account: AccountId) -> InputPolicy:
        """The policy of `account`; everything is allowed where there is none. One indexed read."""
        return store.input_policy(self._db, account) or _EVERYTHING

    def put(self, account: AccountId, policy: InputPolicy) -> None:
        """In place of the one before."""
        self._db.write(lambda connection: store.put_input_policy(connection, account, policy))

    def delete(self, account: AccountId) -> None:
        """Back to everything is allowed. That there is no policy is no error."""
        self._db.write(lambda connection: store.remove_input_policy(connection, account))


class Certificates:
    """ACM certificates that an account has associated: key servers may encrypt content keys for them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def associate(self, account: AccountId, arn: str) -> None:
        """Once or again."""
        self._db.write(lambda connection: store.add_certificate(connection, account, arn, self._clock.now()))

    def disassociate(self, account: AccountId, arn: str) -> None:
        """Raises NotFoundException when it is not associated."""

        def work(connection: Connection) -> None:
            if not store.remove_certificate(connection, account, arn):
                raise errors.certificate_not_found(arn)

        self._db.write(work)

    def of(self, account: AccountId) -> list[str]:
        """The ARNs of those that are associated."""
        with self._db.read() as connection:
            return store.certificates(connection, account)
