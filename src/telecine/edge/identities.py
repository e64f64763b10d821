"""Access keys and policies as IAM has them now, remembered until IAM changes.

Every write to IAM raises its generation; whoever asks names the generation it has just read, so that a key which was
deleted, or a policy which was detached, counts for nothing from the next request on, in every process.
"""

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from telecine.core.names import AccessKeyId
from telecine.policy import CompiledPolicy, compile_policy
from telecine.services.contract import SigningKey
from telecine.services.deciding import IdentityPolicies

_CAPACITY = 4096
"""Entries kept of each kind; the oldest makes room for the next."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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


class _Remembered(Generic[K, V]):
    """What was read under one generation of IAM, and is forgotten with it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        # One tuple, so that readers, who take no mutex, never see the entries of another generation than its number.
        self._state: tuple[int, dict[K, V]] = (-1, {})

    def get(self, generation: int, key: K) -> V | None:
        """What is known under exactly that generation."""
        known, entries = self._state
        return entries.get(key) if known == generation else None

    def keep(self, generation: int, key: K, value: V) -> None:
        """Remember `value`, unless IAM has gone on meanwhile."""
        with self._mutex:
            known, entries = self._state
            if generation != known:
                return
            if key not in entries and len(entries) >= _CAPACITY:
                del entries[next(iter(entries))]
            entries[key] = value

    def begin(self, generation: int) -> None:
        """Forget what older generations left, secrets above all. Generations only rise."""
        with self._mutex:
            if generation > self._state[0]:
                self._state = (generation, {})


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
        self._newest = -1
        self._keys: _Remembered[AccessKeyId, SigningKey] = _Remembered()
        self._policies: _Remembered[str, IdentityPolicies] = _Remembered()

    def generation(self) -> int:
        """IAM's generation now."""
        generation = self._read_generation()
        if generation != self._newest:
            self._newest = generation
            self._keys.begin(generation)
            self._policies.begin(generation)
        return generation

    def signing_key(self, generation: int, access_key_id: AccessKeyId) -> SigningKey | None:
        """The key, whatever its state; None when there is none.

        A session never changes, and ends with the user or role that it is of, which raises the generation: so
        temporary keys are remembered like long-term ones. Whether one has run out is asked at each use. That a key
        does not exist is not remembered: it may be made the next moment.
        """
        known = self._keys.get(generation, access_key_id)
        if known is not None:
            return known
        key = self._read_key(access_key_id)
        if key is not None:
            self._keys.keep(generation, access_key_id, key)
        return key

    def policies(self, generation: int, identity_id: str) -> IdentityPolicies:
        """The identity's policies, compiled. Raises `MalformedPolicy` when one does not compile: deny then."""
        known = self._policies.get(generation, identity_id)
        if known is not None:
            return known
        found = self._read_policies(identity_id)
        compiled = IdentityPolicies(
            identity=tuple(_compiled(policy) for policy in found.identity),
            boundary=None if found.boundary is None else (_compiled(found.boundary),),
        )
        self._policies.keep(generation, identity_id, compiled)
        return compiled


def _compiled(policy: PolicyText) -> CompiledPolicy:
    return compile_policy(policy.text, name=policy.name)
