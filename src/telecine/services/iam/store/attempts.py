"""Who failed to sign in, and how often: shared by every process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from telecine.services.iam.tables import SIGN_IN_ATTEMPTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Failures:
    """How often a subject failed."""

    count: int
    last_at: datetime


def of(connection: Connection, subjects: Sequence[str]) -> dict[str, Failures]:
    """The failures of those of `subjects` that have any."""
    rows = connection.execute(select(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.subject.in_(subjects)))
    return {row.subject: Failures(count=row.failures, last_at=row.last_failed_at) for row in rows}


def put(connection: Connection, subject: str, failures: Failures) -> None:
    """Write what a subject's failures are now."""
    values = {"failures": failures.count, "last_failed_at": failures.last_at}
    mine = SIGN_IN_ATTEMPTS.c.subject == subject
    if connection.execute(update(SIGN_IN_ATTEMPTS).where(mine).values(**values)).rowcount == 0:
        connection.execute(insert(SIGN_IN_ATTEMPTS).values(subject=subject, **values))


def forget(connection: Connection, subject: str) -> None:
    """The subject has not failed."""
    connection.execute(delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.subject == subject))


def purge(connection: Connection, before: datetime) -> None:
    """Forget everybody whose last failure lies before that moment."""
    connection.execute(delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.last_failed_at < before))
