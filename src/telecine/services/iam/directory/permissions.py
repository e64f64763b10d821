"""What users and roles may do: inline policies and attached managed ones, the same for both."""

from sqlalchemy import Connection

from telecine.core.errors import TelecineError
from telecine.services.iam import errors, store
from telecine.services.iam.directory import documents
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.directory.policies import find_policy, require_policy_arn
from telecine.services.iam.model import (
    AttachedPolicy,
    EffectivePolicies,
    Identity,
    Kind,
    NamedPolicy,
    Page,
    PageRequest,
)

_ATTACHED_QUOTA = 10
_QUOTA_NAMES = {Kind.USER: "PoliciesPerUser", Kind.ROLE: "PoliciesPerRole"}
_INLINE_LIMITS = {Kind.USER: 2048, Kind.ROLE: 10240}
"""Characters of all inline policies together (IAM user guide, "IAM and STS quotas")."""


class PolicyGone(TelecineError):
    """An attached policy has no text: the database and this release do not fit. Nothing is decided without it."""


class Permissions:
    """The policies that hang on users and roles."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def effective(self, identity_id: str) -> EffectivePolicies:
        """Every policy that counts for a user or role: of its own inline ones first, each by name."""
        with self._ledger.read() as connection:
            inline = store.permissions.inline(connection, identity_id)
            attached = store.permissions.attached_documents(connection, identity_id)
        own = (
            *(NamedPolicy(name=name, text=text) for name, text in inline),
            *(NamedPolicy(name=arn, text=_text(arn, text)) for arn, text in attached),
        )
        return EffectivePolicies(identity=own, boundary=None)

    def put(self, identity: Identity, name: str, document: str) -> None:
        """Write an inline policy, in place of one of that name. Raises `MalformedPolicyDocument`, `LimitExceeded`."""
        documents.check_identity(document)
        limit = _INLINE_LIMITS[identity.kind]

        def work(connection: Connection) -> None:
            _require_alive(connection, identity)
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
            if not store.permissions.delete_inline(connection, identity, name):
                raise errors.no_such(f"{identity.kind} policy", name)

        self._ledger.write(work)

    def attach(self, identity: Identity, arn: str) -> None:
        """Attach a managed policy; nothing happens when it is attached. Raises `NoSuchEntity`, `LimitExceeded`."""
        require_policy_arn(arn)

        def work(connection: Connection) -> None:
            _require_alive(connection, identity)
            policy = find_policy(connection, identity.account, arn)
            if policy is None:
                raise errors.not_attachable(arn)
            if store.permissions.is_attached(connection, identity, arn):
                return
            if store.permissions.attached_count(connection, identity) >= _ATTACHED_QUOTA:
                raise errors.beyond_quota(_QUOTA_NAMES[identity.kind], _ATTACHED_QUOTA)
            store.permissions.attach(connection, identity, policy)

        self._ledger.write(work)

    def detach(self, identity: Identity, arn: str) -> None:
        """Take a managed policy off. Raises `NoSuchEntity` when it is not attached."""
        require_policy_arn(arn)

        def work(connection: Connection) -> None:
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
    """Raise `DeleteConflict` while a policy hangs on the user or role."""
    if store.permissions.attached_count(connection, identity):
        raise errors.delete_conflict("Cannot delete entity, must detach all policies first.")
    if store.permissions.inline(connection, identity.unique_id):
        raise errors.delete_conflict("Cannot delete entity, must delete policies first.")


def _require_alive(connection: Connection, identity: Identity) -> None:
    # The operation looked the name up before this transaction; nothing may hang on an id that is gone.
    if identity.unique_id not in store.living(connection, [identity.unique_id]):
        raise errors.no_such(identity.kind, identity.name)


def _text(arn: str, text: str | None) -> str:
    if text is not None:
        return text
    if arn not in AWS_POLICIES:
        raise PolicyGone(f"The policy {arn} is attached, but has no text.")
    return AWS_POLICIES[arn].version.document


def _place(policy: AttachedPolicy) -> str:
    # An account's names differ in more than case; AWS's may be the same as the account's.
    return ("1" if policy.arn in AWS_POLICIES else "0") + policy.name.lower()
