"""What belongs to the account as a whole: its input policy, and the certificates it has associated."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from telecine.core.names import AccountId
from telecine.db import Database
from telecine.services.mediaconvert.model import InputPolicy
from telecine.services.mediaconvert.tables import CERTIFICATES, INPUT_POLICIES

_POLICY = select(INPUT_POLICIES.c.s3, INPUT_POLICIES.c.http, INPUT_POLICIES.c.https).where(
    INPUT_POLICIES.c.account == bindparam("the_account")
)


def input_policy(database: Database, account: AccountId) -> InputPolicy | None:
    """Read with every CreateJob, hence by the shortest way."""
    for row in database.rows(_POLICY, the_account=account):
        return InputPolicy(s3=bool(row.s3), http=bool(row.http), https=bool(row.https))
    return None


def put_input_policy(connection: Connection, account: AccountId, policy: InputPolicy) -> None:
    """In place of the one before."""
    remove_input_policy(connection, account)
    connection.execute(
        insert(INPUT_POLICIES).values(account=account, s3=policy.s3, http=policy.http, https=policy.https)
    )


def remove_input_policy(connection: Connection, account: AccountId) -> None:
    """That there is none is no error."""
    connection.execute(delete(INPUT_POLICIES).where(INPUT_POLICIES.c.account == account))


def add_certificate(connection: Connection, account: AccountId, arn: str, now: datetime) -> None:
    """One that is there stays as it is."""
    known = connection.execute(
        select(CERTIFICATES.c.arn).where(CERTIFICATES.c.account == account, CERTIFICATES.c.arn == arn)
    ).first()
    if known is None:
        connection.execute(insert(CERTIFICATES).values(account=account, arn=arn, created_at=now))


def remove_certificate(connection: Connection, account: AccountId, arn: str) -> bool:
    """False when there is no such association."""
    gone = connection.execute(delete(CERTIFICATES).where(CERTIFICATES.c.account == account, CERTIFICATES.c.arn == arn))
    return gone.rowcount == 1


def certificates(connection: Connection, account: AccountId) -> list[str]:
    """The ARNs that the account has associated, in alphabetical order."""
    found = connection.execute(
        select(CERTIFICATES.c.arn).where(CERTIFICATES.c.account == account).order_by(CERTIFICATES.c.arn)
    )
    return list(found.scalars())
