"""Grants."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select

from telecine.core.names import AccountId, UniqueId
from telecine.db import Database
from telecine.services.kms.model import Constraints, Grant, KeyId, Named
from telecine.services.kms.tables import GRANTS, KEYS

_FOR_CALLER = (
    select(GRANTS)
    .where(
        GRANTS.c.key_id == bindparam("wanted"),
        # Whoever is meant by a unique id is meant by that alone: a namesake is somebody else.
        or_(
            GRANTS.c.grantee_id == bindparam("unique_id"),
            GRANTS.c.grantee_id.is_(None)
            & GRANTS.c.grantee.in_((bindparam("arn"), bindparam("account"), bindparam("root"))),
        ),
    )
    .order_by(GRANTS.c.grant_id)
)


def for_caller(
    database: Database, key_id: str, *, unique_id: str, arn: str, account: str, root: str
) -> Sequence[Grant]:
    """The key's grants for whoever has one of these names, outside of any transaction; an empty name is nobody's."""
    rows = database.rows(_FOR_CALLER, wanted=key_id, unique_id=unique_id, arn=arn, account=account, root=root)
    return [_grant(row) for row in rows]


def find(connection: Connection, grant_id: str) -> Grant | None:
    row = connection.execute(select(GRANTS).where(GRANTS.c.grant_id == grant_id)).one_or_none()
    return None if row is None else _grant(row)


def named(connection: Connection, key_id: str, name: str) -> Sequence[Grant]:
    """The key's grants of that name."""
    query = select(GRANTS).where(GRANTS.c.key_id == key_id, GRANTS.c.name == name)
    return [_grant(row) for row in connection.execute(query.order_by(GRANTS.c.grant_id))]


def count(connection: Connection, key_id: str) -> int:
    return connection.execute(select(func.count()).where(GRANTS.c.key_id == key_id)).scalar_one()


def count_for(connection: Connection, key_id: str, grantee: Named) -> int:
    """How many the key has for that principal."""
    query = select(func.count()).where(
        GRANTS.c.key_id == key_id, GRANTS.c.grantee == grantee.arn, GRANTS.c.grantee_id == grantee.unique_id
    )
    return connection.execute(query).scalar_one()


def add(connection: Connection, grant: Grant) -> None:
    retiree = grant.retiree
    connection.execute(
        insert(GRANTS).values(
            grant_id=grant.id,
            key_id=grant.key_id,
            name=grant.name,
            grantee=grant.grantee.arn,
            grantee_id=grant.grantee.unique_id,
            retiree=None if retiree is None else retiree.arn,
            retiree_id=None if retiree is None else retiree.unique_id,
            operations=list(grant.operations),
            constraints={"equals": _copy(grant.constraints.equals), "subset": _copy(grant.constraints.subset)},
            issued_by=grant.issued_by,
            created_at=grant.created_at,
        )
    )


def remove(connection: Connection, grant_id: str) -> None:
    connection.execute(delete(GRANTS).where(GRANTS.c.grant_id == grant_id))


def page(
    connection: Connection, key_id: str, grant_id: str | None, grantee: Named | None, after: str, limit: int
) -> Sequence[Grant]:
    """The key's grants by id, from behind `after`; only the one of that id, or those for that principal."""
    query = select(GRANTS).where(GRANTS.c.key_id == key_id, GRANTS.c.grant_id > after)
    if grant_id is not None:
        query = query.where(GRANTS.c.grant_id == grant_id)
    if grantee is not None:
        # Of an id that is None SQLAlchemy makes IS NULL.
        query = query.where(GRANTS.c.grantee_id == grantee.unique_id)
        if grantee.arn != grantee.unique_id:
            query = query.where(GRANTS.c.grantee == grantee.arn)
    return [_grant(row) for row in connection.execute(query.order_by(GRANTS.c.grant_id).limit(limit))]


def retirable(connection: Connection, retiree: Named, after: str, limit: int) -> Sequence[tuple[Grant, str]]:
    """The grants that the principal may retire, by id, each with the account of its key."""
    query = (
        select(GRANTS, KEYS.c.account.label("owner"))
        .join(KEYS, KEYS.c.key_id == GRANTS.c.key_id)
        .where(GRANTS.c.retiree == retiree.arn, GRANTS.c.retiree_id == retiree.unique_id, GRANTS.c.grant_id > after)
    )
    rows = connection.execute(query.order_by(GRANTS.c.grant_id).limit(limit))
    return [(_grant(row), row.owner) for row in rows]


def _copy(pairs: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if pairs is None else dict(pairs)


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        id=row.grant_id,
        key_id=KeyId(row.key_id),
        grantee=_named(row.grantee, row.grantee_id),
        operations=tuple(row.operations),
        issued_by=AccountId(row.issued_by),
        created_at=row.created_at,
        name=row.name,
        retiree=None if row.retiree is None else _named(row.retiree, row.retiree_id),
        constraints=Constraints(equals=row.constraints["equals"], subset=row.constraints["subset"]),
    )


def _named(arn: str, unique_id: str | None) -> Named:
    return Named(arn=arn, unique_id=None if unique_id is None else UniqueId(unique_id))
