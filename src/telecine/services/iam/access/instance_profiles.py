"""Who may work on instance profiles."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params, always
from telecine.services.iam.access.rows import Made, Resource, Row, creating, named, need, on, rows, text
from telecine.services.iam.access.tags import tagging
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Kind, entity_arn

_HOLDER = "ec2.amazonaws.com"
"""The service that a role in an instance profile is passed to."""


def _on_profile(action: str) -> Row:
    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        return (need(action, _profile(directory, call, params)),)

    return needs


def _adding(action: str) -> Row:
    """The row of putting a role into a profile: the role is passed to EC2 (IAM API reference)."""

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        role = named(directory, call, Kind.ROLE, params)
        return (
            need(action, _profile(directory, call, params)),
            need("iam:PassRole", role, {"iam:PassedToService": _HOLDER}),
        )

    return needs


def _profile(directory: Directory, call: Call, params: Params) -> Resource | str:
    name = text(params, "InstanceProfileName")
    found = directory.instance_profiles.find(call.account, name)
    return found or entity_arn(call.account, "instance-profile", "/", name)


_MADE: dict[str, Made] = {
    "CreateInstanceProfile": creating("instance-profile", "iam:TagInstanceProfile", member="InstanceProfileName"),
    "GetInstanceProfile": _on_profile,
    "ListInstanceProfiles": always,
    "ListInstanceProfilesForRole": on(Kind.ROLE),
    "AddRoleToInstanceProfile": _adding,
    "RemoveRoleFromInstanceProfile": _on_profile,
    "DeleteInstanceProfile": _on_profile,
}

ROWS: dict[str, Row] = {**rows(_MADE), **tagging("InstanceProfile", _profile)}
