"""The policies of buckets and keys as they count now, remembered: who is gone stands there by unique id.

For the services whose resources have policies. Policies are compiled by text, so the same text is the same object as
long as it is remembered.
"""

import threading
from collections.abc import Collection, Hashable, Mapping
from typing import NamedTuple, Protocol

from telecine.core.names import UniqueId

_KEPT = 4096
"""Policies whose current text is remembered; the oldest makes room for the next."""


class Principals(Protocol):
    """Who is meant by the principals of a policy: `directory.principals`, or in tests a twin of it."""

    def generation(self) -> int:
        """A number that rises whenever somebody may have been deleted."""
        ...

    def bind(self, text: str, known: Collection[UniqueId]) -> dict[str, UniqueId]:
        """The unique ids of the users and roles that the policy names; `known` may be gone.

        Raises `UnknownPrincipal`.
        """
        ...

    def current(self, text: str, bound: Mapping[str, UniqueId]) -> str:
        """The policy as it reads now that some of them may be gone."""
        ...


class WrittenPolicy(Protocol):
    """A policy as it was written."""

    @property
    def text(self) -> str:
        """JSON."""
        ...

    @property
    def principals(self) -> Mapping[str, UniqueId]:
        """Whom it names, by their unique ids."""
        ...


class _Current(NamedTuple):
    generation: int | None
    """IAM's generation that it was read under; None for a policy that names no user or role."""
    written: WrittenPolicy
    text: str


class CurrentPolicies:
    """The policies of one kind of resource."""

    def __init__(self, principals: Principals) -> None:
        self._principals = principals
        self._mutex = threading.Lock()
        self._known: dict[Hashable, _Current] = {}

    def text(self, resource: Hashable, written: WrittenPolicy) -> str:
        """The policy of `resource` as it counts now. A namesake of whoever is gone inherits nothing."""
        generation = self._principals.generation() if written.principals else None
        known = self._known.get(resource)
        if known is not None and known.generation == generation and known.written == written:
            return known.text
        text = self._principals.current(written.text, written.principals) if written.principals else written.text
        with self._mutex:
            if resource not in self._known and len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            self._known[resource] = _Current(generation, written, text)
        return text
