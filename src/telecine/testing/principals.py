"""Principals of bucket policies without an IAM."""

from collections.abc import Collection, Mapping

from telecine.core.names import UniqueId


class LastingPrincipals:
    """A server on which no user and no role is ever deleted: policies read as they were written."""

    def generation(self) -> int:
        return 0

    def bind(self, text: str, known: Collection[UniqueId] = ()) -> dict[str, UniqueId]:
        return {}

    def current(self, text: str, bound: Mapping[str, UniqueId]) -> str:
        return text
