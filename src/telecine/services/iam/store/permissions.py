"""What hangs on a user, group or role: inline policies, attached managed ones, and the one that limits it."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
)

from telecine.core.names import AccountId
from telecine.services.iam.model import AttachedPolicy, Identity, ManagedPolicy, Role, User
from telecine.services.iam.store.entities import ROLES as ROLE_ROWS
from telecine.services.iam.store.entities import USERS as USER_ROWS
from telecine.services.iam.store.entities import Rows, begins_with
from telecine.services.iam.tables import (
    ATTACHMENTS,
    GROUPS,
    INLINE_POLICIES,
    MEMBERSHIPS,
    POLICIES,
    POLICY_VERSIONS,
    ROLES,
    USERS,
)


class Effective(NamedTuple):
    """The policies that count for an identity, its own and its groups', in no order."""

    inline: Sequence[tuple[str, str, str]]
    """(name of the group, or empty; name of the policy; text)."""
    attached: Sequence[tuple[str, str | None]]
    """(ARN, text of the default version), once or more for each ARN; None for policies that are no rows."""
    boundary: tuple[str, str | None] | None
    """(ARN, text of the default version) of the policy that limits it."""


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


def effective(rows: Rows, identity_id: str) -> Effective:
    """Whatever counts for the user, group or role with that unique id: nothing when there is none."""
    inline: list[tuple[str, str, str]] = []
    attached: list[tuple[str, str | None]] = []
    boundary: tuple[str, str | None] | None = None
    for part, group_name, name, document in rows(EFFECTIVE, wanted=identity_id):
        if part == _INLINE:
            inline.append((group_name, name, document))
        elif part == _ATTACHED:
            attached.append((name, document))
        else:
            boundary = (name, document)
    return Effective(inline=inline, attached=attached, boundary=boundary)


def set_boundary(connection: Connection, identity: User | Role, arn: str | None) -> None:
    """Limit the user or role by that policy, in place of another; None: by none."""
    rows = USER_ROWS if isinstance(identity, User) else ROLE_ROWS
    rows.update(connection, identity.unique_id, {"boundary_arn": arn})


def boundary_counts(connection: Connection, account: AccountId, arns: Collection[str]) -> dict[str, int]:
    """How many users and roles of the account each of these policies limits; policies without any are absent."""
    counts: dict[str, int] = {}
    for table in (USERS, ROLES):
        rows = connection.execute(
            select(table.c.boundary_arn, func.count().label("limited"))
            .where(table.c.account == account, table.c.boundary_arn.in_(arns))
            .group_by(table.c.boundary_arn)
        )
        for row in rows:
            counts[row.boundary_arn] = counts.get(row.boundary_arn, 0) + row.limited
    return counts


# Selects side by side rather than an OR: then both databases go by index, however many users there are. They are one
# statement, built once: every identity is read anew after a write, and each statement costs as much as its rows.

_INLINE, _ATTACHED, _BOUNDARY = "inline", "attached", "boundary"


def _part(
    part: str,
    source: FromClause,
    holder: ColumnElement[str],
    name: ColumnElement[str],
    *,
    group_name: ColumnElement[str] | None = None,
) -> Select[Any]:
    """The policies of one kind: which part of `Effective` they are, whose group's, their name or ARN, their text."""
    document = INLINE_POLICIES.c.document
    if part != _INLINE:
        document = POLICY_VERSIONS.c.document
        source = source.outerjoin(POLICIES, POLICIES.c.arn == name).outerjoin(
            POLICY_VERSIONS,
            (POLICY_VERSIONS.c.policy_id == POLICIES.c.policy_id)
            & (POLICY_VERSIONS.c.number == POLICIES.c.default_version),
        )
    nobodys = literal_column("''", Text)
    return (
        select(
            literal_column(f"'{part}'", Text).label("part"),
            (nobodys if group_name is None else group_name).label("group_name"),
            name.label("name"),
            document.label("document"),
        )
        .select_from(source)
        .where(holder == bindparam("wanted"), name.is_not(None))
    )


EFFECTIVE: CompoundSelect[Any] = union_all(
    _part(_INLINE, INLINE_POLICIES, INLINE_POLICIES.c.identity_id, INLINE_POLICIES.c.name),
    _part(
        _INLINE,
        MEMBERSHIPS.join(GROUPS).join(INLINE_POLICIES, INLINE_POLICIES.c.identity_id == MEMBERSHIPS.c.group_id),
        MEMBERSHIPS.c.user_id,
        INLINE_POLICIES.c.name,
        group_name=GROUPS.c.name,
    ),
    _part(_ATTACHED, ATTACHMENTS, ATTACHMENTS.c.identity_id, ATTACHMENTS.c.policy_arn),
    _part(
        _ATTACHED,
        MEMBERSHIPS.join(ATTACHMENTS, ATTACHMENTS.c.identity_id == MEMBERSHIPS.c.group_id),
        MEMBERSHIPS.c.user_id,
        ATTACHMENTS.c.policy_arn,
    ),
    _part(_BOUNDARY, USERS, USERS.c.user_id, USERS.c.boundary_arn),
    _part(_BOUNDARY, ROLES, ROLES.c.role_id, ROLES.c.boundary_arn),
)
"""What `effective` asks; each part goes by index."""
