"""The account as a whole: how much there is, everything with all that hangs on it, and who may use which service."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas, service_access
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.permissions import Permissions
from telecine.services.iam.directory.roles import current_roles
from telecine.services.iam.model import (
    CountedPolicy,
    GrantingPolicy,
    Identity,
    IdentityDetails,
    Kind,
    ManagedPolicy,
    Page,
    PageRequest,
    PolicyDetails,
    Role,
)

SECTIONS = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")
"""What GetAccountAuthorizationDetails can be asked for, in the order in which it lists them."""

_QUOTAS = {
    "UsersQuota": quotas.USERS,
    "GroupsQuota": quotas.GROUPS,
    "RolesQuota": quotas.ROLES,
    "PoliciesQuota": quotas.POLICIES,
    "InstanceProfilesQuota": quotas.INSTANCE_PROFILES,
    "GroupsPerUserQuota": quotas.GROUPS_PER_USER,
    "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER,
    "AttachedPoliciesPerUserQuota": quotas.POLICIES_PER_IDENTITY,
    "AttachedPoliciesPerGroupQuota": quotas.POLICIES_PER_IDENTITY,
    "AttachedPoliciesPerRoleQuota": quotas.POLICIES_PER_IDENTITY,
    "VersionsPerPolicyQuota": quotas.VERSIONS_PER_POLICY,
    "PolicySizeQuota": quotas.MANAGED_POLICY_SIZE,
    "AssumeRolePolicySizeQuota": quotas.TRUST_POLICY_SIZE,
    "UserPolicySizeQuota": quotas.USER_POLICIES_SIZE,
    "GroupPolicySizeQuota": quotas.GROUP_POLICIES_SIZE,
    "RolePolicySizeQuota": quotas.ROLE_POLICIES_SIZE,
    # No account here comes near it: each of its policies counts once, by its default version.
    "PolicyVersionsInUseQuota": 10000,
    # Certificates and providers of other identities are none that this server keeps.
    "ServerCertificatesQuota": 0,
    "SigningCertificatesPerUserQuota": 0,
}
_NEVER_ANY = ("ServerCertificates", "AccountSigningCertificatesPresent", "Providers")
_TOKEN_VERSION = 2
"""Of session tokens from the global endpoint: they are good in every region of ours, which is one."""

Details = IdentityDetails | PolicyDetails


class AccountDetails:
    """What is said of an account as a whole."""

    def __init__(self, ledger: Ledger, permissions: Permissions) -> None:
        self._ledger = ledger
        self._permissions = permissions

    def summary(self, account: AccountId) -> dict[str, int]:
        """Every key of GetAccountSummary with its value."""
        with self._ledger.read() as connection:
            counts = store.details.counts(connection, account)
            in_use = len(store.policies.in_use(connection, account))
        return {
            **_QUOTAS,
            **dict.fromkeys(_NEVER_ANY, 0),
            **counts,
            "PolicyVersionsInUse": in_use,  # of each policy the default version
            "GlobalEndpointTokenVersion": _TOKEN_VERSION,
        }

    def page(self, account: AccountId, sections: Collection[str], wanted: PageRequest) -> Page[Details]:
        """Everything of these `SECTIONS` with all that hangs on it. Of AWS's policies those that are in use."""

        def fetch(connection: Connection, after: str, limit: int) -> list[Details]:
            found: list[Details] = []
            for place, section in enumerate(SECTIONS):
                if section in sections and str(place) >= after[:1] and len(found) < limit:
                    start = after[1:] if after[:1] == str(place) else ""
                    found += _section(connection, account, section, after=start, limit=limit - len(found))
            return found

        return self._ledger.page(
            f"GetAccountAuthorizationDetails|{account}|{sorted(sections)}", wanted, fetch, _sort_key
        )

    def identity(self, account: AccountId, arn: str) -> Identity | None:
        """The user, group or role with exactly that ARN. Raises `InvalidInput` for what is the ARN of none."""
        try:
            parsed = Arn.parse(arn)
        except MalformedArn as error:
            raise errors.invalid_arn(arn) from error
        kind, _, path = parsed.resource.partition("/")
        if parsed.service != "iam" or kind not in set(Kind) or not path:
            raise errors.invalid_arn(arn)
        name = path.rpartition("/")[2]
        with self._ledger.read() as connection:
            found = store.IDENTITIES[Kind(kind)].find(connection, account, name)
        return found if found is not None and found.arn == arn else None

    def granting(self, identity: Identity, namespace: str) -> list[GrantingPolicy]:
        """The policies of the identity, and of a user's groups, that grant anything in the service."""
        return [
            _granting(identity, policy.name)
            for policy in self._permissions.effective(identity.unique_id).identity
            if service_access.grants(policy.text, namespace)
        ]


def _section(connection: Connection, account: AccountId, section: str, *, after: str, limit: int) -> Sequence[Details]:
    if section == "AWSManagedPolicy":
        return _aws_policies(connection, account, after, limit)
    if section == "LocalManagedPolicy":
        found = store.policies.page(connection, account, path_prefix="/", only=None, after=after, limit=limit)
        versions = store.policies.all_versions(connection, [entry.policy for entry in found])
        return [PolicyDetails(counted=entry, versions=versions[entry.policy.unique_id]) for entry in found]
    if section == "User":
        return _identities(connection, store.USERS.page(connection, account, path_prefix="/", after=after, limit=limit))
    if section == "Group":
        return _identities(
            connection, store.GROUPS.page(connection, account, path_prefix="/", after=after, limit=limit)
        )
    roles = store.ROLES.page(connection, account, path_prefix="/", after=after, limit=limit)
    return _identities(connection, current_roles(connection, roles))


def _identities(connection: Connection, identities: Sequence[Identity]) -> list[IdentityDetails]:
    ids = [identity.unique_id for identity in identities]
    inline, attached = store.details.inline(connection, ids), store.details.attached(connection, ids)
    groups = store.details.group_names(connection, ids)
    profiles = store.instance_profiles.of_roles(connection, ids)
    return [
        IdentityDetails(
            identity=identity,
            inline=inline.get(identity.unique_id, []),
            attached=attached.get(identity.unique_id, []),
            groups=groups.get(identity.unique_id, []),
            instance_profiles=[
                replace(profile, role=identity)
                for profile in profiles.get(identity.unique_id, [])
                if isinstance(identity, Role)
            ],
        )
        for identity in identities
    ]


def _aws_policies(connection: Connection, account: AccountId, after: str, limit: int) -> list[PolicyDetails]:
    used = store.policies.in_use(connection, account)
    entries = [entry for arn, entry in AWS_POLICIES.items() if arn in used and _name_key(entry.policy) > after]
    chosen = sorted(entries, key=lambda entry: _name_key(entry.policy))[:limit]
    arns = [entry.policy.arn for entry in chosen]
    attachments = store.policies.attachment_counts(connection, account, arns)
    limited = store.permissions.boundary_counts(connection, account, arns)
    return [
        PolicyDetails(
            counted=CountedPolicy(
                policy=entry.policy, attachments=attachments.get(arn, 0), boundaries=limited.get(arn, 0)
            ),
            versions=[entry.version],
        )
        for arn, entry in zip(arns, chosen, strict=True)
    ]


def _granting(identity: Identity, name: str) -> GrantingPolicy:
    if name.startswith("arn:"):
        return GrantingPolicy(
            name=name.rpartition("/")[2], arn=name, owner_kind=identity.kind, owner_name=identity.name
        )
    if name.startswith("group/"):  # of a user's group: no policy's own name has a slash
        _, group, policy = name.split("/", 2)
        return GrantingPolicy(name=policy, arn=None, owner_kind=Kind.GROUP, owner_name=group)
    return GrantingPolicy(name=name, arn=None, owner_kind=identity.kind, owner_name=identity.name)


def _sort_key(entry: Details) -> str:
    if isinstance(entry, PolicyDetails):
        policy = entry.counted.policy
        section = "AWSManagedPolicy" if policy.arn in AWS_POLICIES else "LocalManagedPolicy"
        return f"{SECTIONS.index(section)}{_name_key(policy)}"
    return f"{SECTIONS.index(entry.identity.kind.title())}{_name_key(entry.identity)}"


def _name_key(of: Identity | ManagedPolicy) -> str:
    return of.name.lower()
