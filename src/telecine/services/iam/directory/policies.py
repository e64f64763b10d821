"""Managed policies: AWS's own and the account's."""

import re

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam import errors, store
from telecine.services.iam.directory import documents
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.model import (
    AWS_ACCOUNT,
    CountedPolicy,
    ManagedPolicy,
    Page,
    PageRequest,
    PolicyVersion,
)

_QUOTA = 1500
_OWN, _OTHERS = "0", "1"
_ARN = re.compile(r"arn:aws:iam::(aws|[0-9]{12}):policy/.+")


def find_policy(connection: Connection, account: AccountId, arn: str) -> ManagedPolicy | None:
    """The policy with that ARN, AWS's own or the account's."""
    if arn in AWS_POLICIES:
        return AWS_POLICIES[arn].policy
    policy = store.policies.by_arn(connection, arn)
    return policy if policy is not None and policy.account == account else None


class Policies:
    """The managed policies that the account can use."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids

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
        documents.check_identity(document)
        if documents.size(document) > documents.MANAGED_LIMIT:
            raise errors.beyond_quota("PolicySize", documents.MANAGED_LIMIT)
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
            if store.policies.count(connection, account) >= _QUOTA:
                raise errors.beyond_quota("PoliciesPerAccount", _QUOTA)
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
        return CountedPolicy(policy=policy, attachments=counts.get(arn, 0))

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
        number = int(version_id[1:]) if version_id[1:].isdecimal() else 0
        with self._ledger.read() as connection:
            policy = _required(connection, account, arn)
            found: PolicyVersion | None
            if arn in AWS_POLICIES:
                found = AWS_POLICIES[arn].version if number == policy.default_version else None
            else:
                # Beyond every number there is, and beyond what the column holds.
                found = store.policies.version(connection, policy, number) if number < 2**31 else None
        if found is None:
            raise errors.no_such_version(arn, version_id)
        return found

    def versions(self, account: AccountId, arn: str, wanted: PageRequest) -> Page[PolicyVersion]:
        """The versions of a policy, newest first. Raises `NoSuchEntity`, `InvalidInput`."""

        def fetch(connection: Connection, after: str, limit: int) -> list[PolicyVersion]:
            policy = _required(connection, account, arn)
            if arn in AWS_POLICIES:
                return [AWS_POLICIES[arn].version]
            below = int(after) if after else 2**31 - 1
            return store.policies.versions(connection, policy, below=below, limit=limit)

        listing = f"ListPolicyVersions|{account}|{arn}"
        return self._ledger.page(listing, wanted, fetch, lambda version: str(version.number))

    def page(
        self,
        account: AccountId,
        *,
        owners: frozenset[AccountId],
        path_prefix: str,
        only_attached: bool,
        wanted: PageRequest,
    ) -> Page[CountedPolicy]:
        """Policies of the accounts `owners` (`aws` and one's own) whose path begins with `path_prefix`, by name."""

        def fetch(connection: Connection, after: str, limit: int) -> list[CountedPolicy]:
            found: list[CountedPolicy] = []
            if account in owners and after < _OTHERS:
                found += store.policies.page(
                    connection,
                    account,
                    path_prefix=path_prefix,
                    only_attached=only_attached,
                    after=after[1:],
                    limit=limit,
                )
            if AWS_ACCOUNT in owners:
                counts = store.policies.attachment_counts(connection, account, list(AWS_POLICIES))
                entries = (
                    CountedPolicy(policy=entry.policy, attachments=counts.get(arn, 0))
                    for arn, entry in AWS_POLICIES.items()
                    if entry.policy.path.startswith(path_prefix) and (arn in counts or not only_attached)
                )
                found += sorted((entry for entry in entries if _sort_key(entry) > after), key=_sort_key)
            return found[:limit]

        return self._ledger.page(
            f"ListPolicies|{account}|{sorted(owners)}|{path_prefix}|{only_attached}", wanted, fetch, _sort_key
        )

    def delete(self, account: AccountId, arn: str) -> None:
        """Remove a policy that hangs on nobody. Raises `NoSuchEntity`, `DeleteConflict`, `AccessDenied`."""

        def work(connection: Connection) -> None:
            policy = _required(connection, account, arn)
            if policy.account == AWS_ACCOUNT:
                raise errors.not_ours()
            if store.policies.attachment_counts(connection, account, [arn]):
                raise errors.delete_conflict("Cannot delete a policy attached to entities.")
            store.policies.remove(connection, policy)

        self._ledger.write(work)


def is_policy_arn(arn: str) -> bool:
    """Whether a managed policy can have that ARN."""
    return _ARN.fullmatch(arn) is not None


def require_policy_arn(arn: str) -> None:
    """Raise `InvalidInput` when no policy can have that ARN."""
    if not is_policy_arn(arn):
        raise errors.invalid_arn(arn)


def _required(connection: Connection, account: AccountId, arn: str) -> ManagedPolicy:
    require_policy_arn(arn)
    policy = find_policy(connection, account, arn)
    if policy is None:
        raise errors.no_such_policy(arn)
    return policy


def _sort_key(entry: CountedPolicy) -> str:
    """The account's own come first: they and AWS's may have the same names."""
    return (_OTHERS if entry.policy.account == AWS_ACCOUNT else _OWN) + entry.policy.name.lower()
