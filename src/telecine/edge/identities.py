"""Access keys and policies as IAM has them now, remembered until IAM changes.

Every write to IAM raises its generation; whoever asks names the generation it has just read, so that a key which was
deleted, or a policy which was detached, counts for nothing from the next request on, in every process.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from telecine.core.names import AccessKeyId
from telecine.policy import CompiledPolicy, compile_policy
from telecine.services.contract import SigningKey

_CAPACITY = 4096
"""Entries kept of each kind; when there are more, we start anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityPolicies:
    """What limits and what grants, compiled."""

    identity: tuple[CompiledPolicy, ...]
    boundary: tuple[CompiledPolicy, ...] | None
    """None: the identity has no permissions boundary."""


class PolicyText(Protocol):
    """A policy as IAM stores it."""

    @property
    def name(self) -> str:
        """Its name, or its ARN when it is a managed one."""
        ...

    @property
    def text(self) -> str:
        """The document."""
        ...


class PolicyTexts(Protocol):
    """Every policy that counts for an identity."""

    @property
    def identity(self) -> Sequence[PolicyText]:
        """Its own and its groups'."""
        ...

    @property
    def boundary(self) -> PolicyText | None:
        """Its permissions boundary."""
        ...


class Identities:
    """Looks callers up."""

    def __init__(
        self,
        *,
        keys: Callable[[AccessKeyId], SigningKey | None],
        generation: Callable[[], int],
        policies: Callable[[str], PolicyTexts],
    ) -> None:
        self._read_key = keys
        self._read_generation = generation
        self._read_policies = policies
        self._mutex = threading.Lock()
        self._newest = -1
        self._keys: dict[tuple[int, AccessKeyId], SigningKey] = {}
        self._policies: dict[tuple[int, str], IdentityPolicies] = {}

    def generation(self) -> int:
        """IAM's generation now. Forgets what older generations left, secrets above all."""
        generation = self._read_generation()
        if generation != self._newest:
            with self._mutex:
                self._newest = generation
                self._keys.clear()
                self._policies.clear()
        return generation

    def signing_key(self, generation: int, access_key_id: AccessKeyId) -> SigningKey | None:
        """The key, whatever its state; None when there is none.

        Long-term keys are remembered. Temporary ones are read each time: they come and go without IAM changing.
        """
        known = self._keys.get((generation, access_key_id))
        if known is not None:
            return known
        key = self._read_key(access_key_id)
        if key is not None and key.token_digest is None:
            with self._mutex:
                _make_room(self._keys)
                self._keys[generation, access_key_id] = key
        return key

    def policies(self, generation: int, identity_id: str) -> IdentityPolicies:
        """The identity's policies, compiled. Raises `MalformedPolicy` when one does not compile: deny then."""
        known = self._policies.get((generation, identity_id))
        if known is not None:
            return known
        found = self._read_policies(identity_id)
        compiled = IdentityPolicies(
            identity=tuple(_compiled(policy) for policy in found.identity),
            boundary=None if found.boundary is None else (_compiled(found.boundary),),
        )
        with self._mutex:
            _make_room(self._policies)
            self._policies[generation, identity_id] = compiled
        return compiled


def _compiled(policy: PolicyText) -> CompiledPolicy:
    return compile_policy(policy.text, name=policy.name)


def _make_room(
    entries: dict[tuple[int, AccessKeyId], SigningKey] | dict[tuple[int, str], IdentityPolicies],
) -> None:
    if len(entries) >= _CAPACITY:
        entries.clear()
