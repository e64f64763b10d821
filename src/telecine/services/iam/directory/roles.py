"""Roles and their trust policies, whose principals are remembered by unique id."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from telecine.core.arn import Arn, MalformedArn
from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, UniqueId
from telecine.core.tags import Tags
from telecine.policy import invalid_principal
from telecine.services.iam import errors, store
from telecine.services.iam.directory import documents, principals
from telecine.services.iam.directory.boundaries import require_boundary
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.naming import require_room
from telecine.services.iam.directory.permissions import require_no_policies, require_unprotected
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.model import SERVICE_LINKED_PATH, Kind, Page, PageRequest, Role

DEFAULT_SESSION_SECONDS = 3600


class Roles:
    """The roles of the account."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self.tagging: Tagging[Role] = Tagging(ledger, "role", find=required_role, save=_save_tags)

    def create(
        self,
        account: AccountId,
        name: str,
        trust_policy: str,
        *,
        path: str = "/",
        description: str | None = None,
        max_session_seconds: int = DEFAULT_SESSION_SECONDS,
        tags: Tags | None = None,
        boundary_arn: str | None = None,
    ) -> Role:
        """A new role without permissions.

        Raises `MalformedPolicyDocument`, `EntityAlreadyExists`, `LimitExceeded`; `InvalidInput` for a path that
        services keep for their own roles; `NoSuchEntity`, `ValidationError` for a boundary that is none.
        """
        if path.startswith(SERVICE_LINKED_PATH):
            raise errors.service_role_path(SERVICE_LINKED_PATH)
        role = replace(
            self.draw(account, name, trust_policy, path=path, description=description, tags=tags),
            max_session_seconds=max_session_seconds,
            boundary_arn=boundary_arn,
        )
        return self._ledger.write(lambda connection: self.insert(connection, role))

    def draw(
        self,
        account: AccountId,
        name: str,
        trust_policy: str,
        *,
        path: str,
        description: str | None = None,
        tags: Tags | None = None,
    ) -> Role:
        """A role that is not stored yet. Raises `MalformedPolicyDocument`, `LimitExceeded`."""
        documents.check_trust(trust_policy)
        return Role(
            unique_id=self._ids.unique_id("AROA"),
            kind=Kind.ROLE,
            account=account,
            name=name,
            path=path,
            created_at=self._clock.now().replace(microsecond=0),
            tags=tags or {},
            trust_policy=trust_policy,
            trust_principals={},
            description=description,
            max_session_seconds=DEFAULT_SESSION_SECONDS,
        )

    def insert(self, connection: Connection, role: Role) -> Role:
        """Store what `draw` drew, its principals bound. Raises as `create` does."""
        require_room(connection, Kind.ROLE, role.account, role.name)
        require_boundary(connection, role.account, role.boundary_arn)
        bound = replace(role, trust_principals=_bind(connection, role.trust_policy))
        store.insert_role(connection, bound)
        return bound

    def set_trust_policy(self, account: AccountId, name: str, trust_policy: str) -> None:
        """Put another trust policy in place, in which whoever stands in the present one may stay though gone.

        Raises `NoSuchEntity`, `UnmodifiableEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
        """
        documents.check_trust(trust_policy)

        def work(connection: Connection) -> None:
            role = required_role(connection, account, name)
            require_unprotected(role)
            bound = _bind(connection, trust_policy, role.trust_principals.values())
            changes = {"trust_policy": trust_policy, "trust_principals": bound}
            store.ROLES.update(connection, role.unique_id, changes)

        self._ledger.write(work)

    def update(
        self,
        account: AccountId,
        name: str,
        *,
        description: str | None = None,
        max_session_seconds: int | None = None,
    ) -> None:
        """Another description or longest session; None leaves it as it is. Raises `NoSuchEntity`.

        `UnmodifiableEntity` for the sessions of a service's own role; its description may be changed (IAM user guide,
        "Update a service-linked role").
        """

        def work(connection: Connection) -> None:
            role = required_role(connection, account, name)
            changes: dict[str, object] = {}
            if description is not None:
                changes["description"] = description
            if max_session_seconds is not None:
                require_unprotected(role)
                changes["max_session_seconds"] = max_session_seconds
            if changes:
                store.ROLES.update(connection, role.unique_id, changes)

        self._ledger.write(work)

    def find(self, account: AccountId, name: str) -> Role | None:
        """The role of that name, written in whatever case."""
        with self._ledger.read() as connection:
            return _current(connection, store.ROLES.find(connection, account, name))

    def get(self, account: AccountId, name: str) -> Role:
        """The role of that name. Raises `NoSuchEntity`."""
        role = self.find(account, name)
        if role is None:
            raise errors.no_such(Kind.ROLE, name)
        return role

    def tags_of(self, arn: str) -> Tags:
        """The tags of the role with exactly that ARN, none when there is no such role. One short read, as every job
        passes a role."""
        try:
            parsed = Arn.parse(arn)
        except MalformedArn:
            return {}
        name = parsed.resource.rpartition("/")[2]
        role = store.ROLES.named_now(self._ledger.rows, AccountId(parsed.account), name)
        return role.tags if role is not None and role.arn == arn else {}

    def by_arn(self, arn: str) -> Role | None:
        """The role with exactly that ARN, path and case included; None also for what is no ARN of a role."""
        try:
            parsed = Arn.parse(arn)
        except MalformedArn:
            return None
        role = self.find(AccountId(parsed.account), parsed.resource.rpartition("/")[2])
        return role if role is not None and role.arn == arn else None

    def by_id(self, unique_id: str) -> Role | None:
        """The role with that unique id."""
        with self._ledger.read() as connection:
            return _current(connection, store.ROLES.by_id(connection, unique_id))

    def behind(self, unique_id: str) -> Role | None:
        """The role with that unique id for what a session of it needs, in one read: its trust policy is as written."""
        return store.ROLES.now(self._ledger.rows, unique_id)

    def page(self, account: AccountId, path_prefix: str, wanted: PageRequest) -> Page[Role]:
        """Roles whose path begins with `path_prefix`, by name."""
        return self._ledger.page(
            f"ListRoles|{account}|{path_prefix}",
            wanted,
            lambda connection, after, limit: current_roles(
                connection,
                store.ROLES.page(connection, account, path_prefix=path_prefix, after=after, limit=limit),
            ),
            lambda role: role.name.lower(),
        )

    def delete(self, account: AccountId, name: str) -> None:
        """Remove a role on which nothing hangs any more. Raises `NoSuchEntity`, `DeleteConflict`, …."""

        def work(connection: Connection) -> None:
            role = required_role(connection, account, name)
            require_unprotected(role)
            require_no_policies(connection, role)
            if store.instance_profiles.of_roles(connection, [role.unique_id]):
                raise errors.in_instance_profile()
            store.ROLES.delete(connection, role.unique_id)

        self._ledger.write(work)


def required_role(connection: Connection, account: AccountId, name: str) -> Role:
    """The role of that name, written in whatever case, its trust policy as it was written. Raises `NoSuchEntity`."""
    role = store.ROLES.find(connection, account, name)
    if role is None:
        raise errors.no_such(Kind.ROLE, name)
    return role


def _save_tags(connection: Connection, role: Role, tags: Tags) -> None:
    # Tags of a service's own role may be changed: Terraform's aws_iam_service_linked_role has some.
    store.ROLES.update(connection, role.unique_id, {"tags": tags})


def _current(connection: Connection, role: Role | None) -> Role | None:
    return None if role is None else current_roles(connection, [role])[0]


def current_roles(connection: Connection, roles: Sequence[Role]) -> list[Role]:
    """The roles with their trust policies as they read now that some principals may be gone."""
    texts = principals.current(connection, [(role.trust_policy, role.trust_principals) for role in roles])
    return [
        role if text == role.trust_policy else replace(role, trust_policy=text)
        for role, text in zip(roles, texts, strict=True)
    ]


def _bind(connection: Connection, trust_policy: str, known: Collection[UniqueId] = ()) -> dict[str, UniqueId]:
    """The unique ids of the users and roles that a trust policy names. Raises when one does not exist."""
    try:
        return principals.bind(connection, trust_policy, known)
    except principals.UnknownPrincipal as unknown:
        raise errors.malformed_policy(invalid_principal("AWS", unknown.principal).message) from unknown
