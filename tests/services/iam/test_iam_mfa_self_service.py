"""Users who manage their own MFA devices, under the policy of AWS's guide."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.iam.conftest import App

# IAM user guide, "AWS: Allows MFA-authenticated IAM users to manage their own credentials on the Security credentials
# page".
OWN_USER = "arn:aws:iam::*:user/${aws:username}"
SELF_MANAGE = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowViewAccountInfo",
            "Effect": "Allow",
            "Action": ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"],
            "Resource": "*",
        },
        {
            "Sid": "AllowManageOwnPasswords",
            "Effect": "Allow",
            "Action": ["iam:ChangePassword", "iam:GetUser"],
            "Resource": OWN_USER,
        },
        {
            "Sid": "AllowManageOwnAccessKeys",
            "Effect": "Allow",
            "Action": ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"],
            "Resource": OWN_USER,
        },
        {
            "Sid": "AllowManageOwnVirtualMFADevice",
            "Effect": "Allow",
            "Action": ["iam:CreateVirtualMFADevice"],
            "Resource": "arn:aws:iam::*:mfa/*",
        },
        {
            "Sid": "AllowManageOwnUserMFA",
            "Effect": "Allow",
            "Action": [
                "iam:DeactivateMFADevice",
                "iam:EnableMFADevice",
                "iam:ListMFADevices",
                "iam:ResyncMFADevice",
            ],
            "Resource": OWN_USER,
        },
        {
            "Sid": "DenyAllExceptListedIfNoMFA",
            "Effect": "Deny",
            "NotAction": [
                "iam:CreateVirtualMFADevice",
                "iam:EnableMFADevice",
                "iam:GetUser",
                "iam:ListMFADevices",
                "iam:ListVirtualMFADevices",
                "iam:ResyncMFADevice",
                "sts:GetSessionToken",
            ],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        },
    ],
}


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator, with a user Bob."""
    iam = aws.client("iam")
    iam.create_user(UserName="Bob")
    return iam


@pytest.fixture
def self_managed(iam: Any, aws: Any) -> Any:
    """Bob's key, under the guide's policy."""
    keys = aws.user("Carol")
    iam.put_user_policy(UserName="Carol", PolicyName="self", PolicyDocument=json.dumps(SELF_MANAGE))
    return keys


def denied(error: pytest.ExceptionInfo[ClientError], why: str) -> bool:
    """Whether it was a denial for that reason."""
    answer = error.value.response
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    return (code, status) == ("AccessDenied", 403) and why in answer["Error"]["Message"]


def test_without_mfa_users_get_no_further_than_a_device(iam: Any, aws: Any, self_managed: Any) -> None:
    """The guide's policy lets them make and enable their own device, and nothing else."""
    own = aws.client("iam", self_managed)
    assert own.get_user()["User"]["UserName"] == "Carol"
    app = App(own, aws, "carols-phone")
    app.enable("Carol")
    assert [device["SerialNumber"] for device in own.list_mfa_devices()["MFADevices"]] == [app.serial]
    assert own.list_virtual_mfa_devices()["VirtualMFADevices"]

    explicit = "with an explicit deny in an identity-based policy"
    for refusal in (
        lambda: own.change_password(OldPassword="a", NewPassword="b"),
        own.list_access_keys,
        own.create_access_key,
        own.get_account_password_policy,
        lambda: own.deactivate_mfa_device(UserName="Carol", SerialNumber=app.serial),
    ):
        with pytest.raises(ClientError) as error:
            refusal()
        assert denied(error, explicit)


def test_with_mfa_users_manage_their_own_credentials(iam: Any, aws: Any, self_managed: Any) -> None:
    """A session that GetSessionToken gave for a code: the same policy now lets them, and still only for themselves."""
    own = aws.client("iam", self_managed)
    app = App(own, aws, "carols-phone")
    app.enable("Carol")
    iam.create_login_profile(UserName="Carol", Password="Correct-horse-9")
    iam.update_account_password_policy(MinimumPasswordLength=8)
    aws.clock.advance(60)
    sts = aws.client("sts", self_managed)
    given = sts.get_session_token(SerialNumber=app.serial, TokenCode=app.code())["Credentials"]
    session = aws.client(
        "iam",
        type(aws.admin)(
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
            session_token=given["SessionToken"],
        ),
    )

    assert len(session.list_access_keys()["AccessKeyMetadata"]) == 1
    session.change_password(OldPassword="Correct-horse-9", NewPassword="Battery-staple-7")
    assert session.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 8
    for refusal in (
        lambda: session.list_access_keys(UserName="Bob"),
        lambda: session.update_login_profile(UserName="Carol", Password="Another-one-5"),
        session.list_users,
    ):
        with pytest.raises(ClientError) as error:
            refusal()
        assert denied(error, "because no identity-based policy allows")
    session.deactivate_mfa_device(UserName="Carol", SerialNumber=app.serial)
    assert own.list_mfa_devices()["MFADevices"] == []


def test_nobody_touches_the_devices_of_others(iam: Any, aws: Any, self_managed: Any) -> None:
    """`${aws:username}` is Carol, and the resource of these actions is the user."""
    own = aws.client("iam", self_managed)
    app = App(own, aws, "device")
    implicit = "because no identity-based policy allows"
    for refusal in (
        lambda: app.enable("Bob"),
        lambda: own.list_mfa_devices(UserName="Bob"),
        lambda: own.resync_mfa_device(UserName="Bob", SerialNumber=app.serial, **app.pair()),
        lambda: own.get_user(UserName="Bob"),
    ):
        with pytest.raises(ClientError) as error:
            refusal()
        assert denied(error, implicit)
