"""Managed policies: AWS's own and the account's."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam import errors, store
from telecine.services.iam.directory import documents, quotas
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.policy_arns import find_policy, require_policy_arn
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.model import (
    AWS_ACCOUNT,
    CountedPolicy,
    Kind,
    ManagedPolicy,
    Page,
    PageRequest,
    PolicyEntity,
    PolicyUse,
    PolicyVersion,
)

_OWN, _OTHERS = "0", "1"
_BEYOND = 2**31 - 1
"""More than any version's number, and as much as the column holds."""


class Policies:
    """The managed policies that the account can use."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self.tagging: Tagging[ManagedPolicy] = Tagging(ledger, "policy", find=_required, save=_save_tags)

    def create(
        self,
        account: AccountId,
        name: str,
        document: str,
        *,
        path: str = "/",
        description: str | None = None,
        tags: Tags | None = None,
    ) -> ManagedPolicy:
        """A new policy, its text as version 1. Raises `MalformedPolicyDocument`, `EntityAlreadyExists`, …."""
        _check(document)
        now = self._clock.now().replace(microsecond=0)
        policy = ManagedPolicy(
            unique_id=self._ids.unique_id("ANPA"),
            account=account,
            name=name,
            path=path,
            description=description,
            created_at=now,
            updated_at=now,
            default_version=1,
            tags=tags or {},
        )

        def work(connection: Connection) -> None:
            if store.policies.by_name(connection, account, name) is not None:
                raise errors.policy_already_exists(name)
            if store.policies.count(connection, account) >= quotas.POLICIES:
                raise errors.beyond_quota("PoliciesPerAccount", quotas.POLICIES)
            store.policies.create(connection, policy, document)

        self._ledger.write(work)
        return policy

    def existing(self, account: AccountId, arn: str) -> ManagedPolicy | None:
        """The policy with that ARN, if there is one."""
        with self._ledger.read() as connection:
            return find_policy(connection, account, arn)

    def get(self, account: AccountId, arn: str) -> CountedPolicy:
        """The policy with that ARN. Raises `NoSuchEntity`, `InvalidInput`."""
        with self._ledger.read() as connection:
            policy = _required(connection, account, arn)
            counts = store.policies.attachment_counts(connection, account, [arn])
            limited = store.permissions.boundary_counts(connection, account, [arn])
        return CountedPolicy(policy=policy, attachments=counts.get(arn, 0), boundaries=limited.get(arn, 0))

    def text(self, account: AccountId, arn: str) -> str | None:
        """The default version's document; None when there is no such policy."""
        if arn in AWS_POLICIES:
            return AWS_POLICIES[arn].version.document
        with self._ledger.read() as connection:
            policy = find_policy(connection, account, arn)
            found = None
            if policy is not None:
                found = store.policies.version(connection, policy, policy.default_version)
        return None if found is None else found.document

    def version(self, account: AccountId, arn: str, version_id: str) -> PolicyVersion:
        """One version of a policy; of AWS's own the default one. Raises `NoSuchEntity`, `InvalidInput`."""
        with self._ledger.read() as connection:
            return _required_version(connection, _required(connection, account, arn), version_id)

    def versions(self, account: AccountId, arn: str, wanted: PageRequest) -> Page[PolicyVersion]:
        """The versions of a policy, newest first. Raises `NoSuchEntity`, `InvalidInput`."""

        def fetch(connection: Connection, after: str, limit: int) -> list[PolicyVersion]:
            policy = _required(connection, account, arn)
            if arn in AWS_POLICIES:
                return [AWS_POLICIES[arn].version]
            below = int(after) if after else _BEYOND
            return store.policies.versions(connection, policy, below=below, limit=limit)

        listing = f"ListPolicyVersions|{account}|{arn}"
        return self._ledger.page(listing, wanted, fetch, lambda version: str(version.number))

    def add_version(self, account: AccountId, arn: str, document: str, *, as_default: bool) -> PolicyVersion:
        """Another text of a policy. Raises `MalformedPolicyDocument`, `NoSuchEntity`, `LimitExceeded`, ….

        Its number is one more than that of any version before, deleted ones counted.
        """
        _check(document)
        now = self._clock.now().replace(microsecond=0)

        def work(connection: Connection) -> PolicyVersion:
            policy = _required_own(connection, account, arn)
            if store.policies.version_count(connection, policy) >= quotas.VERSIONS_PER_POLICY:
                raise errors.too_many_versions(quotas.VERSIONS_PER_POLICY)
            number = store.policies.add_version(connection, policy, document, now)
            if as_default:
                store.policies.set_default_version(connection, policy, number)
            return PolicyVersion(number=number, document=document, is_default=as_default, created_at=now)

        return self._ledger.write(work)

    def set_default_version(self, account: AccountId, arn: str, version_id: str) -> None:
        """Let that version count from the next request on. Raises `NoSuchEntity`, `InvalidInput`, `AccessDenied`."""

        def work(connection: Connection) -> None:
            policy = _required_own(connection, account, arn)
            version = _required_version(connection, policy, version_id)
            store.policies.set_default_version(connection, policy, version.number)

        self._ledger.write(work)

    def delete_version(self, account: AccountId, arn: str, version_id: str) -> None:
        """Remove a version other than the default one. Raises `NoSuchEntity`, `DeleteConflict`, `AccessDenied`, …."""

        def work(connection: Connection) -> None:
            policy = _required_own(connection, account, arn)
            version = _required_version(connection, policy, version_id)
            if version.is_default:
                raise errors.delete_conflict("Cannot delete the default version of a policy.")
            store.policies.remove_version(connection, policy, version.number)

        self._ledger.write(work)

    def entities(
        self,
        account: AccountId,
        arn: str,
        *,
        kinds: frozenset[Kind],
        only: PolicyUse | None,
        path_prefix: str,
        wanted: PageRequest,
    ) -> Page[PolicyEntity]:
        """Who has the policy: groups, then users, then roles, each by name. Raises `NoSuchEntity`, `InvalidInput`.

        `only` leaves out those that do not have it so; `path_prefix` is of their own paths.
        """

        def fetch(connection: Connection, after: str, limit: int) -> list[PolicyEntity]:
            _required(connection, account, arn)
            found: list[PolicyEntity] = []
            for place, kind in enumerate(store.policies.ENTITY_ORDER):
                if kind in kinds and str(place) >= after[:1] and len(found) < limit:
                    found += store.policies.entities(
                        connection,
                        arn,
                        kind,
                        account=account,
                        only=only,
                        path_prefix=path_prefix,
                        after=after[1:] if after[:1] == str(place) else "",
                        limit=limit - len(found),
                    )
            return found

        listing = f"ListEntitiesForPolicy|{account}|{arn}|{sorted(kinds)}|{only}|{path_prefix}"
        return self._ledger.page(listing, wanted, fetch, _entity_key)

    def page(
        self,
        account: AccountId,
        *,
        owners: frozenset[AccountId],
        path_prefix: str,
        only: PolicyUse | None,
        wanted: PageRequest,
    ) -> Page[CountedPolicy]:
        """Policies of the accounts `owners` (`aws` and one's own) whose path begins with `path_prefix`, by name.

        `only` leaves out those that the account does not use so.
        """

        def fetch(connection: Connection, after: str, limit: int) -> list[CountedPolicy]:
            found: list[CountedPolicy] = []
            if account in owners and after < _OTHERS:
                found += store.policies.page(
                    connection,
                    account,
                    path_prefix=path_prefix,
                    only=only,
                    after=after[1:],
                    limit=limit,
                )
            if AWS_ACCOUNT in owners:
                counts = store.policies.attachment_counts(connection, account, list(AWS_POLICIES))
                limited = store.permissions.boundary_counts(connection, account, list(AWS_POLICIES))
                used = {PolicyUse.PERMISSIONS: counts, PolicyUse.BOUNDARY: limited}
                entries = (
                    CountedPolicy(policy=entry.policy, attachments=counts.get(arn, 0), boundaries=limited.get(arn, 0))
                    for arn, entry in AWS_POLICIES.items()
                    if entry.policy.path.startswith(path_prefix) and (only is None or arn in used[only])
                )
                found += sorted((entry for entry in entries if _sort_key(entry) > after), key=_sort_key)
            return found[:limit]

        return self._ledger.page(
            f"ListPolicies|{account}|{sorted(owners)}|{path_prefix}|{only}", wanted, fetch, _sort_key
        )

    def delete(self, account: AccountId, arn: str) -> None:
        """Remove a policy that nobody has, with its one version. Raises `NoSuchEntity`, `DeleteConflict`, …."""

        def work(connection: Connection) -> None:
            policy = _required_own(connection, account, arn)
            limited = store.permissions.boundary_counts(connection, account, [arn])
            if limited or store.policies.attachment_counts(connection, account, [arn]):
                raise errors.delete_conflict("Cannot delete a policy attached to entities.")
            if store.policies.version_count(connection, policy) > 1:
                raise errors.more_than_one_version()
            store.policies.remove(connection, policy)

        self._ledger.write(work)


def _required(connection: Connection, account: AccountId, arn: str) -> ManagedPolicy:
    require_policy_arn(arn)
    policy = find_policy(connection, account, arn)
    if policy is None:
        raise errors.no_such_policy(arn)
    return policy


def _required_own(connection: Connection, account: AccountId, arn: str) -> ManagedPolicy:
    policy = _required(connection, account, arn)
    if policy.account == AWS_ACCOUNT:
        raise errors.not_ours()
    return policy


def _required_version(connection: Connection, policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    number = int(version_id[1:]) if version_id[1:].isdecimal() else 0
    found: PolicyVersion | None = None
    if policy.account == AWS_ACCOUNT:
        found = AWS_POLICIES[policy.arn].version if number == policy.default_version else None
    elif number < _BEYOND:
        found = store.policies.version(connection, policy, number)
    if found is None:
        raise errors.no_such_version(policy.arn, version_id)
    return found


def _check(document: str) -> None:
    documents.check_identity(document)
    if documents.size(document) > quotas.MANAGED_POLICY_SIZE:
        raise errors.beyond_quota("PolicySize", quotas.MANAGED_POLICY_SIZE)


def _save_tags(connection: Connection, policy: ManagedPolicy, tags: Tags) -> None:
    if policy.account == AWS_ACCOUNT:
        raise errors.not_ours()
    store.policies.set_tags(connection, policy, tags)


def _sort_key(entry: CountedPolicy) -> str:
    """The account's own come first: they and AWS's may have the same names."""
    return (_OTHERS if entry.policy.account == AWS_ACCOUNT else _OWN) + entry.policy.name.lower()


def _entity_key(entity: PolicyEntity) -> str:
    return f"{store.policies.ENTITY_ORDER.index(entity.kind)}{entity.name.lower()}"
