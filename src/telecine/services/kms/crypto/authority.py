"""What must be allowed before a key is used or changed: the key's policy first, then the account's policies or a grant.

KMS developer guide, "Troubleshooting key access": nobody has any right on a key that neither its policy nor a grant
gives, directly or by handing the word to the account.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telecine.core.arn import Arn
from telecine.db import Database
from telecine.policy import Context, ResourcePolicy, ResourceRule
from telecine.services.contract import Caller, Need
from telecine.services.kms.crypto.policies import Policies
from telecine.services.kms.model import ALGORITHM, ORIGIN, USAGE, Constraints, Grant, Key, Named
from telecine.services.kms.store import grants as store

_WITH_CONTEXT = frozenset(
    {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"}
)
"""Actions on an encryption context, on which the constraints of a grant look."""

PROPERTIES: Mapping[str, str] = {
    "kms:KeyOrigin": ORIGIN,
    "kms:KeySpec": ALGORITHM,
    "kms:KeyUsage": USAGE,
    "kms:MultiRegion": "false",
}
"""Condition keys of what every key of this server is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How a key is asked for, beside the action."""

    encryption_context: Mapping[str, str] = field(default_factory=dict)
    alias: str | None = None
    """The alias by which the request names the key."""
    via: str | None = None
    """The service that asks on the caller's behalf: `s3.us-east-1.amazonaws.com`."""
    context: Context = field(default_factory=dict)
    """Further condition keys of the action."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """The grant that a CreateGrant asks for, as far as a parent grant limits it."""

    operations: Sequence[str]
    constraints: Constraints


class Authority:
    """Makes needs of keys."""

    def __init__(self, database: Database, policies: Policies) -> None:
        self._database = database
        self._policies = policies

    def need(self, action: str, key: Key, caller: Caller, asked: Asked, wish: Wish | None = None) -> Need:
        """`action` (`kms:Decrypt`) on the key; `wish` with kms:CreateGrant."""
        operation = action.partition(":")[2]

        def counts(grant: Grant) -> bool:
            if operation not in grant.operations:
                return False
            if wish is not None:
                # KMS developer guide, "Granting CreateGrant permission".
                is_part = set(wish.operations) <= set(grant.operations)
                return is_part and wish.constraints.are_within(grant.constraints)
            return operation not in _WITH_CONTEXT or grant.constraints.admit(asked.encryption_context)

        return Need(
            action=action,
            resource=key.arn,
            resource_account=key.account,
            context=_context(operation, key, caller, asked),
            pin=pin(action, key),
            resource_policy=ResourcePolicy(
                text=self._with_grants(self._policies.current(key), key, caller, counts, operation),
                rule=ResourceRule.REQUIRED,
                name=key.arn,
            ),
        )

    def retirement(self, key: Key, grant: Grant, caller: Caller) -> Need:
        """kms:RetireGrant on a grant of the key.

        Whoever may retire it is said by the grant itself, and by nobody else: its retiring principal, its grantee when
        RetireGrant is among its operations, the account that issued it (KMS developer guide, "Retiring and revoking
        grants").
        """
        named = [] if grant.retiree is None else [grant.retiree]
        named += [grant.grantee] if "RetireGrant" in grant.operations else []
        names = [name for one in named if (name := _name(one, caller.principal.arn)) is not None]
        issuer = str(Arn.of("iam", grant.issued_by, "root"))
        statement = _allow(grant, [*names, issuer], "RetireGrant")
        return Need(
            action="kms:RetireGrant",
            resource=key.arn,
            resource_account=key.account,
            context=_context("RetireGrant", key, caller, Asked(context=constraint_keys(grant.constraints))),
            resource_policy=ResourcePolicy(
                text=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
                rule=ResourceRule.REQUIRED,
                name=key.arn,
            ),
        )

    def _with_grants(self, text: str, key: Key, caller: Caller, counts: Callable[[Grant], bool], operation: str) -> str:
        """The policy with a statement for each grant that counts, behind its own, which keep their places."""
        principal = caller.principal
        if not key.has_grants or principal.account is None:
            return text
        found = store.for_caller(
            self._database,
            key.id,
            unique_id=principal.unique_id or "",
            arn=principal.arn or "",
            account=principal.account,
            root=str(Arn.of("iam", principal.account, "root")),
        )
        # For one operation grants differ in nothing but how they name the caller: one of each is enough.
        counting: dict[str, Grant] = {}
        for grant in found:
            name = _name(grant.grantee, principal.arn)
            if name is not None and name not in counting and counts(grant):
                counting[name] = grant
        added = [_allow(grant, [name], operation) for name, grant in counting.items()]
        if not added:
            return text
        document: dict[str, Any] = json.loads(text)
        own = document["Statement"]
        document["Statement"] = [*(own if isinstance(own, list) else [own]), *added]
        return json.dumps(document)


def pin(action: str, key: Key) -> Hashable:
    """What a decision on a key is about: an alias may lead to another one by the time of the operation."""
    return action, key.id


def _name(named: Named, caller_arn: str | None) -> str | None:
    """How a policy names a principal of a grant; None for another session than the caller's own."""
    if ":assumed-role/" in named.arn:
        return named.arn if named.arn == caller_arn else None
    return named.unique_id or named.arn


def _allow(grant: Grant, principals: Sequence[str], operation: str) -> dict[str, Any]:
    """What the grant says, as a statement whose id leads to it."""
    return {
        "Sid": f"Grant{grant.id[:16]}",
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": f"kms:{operation}",
        "Resource": "*",
    }


def _context(operation: str, key: Key, caller: Caller, asked: Asked) -> Context:
    context: dict[str, str | Sequence[str]] = {
        **PROPERTIES,
        **of_caller(caller, asked.via),
        **{f"aws:ResourceTag/{name}": value for name, value in key.tags.items()},
        **encryption_keys(asked.encryption_context),
        **asked.context,
    }
    if key.aliases:
        context["kms:ResourceAliases"] = key.aliases
    if asked.alias is not None:
        context["kms:RequestAlias"] = asked.alias
    if operation in _WITH_CONTEXT:
        context["kms:EncryptionAlgorithm"] = ALGORITHM
    return context


def of_caller(caller: Caller, via: str | None = None) -> dict[str, str | Sequence[str]]:
    """Condition keys of who asks, and through which service."""
    context: dict[str, str | Sequence[str]] = {"aws:ViaAWSService": "false" if via is None else "true"}
    if caller.principal.account is not None:
        context["kms:CallerAccount"] = caller.principal.account
    if via is not None:
        context["kms:ViaService"] = via
    return context


def encryption_keys(context: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """Condition keys of an encryption context."""
    keys: dict[str, str | Sequence[str]] = {f"kms:EncryptionContext:{key}": value for key, value in context.items()}
    return {**keys, "kms:EncryptionContextKeys": list(context)} if context else keys


def constraint_keys(constraints: Constraints) -> dict[str, str | Sequence[str]]:
    """Condition keys of a grant's constraints: what they want of encryption contexts, and of which type they are."""
    context = encryption_keys({**(constraints.subset or {}), **(constraints.equals or {})})
    if constraints.equals is not None:
        context["kms:GrantConstraintType"] = "EncryptionContextEquals"
    elif constraints.subset is not None:
        context["kms:GrantConstraintType"] = "EncryptionContextSubset"
    return context
