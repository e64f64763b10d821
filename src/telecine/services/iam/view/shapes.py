"""What all outputs share: tags, pages, documents."""

from typing import Any
from urllib.parse import quote

from telecine.core.tags import Tags
from telecine.services.iam.model import Page

Shape = dict[str, Any]

_ESCAPED = [quote(bytes([byte]), safe="") for byte in range(256)]
"""Each byte as RFC 3986 writes it in a URL."""


def document(text: str) -> str:
    """A policy document as answers carry it."""
    # `quote` itself takes three times as long, and a page of roles has a document each.
    return "".join(map(_ESCAPED.__getitem__, text.encode()))


def tags(tags: Tags) -> list[Shape]:
    """A list of `Tag`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def page(member: str, shapes: list[Any], page: Page[Any]) -> Shape:
    """A listing's output: the entries under `member`, and how to go on."""
    return {member: shapes, **more(page)}


def more(page: Page[Any]) -> Shape:
    """Whether a listing goes on, and how."""
    marker: Shape = {} if page.marker is None else {"Marker": page.marker}
    return {"IsTruncated": page.marker is not None, **marker}


def limited(boundary_arn: str | None) -> Shape:
    """The member `PermissionsBoundary`, which is left out where there is none.

    The type is `Policy`, as IAM answers (and the API reference says); the model's enum has `PermissionsBoundaryPolicy`.
    """
    if boundary_arn is None:
        return {}
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary_arn}}


def tagged(of: Tags) -> Shape:
    """The member `Tags`, which is left out where there are none."""
    return {"Tags": tags(of)} if of else {}
