"""What hangs on a user or role: inline policies and attached managed ones."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update

from telecine.services.iam.model import AttachedPolicy, Identity, ManagedPolicy
from telecine.services.iam.store.entities import begins_with
from telecine.services.iam.tables import ATTACHMENTS, INLINE_POLICIES, POLICIES, POLICY_VERSIONS


def put_inline(connection: Connection, identity: Identity, name: str, document: str) -> None:
    """Write an inline policy, in place of the one of that name if there is one."""
    mine = (INLINE_POLICIES.c.identity_id == identity.unique_id, INLINE_POLICIES.c.name == name)
    changed = connection.execute(update(INLINE_POLICIES).where(*mine).values(document=document))
    if changed.rowcount == 0:
        connection.execute(insert(INLINE_POLICIES).values(identity_id=identity.unique_id, name=name, document=document))


def inline(connection: Connection, identity_id: str) -> list[tuple[str, str]]:
    """Every inline policy as (name, document), by name."""
    rows = connection.execute(
        select(INLINE_POLICIES.c.name, INLINE_POLICIES.c.document)
        .where(INLINE_POLICIES.c.identity_id == identity_id)
        .order_by(INLINE_POLICIES.c.name)
    )
    return [(row.name, row.document) for row in rows]


def inline_document(connection: Connection, identity: Identity, name: str) -> str | None:
    """The text of one inline policy."""
    text: str | None = connection.execute(
        select(INLINE_POLICIES.c.document).where(
            INLINE_POLICIES.c.identity_id == identity.unique_id, INLINE_POLICIES.c.name == name
        )
    ).scalar()
    return text


def inline_names(connection: Connection, identity: Identity, *, after: str, limit: int) -> list[str]:
    """Up to `limit` names of inline policies behind the name `after`."""
    rows = connection.execute(
        select(INLINE_POLICIES.c.name)
        .where(INLINE_POLICIES.c.identity_id == identity.unique_id, INLINE_POLICIES.c.name > after)
        .order_by(INLINE_POLICIES.c.name)
        .limit(limit)
    )
    return list(rows.scalars())


def delete_inline(connection: Connection, identity: Identity, name: str) -> bool:
    """Whether there was such an inline policy to delete."""
    changed = connection.execute(
        delete(INLINE_POLICIES).where(
            INLINE_POLICIES.c.identity_id == identity.unique_id, INLINE_POLICIES.c.name == name
        )
    )
    return changed.rowcount == 1


def attach(connection: Connection, identity: Identity, policy: ManagedPolicy) -> None:
    """Attach `policy`, which is not attached yet."""
    connection.execute(
        insert(ATTACHMENTS).values(
            identity_id=identity.unique_id,
            policy_arn=policy.arn,
            policy_name=policy.name,
            policy_path=policy.path,
            account=identity.account,
        )
    )


def is_attached(connection: Connection, identity: Identity, arn: str) -> bool:
    """Whether the policy hangs on the identity."""
    query = select(ATTACHMENTS.c.policy_arn).where(
        ATTACHMENTS.c.identity_id == identity.unique_id, ATTACHMENTS.c.policy_arn == arn
    )
    return connection.execute(query).first() is not None


def detach(connection: Connection, identity: Identity, arn: str) -> bool:
    """Whether the policy was attached."""
    changed = connection.execute(
        delete(ATTACHMENTS).where(ATTACHMENTS.c.identity_id == identity.unique_id, ATTACHMENTS.c.policy_arn == arn)
    )
    return changed.rowcount == 1


def attached_count(connection: Connection, identity: Identity) -> int:
    """How many managed policies hang on the identity."""
    query = select(func.count()).select_from(ATTACHMENTS).where(ATTACHMENTS.c.identity_id == identity.unique_id)
    return int(connection.execute(query).scalar_one())


def attached(connection: Connection, identity: Identity, *, path_prefix: str) -> list[AttachedPolicy]:
    """The attached policies whose path begins with `path_prefix`, in no order."""
    rows = connection.execute(
        select(ATTACHMENTS.c.policy_name, ATTACHMENTS.c.policy_arn).where(
            ATTACHMENTS.c.identity_id == identity.unique_id,
            begins_with(ATTACHMENTS.c.policy_path, path_prefix),
        )
    )
    return [AttachedPolicy(name=row.policy_name, arn=row.policy_arn) for row in rows]


def attached_documents(connection: Connection, identity_id: str) -> Sequence[tuple[str, str | None]]:
    """Every attached policy as (ARN, text of the default version), by ARN; None for policies that are no rows."""
    rows = connection.execute(
        select(ATTACHMENTS.c.policy_arn, POLICY_VERSIONS.c.document)
        .select_from(
            ATTACHMENTS.outerjoin(POLICIES, POLICIES.c.arn == ATTACHMENTS.c.policy_arn).outerjoin(
                POLICY_VERSIONS,
                (POLICY_VERSIONS.c.policy_id == POLICIES.c.policy_id)
                & (POLICY_VERSIONS.c.number == POLICIES.c.default_version),
            )
        )
        .where(ATTACHMENTS.c.identity_id == identity_id)
        .order_by(ATTACHMENTS.c.policy_arn)
    )
    return [(row.policy_arn, row.document) for row in rows]
