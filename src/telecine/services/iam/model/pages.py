"""Listings, page by page."""

from dataclasses import dataclass
from typing import Generic, TypeVar

DEFAULT_PAGE = 100
"""Entries on a page when MaxItems is absent (IAM API reference, "ListUsers")."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """Which part of a listing is wanted."""

    marker: str | None = None
    """From the page before; None for the first page."""
    size: int = DEFAULT_PAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """One part of a listing."""

    items: list[T]
    marker: str | None
    """Leads to the next page; None on the last one."""
