"""Groups."""

from telecine.services.iam.model import Group
from telecine.services.iam.view.shapes import Shape


def group(group: Group) -> Shape:
    """`Group`."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "Arn": group.arn,
        "CreateDate": group.created_at,
    }
