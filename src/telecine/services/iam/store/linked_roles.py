"""Which service-linked roles were deleted, by the task that did it."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from telecine.core.names import AccountId
from telecine.services.iam.tables import ROLE_DELETIONS


def note_deletion(connection: Connection, account: AccountId, task_id: str, finished_at: datetime) -> None:
    """Write down that the task has deleted its role."""
    connection.execute(insert(ROLE_DELETIONS).values(task_id=task_id, account=account, finished_at=finished_at))


def is_deleted(connection: Connection, account: AccountId, task_id: str) -> bool:
    """Whether the account had such a task. All of them have succeeded."""
    query = select(ROLE_DELETIONS.c.task_id).where(
        ROLE_DELETIONS.c.account == account, ROLE_DELETIONS.c.task_id == task_id
    )
    return connection.execute(query).first() is not None
