"""How MediaConvert's listings are read by the page."""

from telecine.core.pages import InvalidPageToken, PageTokens, SortKey
from telecine.services.mediaconvert import errors

PAGE_SIZE = 20
"""MediaConvert's largest page, which is also its usual one."""


def position(pages: PageTokens, scope: str, token: str | None) -> SortKey | None:
    """Behind which row the page begins; None for the first page.

    Raises BadRequestException for a token of another listing.
    """
    if token is None:
        return None
    try:
        return pages.read(scope, token)
    except InvalidPageToken as error:
        raise errors.invalid_page_token() from error


def job_position(pages: PageTokens, scope: str, token: str | None) -> int | None:
    """The same in a listing of jobs, whose rows are numbered in the order of their submission."""
    after = position(pages, scope, token)
    return None if after is None else int(after[0])
