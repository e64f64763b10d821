"""Every listing of IAM, in pages: each entry once, in the order of the whole, and limits as the model has them."""

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from contract import model
from telecine.services.iam.operations import OPERATIONS

Aws = Any  # the fixture of tests/services/conftest.py

ACCOUNT = "123456789012"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/Policy"
LIMITS = ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
TAGS = [{"Key": key, "Value": "x"} for key in ("b", "A", "c")]
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)
NEVER_MORE_THAN_ONE = {"ListAccountAliases"}
NEVER_ANY = {"ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"}

PARAMETERS: dict[str, Any] = {
    "UserName": "user",
    "GroupName": "group",
    "RoleName": "role",
    "InstanceProfileName": "profile",
    "PolicyArn": POLICY,
    "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/phone",
    "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
    "PolicyInputList": [DOCUMENT],
    "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/User",
}
"""What members hold; names are in another case than the entities'."""


def _shape(operation: str) -> Any:
    return model("iam").operation_model(operation).input_shape


LISTINGS = sorted(name for name in OPERATIONS if _shape(name) is not None and "MaxItems" in _shape(name).members)


def _parameters(operation: str) -> dict[str, Any]:
    shape = _shape(operation)
    members = {*shape.required_members, *({"UserName"} & set(shape.members))}
    return {member: PARAMETERS[member] for member in members}


def _entries(answer: dict[str, Any]) -> list[str]:
    """Every entry of an answer's lists, list by list."""
    return [
        json.dumps([member, entry], default=str)
        for member, value in answer.items()
        if isinstance(value, list)
        for entry in value
    ]


@pytest.fixture
def iam(aws: Aws) -> Any:
    """The administrator's client, where there are two or more of everything that is listed."""
    iam = aws.client("iam")
    for name in ("User", "user2", "_user"):
        iam.create_user(UserName=name, Tags=TAGS, PermissionsBoundary=LIMITS[0])
    for name in ("Group", "group2", "_group"):
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="USER")
    iam.add_user_to_group(GroupName="GROUP", UserName="user2")
    for name in ("Role", "role2", "_role"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    for name in ("Policy", "policy2", "_policy"):
        iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT, Tags=TAGS)
    iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=DOCUMENT)
    for name in ("Profile", "profile2"):
        iam.create_instance_profile(InstanceProfileName=name, Tags=TAGS)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="ROLE")
    for kind in ("user", "group", "role"):
        name = {f"{kind.title()}Name": kind.upper()}
        for number in ("b", "A", "_"):
            getattr(iam, f"put_{kind}_policy")(**name, PolicyName=number, PolicyDocument=DOCUMENT)
        for arn in (POLICY, *LIMITS):
            getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=arn)
    for name in ("phone", "tablet"):
        iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=TAGS)
    for _ in range(2):
        iam.create_access_key(UserName="User")
    iam.create_account_alias(AccountAlias="films")
    return iam


@pytest.mark.parametrize("operation", sorted(set(LISTINGS) - NEVER_ANY - {"ListMFADevices"}))
def test_pages_of_one_are_the_whole(iam: Any, operation: str) -> None:
    """Page by page each entry comes once, and the last page says that it is the last."""
    call, parameters = getattr(iam, xform_name(operation)), _parameters(operation)
    whole = call(**parameters, MaxItems=1000)
    assert whole["IsTruncated"] is False
    assert "Marker" not in whole

    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        answer = call(**parameters, **marker, MaxItems=1)
        assert len(_entries(answer)) == 1
        found += _entries(answer)
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}

    assert found == _entries(whole)
    assert len(found) > 1 or operation in NEVER_MORE_THAN_ONE


@pytest.mark.parametrize(("size", "bound"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")])
def test_a_page_has_one_to_a_thousand(aws: Aws, size: int, bound: str) -> None:
    """The model's range, worded as the model's."""
    iam = aws.client("iam", parameter_validation=False)

    for operation in LISTINGS:
        assert _refusal(iam, operation, MaxItems=size) == (
            "ValidationError",
            f"1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: "
            f"Member must have value {bound}",
        )


def test_a_marker_of_another_listing_is_none(iam: Any) -> None:
    """Neither a foreign one nor one that nobody gave out leads anywhere."""
    for operation in LISTINGS:
        other = iam.list_roles if operation == "ListUsers" else iam.list_users
        for marker in (other(MaxItems=1)["Marker"], "nonsense", "="):
            assert _refusal(iam, operation, Marker=marker) == ("InvalidInput", "Invalid Marker."), operation


def _refusal(iam: Any, operation: str, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        getattr(iam, xform_name(operation))(**_parameters(operation), **parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
