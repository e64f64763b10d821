"""What users, groups and roles may do: inline policies and attached managed ones, the same for all three."""

from sqlalchemy import Connection

from telecine.core.errors import TelecineError
from telecine.services.iam import errors, store
from telecine.services.iam.directory import documents, quotas
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.policy_arns import find_policy, require_policy_arn
from telecine.services.iam.model import (
    AttachedPolicy,
    EffectivePolicies,
    Identity,
    Kind,
    NamedPolicy,
    Page,
    PageRequest,
    Role,
)

_QUOTA_NAMES = {Kind.USER: "PoliciesPerUser", Kind.GROUP: "PoliciesPerGroup", Kind.ROLE: "PoliciesPerRole"}
_INLINE_LIMITS = {
    Kind.USER: quotas.USER_POLICIES_SIZE,
    Kind.GROUP: quotas.GROUP_POLICIES_SIZE,
    Kind.ROLE: quotas.ROLE_POLICIES_SIZE,
}
"""Characters of all inline policies together (IAM user guide, "IAM and STS quotas")."""


class PolicyGone(TelecineError):
    """A policy that counts has no text: the database and this release do not fit. Nothing is decided without it."""


class Permissions:
    """The policies that hang on users, groups and roles."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def effective(self, identity_id: str) -> EffectivePolicies:
        """Every policy that counts for a user or role: inline ones, its own first, then attached ones by ARN.

        An inline policy of a group is named `group/<group>/<policy>`. Of a group itself what hangs on it. Raises
        `PolicyGone` rather than leave one out, which may be the one that denies or limits.
        """
        found = store.permissions.effective(self._ledger.rows, identity_id)
        inline = sorted(
            ((group, f"group/{group}/{name}" if group else name, text) for group, name, text in found.inline),
            key=lambda policy: policy[:2],
        )
        return EffectivePolicies(
            identity=(
                *(NamedPolicy(name=name, text=text) for _, name, text in inline),
                *(_managed(arn, text) for arn, text in sorted(dict(found.attached).items())),
            ),
            boundary=None if found.boundary is None else _managed(*found.boundary),
        )

    def put(self, identity: Identity, name: str, document: str) -> None:
        """Write an inline policy, in place of one of that name. Raises `MalformedPolicyDocument`, `LimitExceeded`."""
        documents.check_identity(document)
        limit = _INLINE_LIMITS[identity.kind]

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            others = [text for other, text in store.permissions.inline(connection, identity.unique_id) if other != name]
            if sum(map(documents.size, [*others, document])) > limit:
                raise errors.inline_policies_too_large(limit, identity.kind, identity.name)
            store.permissions.put_inline(connection, identity, name, document)

        self._ledger.write(work)

    def document(self, identity: Identity, name: str) -> str:
        """The text of an inline policy, as it was written. Raises `NoSuchEntity`."""
        with self._ledger.read() as connection:
            text = store.permissions.inline_document(connection, identity, name)
        if text is None:
            raise errors.no_such(f"{identity.kind} policy", name)
        return text

    def names(self, identity: Identity, wanted: PageRequest) -> Page[str]:
        """The names of the inline policies."""
        return self._ledger.page(
            f"ListPolicyNames|{identity.unique_id}",
            wanted,
            lambda connection, after, limit: store.permissions.inline_names(
                connection, identity, after=after, limit=limit
            ),
            str,
        )

    def delete(self, identity: Identity, name: str) -> None:
        """Remove an inline policy. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            if not store.permissions.delete_inline(connection, identity, name):
                raise errors.no_such(f"{identity.kind} policy", name)

        self._ledger.write(work)

    def attach(self, identity: Identity, arn: str) -> None:
        """Attach a managed policy; nothing happens when it is attached. Raises `NoSuchEntity`, `LimitExceeded`."""
        require_policy_arn(arn)

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            policy = find_policy(connection, identity.account, arn)
            if policy is None:
                raise errors.not_attachable(arn)
            if not policy.is_attachable:
                raise errors.service_role_policy()
            if store.permissions.is_attached(connection, identity, arn):
                return
            if store.permissions.attached_count(connection, identity) >= quotas.POLICIES_PER_IDENTITY:
                raise errors.beyond_quota(_QUOTA_NAMES[identity.kind], quotas.POLICIES_PER_IDENTITY)
            store.permissions.attach(connection, identity, policy)

        self._ledger.write(work)

    def detach(self, identity: Identity, arn: str) -> None:
        """Take a managed policy off. Raises `NoSuchEntity` when it is not attached."""
        require_policy_arn(arn)

        def work(connection: Connection) -> None:
            require_changeable(connection, identity)
            if not store.permissions.detach(connection, identity, arn):
                raise errors.no_such_policy(arn)

        self._ledger.write(work)

    def attached(self, identity: Identity, path_prefix: str, wanted: PageRequest) -> Page[AttachedPolicy]:
        """The attached managed policies below `path_prefix`: the account's own, then AWS's, by name."""

        def fetch(connection: Connection, after: str, limit: int) -> list[AttachedPolicy]:
            # At most ten can be attached. The marker holds a name because an ARN may be longer than a marker.
            policies = store.permissions.attached(connection, identity, path_prefix=path_prefix)
            return sorted((policy for policy in policies if _place(policy) > after), key=_place)[:limit]

        return self._ledger.page(f"ListAttachedPolicies|{identity.unique_id}|{path_prefix}", wanted, fetch, _place)


def require_no_policies(connection: Connection, identity: Identity) -> None:
    """Raise `DeleteConflict` while a policy hangs on the user, group or role."""
    if store.permissions.attached_count(connection, identity):
        raise errors.delete_conflict("Cannot delete entity, must detach all policies first.")
    if store.permissions.inline(connection, identity.unique_id):
        raise errors.delete_conflict("Cannot delete entity, must delete policies first.")


def require_changeable(connection: Connection, identity: Identity) -> None:
    """Raise `NoSuchEntity` for an identity that is gone by now, `UnmodifiableEntity` for a service's own role."""
    # The operation looked the name up before this transaction; nothing may hang on an id that is gone.
    if store.IDENTITIES[identity.kind].by_id(connection, identity.unique_id) is None:
        raise errors.no_such(identity.kind, identity.name)
    require_unprotected(identity)


def require_unprotected(identity: Identity) -> None:
    """Raise `UnmodifiableEntity` for a role that a service made for itself."""
    if isinstance(identity, Role) and identity.is_service_linked:
        raise errors.protected_role(identity.name)


def _managed(arn: str, text: str | None) -> NamedPolicy:
    if text is None and arn not in AWS_POLICIES:
        raise PolicyGone(f"The policy {arn} counts for somebody, but has no text.")
    return NamedPolicy(name=arn, text=AWS_POLICIES[arn].version.document if text is None else text)


def _place(policy: AttachedPolicy) -> str:
    # An account's names differ in more than case; AWS's may be the same as the account's.
    return ("1" if policy.arn in AWS_POLICIES else "0") + policy.name.lower()
