"""What the requests of presets and job templates have in common: names, tags, settings, listings."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from telecine.core import tags
from telecine.media import validation
from telecine.media.validation import Kind
from telecine.services.contract import Params
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, LibraryQuery
from telecine.services.mediaconvert.model import SYSTEM_PREFIX, Draft, LibrarySort, Order

Found = Iterator[errors.Finding]

_MAX_NAME = 256
"""Of a name and of a category, in characters. As for queues; AWS documents no limit."""


def labels(params: Params) -> Found:
    """What is wrong with the name and tags of something new."""
    name = params["Name"]
    if not 1 <= len(name) <= _MAX_NAME:
        yield "/name", f"Should have 1 to {_MAX_NAME} characters"
    if name.startswith("arn:") or not name.isprintable():
        yield "/name", "Should be a name of printable characters that is no ARN"
    if name.startswith(SYSTEM_PREFIX):
        # our decision: AWS may add a system preset of that name tomorrow, and everybody would take it for that one
        yield "/name", f"Names that begin with {SYSTEM_PREFIX} are those of system presets and job templates"
    for sentence in tags.problems(params.get("Tags", {})):
        yield "/tags", sentence


def contents(params: Params, kind: Kind) -> Found:
    """What is wrong with the category, and what MediaConvert's own rules have against the settings; what this server
    cannot do a job hears."""
    if len(params.get("Category", "")) > _MAX_NAME:
        yield "/category", f"Should have at most {_MAX_NAME} characters"
    given = params.get("Settings", {})
    for issue in [*validation.check(given, kind=kind), *validation.preset_conflicts(given)]:
        yield issue.path, issue.message


def draft(params: Params, defaults: Params | None = None) -> Draft:
    """What a request makes; `defaults` are the members beside the settings that a template holds."""
    return Draft(
        name=params["Name"],
        category=params.get("Category"),
        description=params.get("Description"),
        settings=params["Settings"],
        defaults=defaults or {},
    )


def edit(params: Params, defaults: Params | None = None) -> Callable[[Draft], Draft]:
    """What a request changes: its members stand for those of before, each one whole; what it does not name stays, as in
    the AWS CLI's example of a preset's new description."""

    def edited(before: Draft) -> Draft:
        return replace(
            before,
            category=params.get("Category", before.category),
            description=params.get("Description", before.description),
            settings=params.get("Settings", before.settings),
            defaults={**before.defaults, **(defaults or {})},
        )

    return edited


def query(params: Params) -> LibraryQuery:
    """By name from A to Z, unless the request says otherwise. Without `SYSTEM` the account's own alone."""
    return LibraryQuery(
        sort=LibrarySort(params.get("ListBy", LibrarySort.NAME)),
        category=params.get("Category") or None,
        order=Order(params.get("Order", Order.ASCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )
