"""Passwords of users and the password policy of the account, through boto3."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

GOOD = "Correct-horse-9"
BETTER = "Battery-staple-7"


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator, with a user Bob."""
    iam = aws.client("iam")
    iam.create_user(UserName="Bob", Path="/team/")
    return iam


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def test_a_login_profile_is_made_shown_changed_and_deleted(iam: Any, aws: Any) -> None:
    """Its date is that of the first password, whatever became of it."""
    made = iam.create_login_profile(UserName="Bob", Password=GOOD, PasswordResetRequired=True)["LoginProfile"]
    assert made == {"UserName": "Bob", "CreateDate": aws.clock.now(), "PasswordResetRequired": True}

    aws.clock.advance(60)
    iam.update_login_profile(UserName="Bob", Password=BETTER)
    assert iam.get_login_profile(UserName="Bob")["LoginProfile"] == made
    iam.update_login_profile(UserName="Bob", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="Bob")["LoginProfile"] == {**made, "PasswordResetRequired": False}

    iam.delete_login_profile(UserName="Bob")
    with pytest.raises(ClientError) as error:
        iam.get_login_profile(UserName="Bob")
    assert refused(error) == ("NoSuchEntity", 404, "Login Profile for User Bob cannot be found.")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_login_profile", {}),
        ("update_login_profile", {"Password": GOOD}),
        ("update_login_profile", {"PasswordResetRequired": True}),
        ("delete_login_profile", {}),
    ],
)
def test_without_a_login_profile(iam: Any, operation: str, parameters: dict[str, Any]) -> None:
    """Every operation says so in the same words."""
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(UserName="Bob", **parameters)
    assert refused(error) == ("NoSuchEntity", 404, "Login Profile for User Bob cannot be found.")


def test_a_second_login_profile_is_refused(iam: Any) -> None:
    """A password is changed, not made again."""
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    with pytest.raises(ClientError) as error:
        iam.create_login_profile(UserName="bob", Password=BETTER)
    assert refused(error) == ("EntityAlreadyExists", 409, "Login Profile for user Bob already exists.")


def test_a_password_must_be_given(iam: Any) -> None:
    """Though the model calls it optional."""
    with pytest.raises(ClientError) as error:
        iam.create_login_profile(UserName="Bob")
    assert refused(error)[:2] == ("ValidationError", 400)
    assert "Value null at 'password' failed to satisfy constraint: Member must not be null" in refused(error)[2]


@pytest.mark.parametrize("operation", ["create_login_profile", "get_login_profile", "delete_login_profile"])
def test_without_a_name_the_caller_is_meant(aws: Any, operation: str) -> None:
    """A user works on their own password; the root user has none of this kind."""
    keys = aws.user("Self", allow("iam:*LoginProfile", resource="arn:aws:iam::*:user/${aws:username}"))
    own = aws.client("iam", keys)
    if operation != "create_login_profile":
        own.create_login_profile(Password=GOOD)
    parameters = {"Password": GOOD} if operation == "create_login_profile" else {}
    getattr(own, operation)(**parameters)

    with pytest.raises(ClientError) as error:
        getattr(aws.client("iam", root(aws)), operation)(**parameters)
    assert refused(error) == ("ValidationError", 400, "Must specify userName when calling with non-User credentials")


def root(aws: Any) -> Any:
    """A key of the root user."""
    new = aws.api.ground.directory.accounts.create_root_key(aws.account)
    return type(aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("Sh0rt-x", "Password should have a minimum length of 8"),
        (
            "lowercase-only",
            "Password should meet 1 more of the following requirements: "
            "Password should have at least one uppercase letter, Password should have at least one number",
        ),
        (
            "alllowercase",
            "Password should meet 2 more of the following requirements: "
            "Password should have at least one uppercase letter, Password should have at least one number, "
            "Password should have at least one symbol",
        ),
        ("Telecine", "Password should meet 1 more"),
    ],
)
def test_the_default_policy(iam: Any, password: str, message: str) -> None:
    """IAM user guide, "Default password policy": eight characters, three kinds out of four."""
    with pytest.raises(ClientError) as error:
        iam.create_login_profile(UserName="Bob", Password=password)
    assert refused(error)[:2] == ("PasswordPolicyViolation", 400)
    assert refused(error)[2].startswith(message)


def test_the_default_policy_bars_the_accounts_own_email(iam: Any, aws: Any) -> None:
    """Nor its name: both are no secrets."""
    aws.api.ground.directory.accounts.set_root_email(aws.account, "Owner-1@example.com")
    with pytest.raises(ClientError) as error:
        iam.create_login_profile(UserName="Bob", Password="owner-1@EXAMPLE.com")
    assert refused(error)[0] == "PasswordPolicyViolation"
    assert "identical to your AWS account name or email address" in refused(error)[2]


def test_there_is_no_policy_of_ones_own_at_first(iam: Any, aws: Any) -> None:
    """Neither to show nor to delete."""
    for operation in (iam.get_account_password_policy, iam.delete_account_password_policy):
        with pytest.raises(ClientError) as error:
            operation()
        message = f"The Password Policy with domain name {aws.account} cannot be found."
        assert refused(error) == ("NoSuchEntity", 404, message)


def test_what_is_left_out_goes_back_to_its_default(iam: Any) -> None:
    """There are no partial updates."""
    iam.update_account_password_policy(
        MinimumPasswordLength=20,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True,
        MaxPasswordAge=90,
        PasswordReusePrevention=24,
        HardExpiry=True,
    )
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 20,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24,
        "HardExpiry": True,
    }

    iam.update_account_password_policy(RequireNumbers=True)
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 6,
        "RequireSymbols": False,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
        "HardExpiry": False,
    }

    iam.delete_account_password_policy()
    with pytest.raises(ClientError):
        iam.get_account_password_policy()


@pytest.mark.parametrize(
    ("policy", "password", "message"),
    [
        ({"MinimumPasswordLength": 12}, "Short-1", "Password should have a minimum length of 12"),
        ({"RequireSymbols": True}, "Nosymbol1", "Password should have at least one symbol"),
        ({"RequireNumbers": True}, "No-number", "Password should have at least one number"),
        ({"RequireUppercaseCharacters": True}, "no-upper-1", "Password should have at least one uppercase letter"),
        ({"RequireLowercaseCharacters": True}, "NO-LOWER-1", "Password should have at least one lowercase letter"),
        (
            {"RequireSymbols": True, "RequireNumbers": True},
            "Neither",
            "Password should have at least one number, Password should have at least one symbol",
        ),
    ],
)
def test_a_policy_of_ones_own(iam: Any, policy: dict[str, Any], password: str, message: str) -> None:
    """Each member asks for one thing, and six plain letters are enough where none does."""
    iam.update_account_password_policy(**policy)
    with pytest.raises(ClientError) as error:
        iam.create_login_profile(UserName="Bob", Password=password)
    assert refused(error) == ("PasswordPolicyViolation", 400, message)

    iam.update_account_password_policy()
    iam.create_login_profile(UserName="Bob", Password="secret")


def test_old_passwords_may_not_come_back(iam: Any) -> None:
    """Two to remember: the one in force and the one before it, not the one before that."""
    iam.update_account_password_policy(PasswordReusePrevention=2)
    iam.create_login_profile(UserName="Bob", Password="first-1")
    iam.update_login_profile(UserName="Bob", Password="second-2")
    iam.update_login_profile(UserName="Bob", Password="third-3")

    for barred in ("third-3", "second-2"):
        with pytest.raises(ClientError) as error:
            iam.update_login_profile(UserName="Bob", Password=barred)
        assert refused(error)[0] == "PasswordPolicyViolation"
        assert "reuse prevention" in refused(error)[2]
    iam.update_login_profile(UserName="Bob", Password="first-1")


def test_users_change_their_own_password_if_they_may(iam: Any, aws: Any) -> None:
    """They show the old one; a change that was asked for is done with."""
    keys = aws.user("Self", allow("iam:ChangePassword", resource="arn:aws:iam::*:user/${aws:username}"))
    iam.create_login_profile(UserName="Self", Password=GOOD, PasswordResetRequired=True)
    own = aws.client("iam", keys)

    with pytest.raises(ClientError) as error:
        own.change_password(OldPassword=BETTER, NewPassword="Another-one-5")
    assert refused(error) == ("AccessDenied", 403, "The old password was incorrect.")
    with pytest.raises(ClientError) as error:
        own.change_password(OldPassword=GOOD, NewPassword="weak")
    assert refused(error)[0] == "PasswordPolicyViolation"
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)

    assert iam.get_login_profile(UserName="Self")["LoginProfile"]["PasswordResetRequired"] is False
    own.change_password(OldPassword=BETTER, NewPassword=GOOD)


def test_guessing_the_old_password_is_slow(iam: Any, aws: Any) -> None:
    """Whoever found an access key cannot find out the password with it."""
    keys = aws.user("Self", allow("iam:ChangePassword"))
    iam.create_login_profile(UserName="Self", Password=GOOD)
    own = aws.client("iam", keys)
    codes = []
    for number in range(7):
        with pytest.raises(ClientError) as error:
            own.change_password(OldPassword=f"guess-{number}", NewPassword=BETTER)
        codes.append(refused(error)[0])
    assert codes == ["AccessDenied"] * 5 + ["Throttling"] * 2

    with pytest.raises(ClientError) as error:
        own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert refused(error) == ("Throttling", 400, "Rate exceeded")
    aws.clock.advance(1)
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_without_permission_nobody_changes_a_password(iam: Any, aws: Any) -> None:
    """Unless the account lets everybody."""
    keys = aws.user("Self")
    iam.create_login_profile(UserName="Self", Password=GOOD)
    own = aws.client("iam", keys)

    with pytest.raises(ClientError) as error:
        own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert refused(error)[0] == "AccessDenied"
    assert f"iam:ChangePassword on resource: arn:aws:iam::{aws.account}:user/Self" in refused(error)[2]

    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    own.change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert own.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    with pytest.raises(ClientError):
        own.update_login_profile(UserName="Self", Password=GOOD)


def test_an_explicit_deny_outweighs_the_account_wide_permission(iam: Any, aws: Any) -> None:
    """The password policy allows; it does not overrule."""
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    keys = aws.user("Self", {"Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"})
    iam.create_login_profile(UserName="Self", Password=GOOD)
    with pytest.raises(ClientError) as error:
        aws.client("iam", keys).change_password(OldPassword=GOOD, NewPassword=BETTER)
    assert "with an explicit deny in an identity-based policy" in refused(error)[2]


def test_only_users_have_a_password_to_change(iam: Any, aws: Any) -> None:
    """Not the root user, not a session of a role."""
    role = aws.role("Changer", {"AWS": aws.account}, allow("iam:ChangePassword"))
    for keys in (root(aws), aws.assume(role)):
        with pytest.raises(ClientError) as error:
            aws.client("iam", keys).change_password(OldPassword=GOOD, NewPassword=BETTER)
        assert refused(error) == ("InvalidUserType", 400, "Only IAM Users can change their own password")


def test_a_user_with_a_password_is_not_deleted(iam: Any) -> None:
    """First the login profile; what was remembered of old passwords is in nobody's way."""
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    iam.update_login_profile(UserName="Bob", Password=BETTER)
    with pytest.raises(ClientError) as error:
        iam.delete_user(UserName="Bob")
    assert refused(error) == ("DeleteConflict", 409, "Cannot delete entity, must delete login profile first.")
    iam.delete_login_profile(UserName="Bob")
    iam.delete_user(UserName="Bob")


def test_no_password_reaches_the_audit_log(iam: Any, aws: Any) -> None:
    """Neither one that is set nor one that is refused."""
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    with pytest.raises(ClientError):
        iam.update_login_profile(UserName="Bob", Password="weakweak")
    aws.api.close()
    log = "".join(path.read_text() for path in (aws.folder / "audit").glob("*.jsonl"))
    assert "CreateLoginProfile" in log
    assert GOOD not in log
    assert "weakweak" not in log


def test_the_age_of_a_password_is_counted_from_its_last_change(iam: Any, aws: Any) -> None:
    """The expiry of what is older starts with the policy."""
    directory = aws.api.ground.directory
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    aws.clock.advance(timedelta(days=10).total_seconds())
    iam.update_login_profile(UserName="Bob", Password=BETTER)
    iam.update_account_password_policy(MaxPasswordAge=10)
    profile = directory.passwords.profile(directory.users.get(aws.account, "Bob"))
    policy = directory.passwords.policy(aws.account)
    assert not profile.has_expired(policy, aws.clock.now() + timedelta(days=9, hours=23))
    assert profile.has_expired(policy, aws.clock.now() + timedelta(days=10))
