"""Instance profiles: what EC2 would take a role from.

Nothing here runs on EC2. They are kept because the tools that manage roles manage them too, and so that a role cannot
be deleted from under one.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.permissions import require_unprotected
from telecine.services.iam.directory.roles import current_roles, required_role
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.model import InstanceProfile, Kind, Page, PageRequest


class InstanceProfiles:
    """The instance profiles of the account."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self.tagging: Tagging[InstanceProfile] = Tagging(
            ledger, "instance-profile", find=_required, save=store.instance_profiles.set_tags
        )

    def create(self, account: AccountId, name: str, *, path: str = "/", tags: Tags | None = None) -> InstanceProfile:
        """A new profile without a role. Raises `EntityAlreadyExists`, `LimitExceeded`."""
        profile = InstanceProfile(
            unique_id=self._ids.unique_id("AIPA"),
            account=account,
            name=name,
            path=path,
            created_at=self._clock.now().replace(microsecond=0),
            tags=tags or {},
            role=None,
        )

        def work(connection: Connection) -> None:
            if store.instance_profiles.find(connection, account, name) is not None:
                raise errors.instance_profile_exists(name)
            if store.instance_profiles.count(connection, account) >= quotas.INSTANCE_PROFILES:
                raise errors.beyond_quota("InstanceProfilesPerAccount", quotas.INSTANCE_PROFILES)
            store.instance_profiles.create(connection, profile)

        self._ledger.write(work)
        return profile

    def find(self, account: AccountId, name: str) -> InstanceProfile | None:
        """The profile of that name, written in whatever case, with its role."""
        with self._ledger.read() as connection:
            profile = store.instance_profiles.find(connection, account, name)
            return None if profile is None else _current(connection, [profile])[0]

    def get(self, account: AccountId, name: str) -> InstanceProfile:
        """The profile of that name, with its role. Raises `NoSuchEntity`."""
        profile = self.find(account, name)
        if profile is None:
            raise errors.no_such_instance_profile(name)
        return profile

    def page(self, account: AccountId, path_prefix: str, wanted: PageRequest) -> Page[InstanceProfile]:
        """Profiles whose path begins with `path_prefix`, by name."""
        return self._ledger.page(
            f"ListInstanceProfiles|{account}|{path_prefix}",
            wanted,
            lambda connection, after, limit: _current(
                connection,
                store.instance_profiles.page(connection, account, path_prefix=path_prefix, after=after, limit=limit),
            ),
            lambda profile: profile.name.lower(),
        )

    def holding(self, account: AccountId, role_name: str, wanted: PageRequest) -> Page[InstanceProfile]:
        """The profiles that hold the role, by name. Raises `NoSuchEntity`."""

        def fetch(connection: Connection, after: str, limit: int) -> list[InstanceProfile]:
            role = required_role(connection, account, role_name)
            found = store.instance_profiles.holding(connection, role, after=after, limit=limit)
            return _current(connection, found)

        listing = f"ListInstanceProfilesForRole|{account}|{role_name.lower()}"
        return self._ledger.page(listing, wanted, fetch, lambda profile: profile.name.lower())

    def add_role(self, account: AccountId, name: str, role_name: str) -> None:
        """Put a role into a profile that holds none. Raises `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity`."""

        def work(connection: Connection) -> None:
            profile = _required(connection, account, name)
            role = required_role(connection, account, role_name)
            require_unprotected(role)
            if profile.role is not None:
                raise errors.beyond_quota("InstanceSessionsPerInstanceProfile", 1)
            store.instance_profiles.set_role(connection, profile, role)

        self._ledger.write(work)

    def remove_role(self, account: AccountId, name: str, role_name: str) -> None:
        """Take the role out of the profile. Raises `NoSuchEntity`, also when the profile holds another or none."""

        def work(connection: Connection) -> None:
            profile = _required(connection, account, name)
            role = required_role(connection, account, role_name)
            if profile.role is None or profile.role.unique_id != role.unique_id:
                raise errors.no_such(Kind.ROLE, role_name)
            store.instance_profiles.set_role(connection, profile, None)

        self._ledger.write(work)

    def delete(self, account: AccountId, name: str) -> None:
        """Remove a profile that holds no role. Raises `NoSuchEntity`, `DeleteConflict`."""

        def work(connection: Connection) -> None:
            profile = _required(connection, account, name)
            if profile.role is not None:
                raise errors.in_instance_profile()
            store.instance_profiles.remove(connection, profile)

        self._ledger.write(work)


def _required(connection: Connection, account: AccountId, name: str) -> InstanceProfile:
    profile = store.instance_profiles.find(connection, account, name)
    if profile is None:
        raise errors.no_such_instance_profile(name)
    return profile


def _current(connection: Connection, profiles: Sequence[InstanceProfile]) -> list[InstanceProfile]:
    """The profiles, the trust policies of their roles as they read now that some principals may be gone."""
    roles = [profile.role for profile in profiles if profile.role is not None]
    by_id = {role.unique_id: role for role in current_roles(connection, roles)}
    return [
        profile if profile.role is None else replace(profile, role=by_id[profile.role.unique_id])
        for profile in profiles
    ]
