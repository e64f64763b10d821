"""The principals of resource policies: remembered by unique id, so that a namesake inherits nothing.

IAM user guide, "AWS JSON policy elements: Principal": the ARN of a user or role in a policy is turned into its unique
id when the policy is written, and back when it is shown; once the entity is gone, the id is shown, and nobody is named.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from telecine.core.arn import Arn, MalformedArn
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId, UniqueId
from telecine.services.iam import store
from telecine.services.iam.directory import documents
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.model import Identity, Kind, canonical_id

Bound = Mapping[str, UniqueId]
"""Principal as written in a policy -> the unique id of the user or role that was meant."""


class UnknownPrincipal(TelecineError):
    """A policy names an account, user or role that does not exist on this server."""

    def __init__(self, principal: str) -> None:
        super().__init__(f"There is no {principal}.")
        self.principal = principal


class Principals:
    """Who is meant by the principals of policies that stand on resources."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def generation(self) -> int:
        """IAM's: who is meant under one number is meant until the next."""
        return self._ledger.generation()

    def bind(self, text: str, known: Collection[UniqueId] = ()) -> dict[str, UniqueId]:
        """The unique ids of the users and roles that a policy names, of whatever account.

        `known` are those that the policy in its place shows: whoever is gone may stay in it. Raises
        `UnknownPrincipal` for one that does not exist, and for an account that is not on this server.
        """
        with self._ledger.read() as connection:
            return bind(connection, text, known)

    def current(self, text: str, bound: Bound) -> str:
        """The policy as it reads now that some of its principals may be gone."""
        with self._ledger.read() as connection:
            return current(connection, [(text, bound)])[0]


def bind(connection: Connection, text: str, known: Collection[UniqueId] = ()) -> dict[str, UniqueId]:
    """As `Principals.bind`, in the transaction of `connection`."""
    bound: dict[str, UniqueId] = {}
    for principal in documents.principals(text):
        if principal == "*":
            continue
        account = _account(principal)
        if account is not None:
            if store.accounts.created_at(connection, account) is None:
                raise UnknownPrincipal(principal)
            continue  # accounts are never deleted: nothing to remember
        unique_id = _by_unique_id(connection, principal, known) or _entity(connection, principal)
        if unique_id is None:
            raise UnknownPrincipal(principal)
        bound[principal] = unique_id
    strangers = set(documents.canonical_users(text))
    if strangers:
        strangers -= {canonical_id(account.account) for account in store.accounts.every(connection)}
    if strangers:
        raise UnknownPrincipal(min(strangers))
    return bound


def current(connection: Connection, policies: Sequence[tuple[str, Bound]]) -> list[str]:
    """As `Principals.current`, for many policies at once."""
    alive = store.living(connection, {unique_id for _, bound in policies for unique_id in bound.values()})
    return [
        documents.with_principals(
            text,
            {written: documents.current_name(written, unique_id, alive.get) for written, unique_id in bound.items()},
        )
        for text, bound in policies
    ]


def _account(principal: str) -> AccountId | None:
    """The account that a principal names as a whole, by its number or as `…:root`, or a federated user of it.

    None for an identity that IAM keeps.
    """
    if len(principal) == 12 and principal.isdecimal():
        return AccountId(principal)
    try:
        arn = Arn.parse(principal)
    except MalformedArn:
        return None
    is_account = arn.service == "iam" and arn.resource == "root"
    # Federated users are nothing but a name in an account.
    is_federated = arn.service == "sts" and arn.resource.startswith("federated-user/")
    return AccountId(arn.account) if is_account or is_federated else None


def _by_unique_id(connection: Connection, principal: str, known: Collection[UniqueId]) -> UniqueId | None:
    found = documents.by_unique_id(principal)
    if found is None:
        return None
    unique_id = found[0]
    return unique_id if unique_id in known or unique_id in store.living(connection, [unique_id]) else None


def _entity(connection: Connection, principal: str) -> UniqueId | None:
    try:
        arn = Arn.parse(principal)
    except MalformedArn:
        return None
    account = AccountId(arn.account)
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "sts" and kind == "assumed-role":
        name = rest.partition("/")[0]
        role = store.ROLES.find(connection, account, name)
        return role.unique_id if role is not None and role.name == name else None
    name = rest.rpartition("/")[2]
    entity: Identity | None = None
    if kind == Kind.USER:
        entity = store.USERS.find(connection, account, name)
    elif kind == Kind.ROLE:
        entity = store.ROLES.find(connection, account, name)
    return entity.unique_id if entity is not None and entity.arn == principal else None
