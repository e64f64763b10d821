"""Users and their access keys, through boto3."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccountId

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_user_has_id_path_and_arn(iam: Any, aws: Any) -> None:
    """What CreateUser shows is what GetUser shows."""
    made = iam.create_user(UserName="Bob", Path="/team/a/", Tags=[{"Key": "Team", "Value": "film"}])["User"]

    assert made["Arn"] == "arn:aws:iam::123456789012:user/team/a/Bob"
    assert made["UserId"].startswith("AIDA")
    assert len(made["UserId"]) == 21
    assert made["CreateDate"] == aws.clock.now()
    assert made["Tags"] == [{"Key": "Team", "Value": "film"}]
    assert iam.get_user(UserName="Bob")["User"] == made
    assert "Tags" not in iam.list_users(PathPrefix="/team/")["Users"][0]


def test_names_are_unique_without_regard_to_case(iam: Any) -> None:
    """`bob` is Bob: found so, shown as first written, not to be made again."""
    iam.create_user(UserName="Bob")

    with pytest.raises(ClientError) as error:
        iam.create_user(UserName="bOB")

    assert refused(error) == ("EntityAlreadyExists", 409, "User with name bOB already exists.")
    assert iam.get_user(UserName="BOB")["User"]["UserName"] == "Bob"


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("get_user", {}, "The user with name ghost cannot be found."),
        ("delete_user", {}, "The user with name ghost cannot be found."),
        ("list_access_keys", {}, "The user with name ghost cannot be found."),
        ("create_access_key", {}, "The user with name ghost cannot be found."),
        ("list_user_policies", {}, "The user with name ghost cannot be found."),
        ("list_attached_user_policies", {}, "The user with name ghost cannot be found."),
        ("get_user_policy", {"PolicyName": "p"}, "The user with name ghost cannot be found."),
        ("update_user", {"NewPath": "/x/"}, "The user with name ghost cannot be found."),
        ("list_groups_for_user", {}, "The user with name ghost cannot be found."),
        ("list_user_tags", {}, "The user with name ghost cannot be found."),
        ("delete_user_permissions_boundary", {}, "The user with name ghost cannot be found."),
    ],
)
def test_a_user_who_is_not_there(iam: Any, operation: str, parameters: dict[str, str], message: str) -> None:
    """Every operation says so in the same words."""
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(UserName="ghost", **parameters)

    assert refused(error) == ("NoSuchEntity", 404, message)


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        (
            {"UserName": "no spaces"},
            "ValidationError",
            "1 validation error detected: Value 'no spaces' at 'userName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]+",
        ),
        (
            {"UserName": "x" * 65},
            "ValidationError",
            f"1 validation error detected: Value '{'x' * 65}' at 'userName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            {"UserName": "Bob", "PermissionsBoundary": "arn:aws:iam::123456789012:user/admin"},
            "ValidationError",
            "Value (arn:aws:iam::123456789012:user/admin) for parameter PermissionsBoundary is invalid.",
        ),
        (
            {"UserName": "Bob", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"UserName": "Bob", "Tags": [{"Key": "aws:a", "Value": "1"}]},
            "InvalidInput",
            "The tag key 'aws:a' is reserved: keys cannot begin with 'aws:'.",
        ),
    ],
)
def test_what_create_user_refuses(iam: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    """Nothing is made, and the message names the member."""
    with pytest.raises(ClientError) as error:
        iam.create_user(**parameters)

    assert refused(error) == (code, 400, message)
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin"]


def test_listing_in_pages(iam: Any) -> None:
    """Markers lead through every user once, in order, and only in their own listing."""
    for name in ("Carol", "alice", "Bob", "dave"):
        iam.create_user(UserName=name, Path="/x/" if name == "dave" else "/")

    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}))

    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [
        ["admin", "alice"],
        ["Bob", "Carol"],
        ["dave"],
    ]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    with pytest.raises(ClientError) as error:
        iam.list_users(Marker=pages[0]["Marker"], PathPrefix="/x/")
    assert refused(error) == ("InvalidInput", 400, "Invalid Marker.")
    with pytest.raises(ClientError):
        iam.list_roles(Marker=pages[0]["Marker"])


def test_path_prefixes_are_compared_letter_for_letter(iam: Any) -> None:
    """`_` and `%` are no wildcards, and case counts."""
    for name, path in (("a", "/x_y/"), ("b", "/xzy/"), ("c", "/X_y/")):
        iam.create_user(UserName=name, Path=path)

    assert [user["UserName"] for user in iam.list_users(PathPrefix="/x_y/")["Users"]] == ["a"]


def test_the_callers_own_user(aws: Any) -> None:
    """GetUser without a name shows who asks."""
    keys = aws.user("bob", ALLOW_ALL)

    assert aws.client("iam", keys).get_user()["User"]["UserName"] == "bob"


def test_a_role_session_must_name_a_user(aws: Any) -> None:
    """It is no user that could be left out."""
    role = aws.role("helper", {"AWS": "arn:aws:iam::123456789012:root"}, ALLOW_ALL)
    session = aws.client("iam", aws.assume(role))

    for operation in (session.get_user, session.list_access_keys, session.create_access_key):
        with pytest.raises(ClientError) as error:
            operation()
        assert refused(error) == (
            "ValidationError",
            400,
            "Must specify userName when calling with non-User credentials",
        )


def test_a_key_is_shown_once_and_signs(aws: Any, iam: Any) -> None:
    """The secret comes with the new key and never again."""
    iam.create_user(UserName="bob")
    made = iam.create_access_key(UserName="bob")["AccessKey"]
    listed = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]

    assert made["AccessKeyId"].startswith("AKIA")
    assert len(made["SecretAccessKey"]) == 40
    assert listed == [
        {
            "UserName": "bob",
            "AccessKeyId": made["AccessKeyId"],
            "Status": "Active",
            "CreateDate": aws.clock.now(),
        }
    ]


def test_two_keys_are_the_limit(iam: Any) -> None:
    """A third key is refused, whether the others are active or not."""
    iam.create_user(UserName="bob")
    for _ in range(2):
        key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName="bob", AccessKeyId=key, Status="Inactive")

    with pytest.raises(ClientError) as error:
        iam.create_access_key(UserName="bob")

    assert refused(error) == ("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2")


def test_a_key_stops_at_once(aws: Any, iam: Any) -> None:
    """Inactive or deleted, the next request with it is refused; active again, it is accepted."""
    keys = aws.user("bob", ALLOW_ALL)
    mine = {"UserName": "bob", "AccessKeyId": keys.access_key_id}
    bob = aws.client("sts", keys)
    bob.get_caller_identity()

    iam.update_access_key(**mine, Status="Inactive")
    with pytest.raises(ClientError) as inactive:
        bob.get_caller_identity()
    iam.update_access_key(**mine, Status="Active")
    bob.get_caller_identity()
    iam.delete_access_key(**mine)
    with pytest.raises(ClientError) as deleted:
        bob.get_caller_identity()

    message = "The security token included in the request is invalid."
    assert refused(inactive) == refused(deleted) == ("InvalidClientTokenId", 403, message)


def test_somebody_elses_key(aws: Any, iam: Any) -> None:
    """A key is changed and deleted only under its own user's name."""
    keys = aws.user("bob")
    iam.create_user(UserName="eve")
    not_hers = {"UserName": "eve", "AccessKeyId": keys.access_key_id}

    for change in (
        lambda: iam.delete_access_key(**not_hers),
        lambda: iam.update_access_key(**not_hers, Status="Inactive"),
    ):
        with pytest.raises(ClientError) as error:
            change()
        assert refused(error) == (
            "NoSuchEntity",
            404,
            f"The Access Key with id {keys.access_key_id} cannot be found",
        )


def test_nobody_makes_a_key_expired(aws: Any, iam: Any) -> None:
    """The model lists `Expired`, but only IAM gives that state."""
    keys = aws.user("bob")

    with pytest.raises(ClientError) as error:
        iam.update_access_key(UserName="bob", AccessKeyId=keys.access_key_id, Status="Expired")

    assert refused(error)[0] == "InvalidInput"


def test_a_user_goes_when_nothing_hangs_on_it(aws: Any, iam: Any) -> None:
    """DeleteUser asks for all of it to go first, one after the other; tags and boundary go with the user."""
    keys = aws.user("bob", ALLOW_ALL)
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    iam.create_login_profile(UserName="bob", Password="correct-Horse-7")
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.tag_user(UserName="bob", Tags=[{"Key": "Team", "Value": "film"}])
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=arn)
    serial = _device(aws, iam, "bob")
    clear = (
        ("Cannot delete entity, must delete access keys first.",
         lambda: iam.delete_access_key(UserName="bob", AccessKeyId=keys.access_key_id)),
        ("Cannot delete entity, must delete login profile first.",
         lambda: iam.delete_login_profile(UserName="bob")),
        ("Cannot delete entity, must delete MFA device first.",
         lambda: iam.deactivate_mfa_device(UserName="bob", SerialNumber=serial)),
        ("Cannot delete entity, must detach all policies first.",
         lambda: iam.detach_user_policy(UserName="bob", PolicyArn=arn)),
        ("Cannot delete entity, must delete policies first.",
         lambda: iam.delete_user_policy(UserName="bob", PolicyName="given")),
        ("Cannot delete entity, must remove users from group first.",
         lambda: iam.remove_user_from_group(GroupName="staff", UserName="bob")),
    )  # fmt: skip

    for message, remove in clear:
        with pytest.raises(ClientError) as error:
            iam.delete_user(UserName="bob")
        assert refused(error) == ("DeleteConflict", 409, message)
        remove()
    iam.delete_user(UserName="bob")

    with pytest.raises(ClientError) as error:
        iam.get_user(UserName="bob")
    assert refused(error)[0] == "NoSuchEntity"


def _device(aws: Any, iam: Any, user: str) -> str:
    """A virtual MFA device of the user; its serial number."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    codes = pyotp.TOTP(made["Base32StringSeed"].decode())
    now = aws.clock.now()
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=codes.at(now - timedelta(seconds=30)),
        AuthenticationCode2=codes.at(now),
    )
    return str(made["SerialNumber"])


def test_a_renamed_user_stays_itself(aws: Any, iam: Any) -> None:
    """Id, keys, policies, memberships and tags stay; name, path and ARN are new, and the old name is free."""
    iam.create_group(GroupName="staff")
    keys = aws.user("bob", ALLOW_ALL)
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.tag_user(UserName="bob", Tags=[{"Key": "Team", "Value": "film"}])
    before = iam.get_user(UserName="bob")["User"]

    iam.update_user(UserName="BOB", NewUserName="Robert", NewPath="/team/")
    iam.create_user(UserName="bob")

    after = iam.get_user(UserName="robert")["User"]
    arn = "arn:aws:iam::123456789012:user/team/Robert"
    assert after == {**before, "UserName": "Robert", "Path": "/team/", "Arn": arn}
    assert aws.client("sts", keys).get_caller_identity()["Arn"] == arn
    assert aws.client("iam", keys).list_access_keys()["AccessKeyMetadata"][0]["UserName"] == "Robert"
    assert iam.list_user_policies(UserName="Robert")["PolicyNames"] == ["given"]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="Robert")["Groups"]] == ["staff"]
    assert iam.list_groups_for_user(UserName="bob")["Groups"] == []


@pytest.mark.parametrize(
    ("change", "arn"),
    [
        ({"NewUserName": "BOB"}, "user/x/BOB"),
        ({"NewUserName": "rob"}, "user/x/rob"),
        ({"NewPath": "/y/"}, "user/y/Bob"),
        ({}, "user/x/Bob"),
    ],
)
def test_what_is_not_named_stays(iam: Any, change: dict[str, str], arn: str) -> None:
    """UpdateUser changes name and path each alone; another case of a user's own name is a new name."""
    iam.create_user(UserName="Bob", Path="/x/")

    iam.update_user(UserName="bob", **change)

    found = iam.get_user(UserName=change.get("NewUserName", "bob"))["User"]
    assert found["Arn"] == f"arn:aws:iam::123456789012:{arn}"


def test_a_name_that_is_taken(iam: Any) -> None:
    """In whatever case; nothing changes."""
    for name in ("Bob", "carol"):
        iam.create_user(UserName=name)

    with pytest.raises(ClientError) as error:
        iam.update_user(UserName="carol", NewUserName="BOB", NewPath="/x/")

    assert refused(error) == ("EntityAlreadyExists", 409, "User with name BOB already exists.")
    assert [user["Arn"].rpartition("user")[2] for user in iam.list_users()["Users"]] == ["/admin", "/Bob", "/carol"]


def test_renaming_needs_both_names(aws: Any, iam: Any) -> None:
    """Who may change only the old name, or only the new one, changes nothing (IAM API reference, "UpdateUser")."""
    iam.create_user(UserName="carol")
    of = "arn:aws:iam::123456789012:user/"
    for name, resources in (("old", [f"{of}carol"]), ("new", [f"{of}x/dora"])):
        keys = aws.user(name, {"Effect": "Allow", "Action": "iam:UpdateUser", "Resource": resources})
        with pytest.raises(ClientError) as error:
            aws.client("iam", keys).update_user(UserName="carol", NewUserName="dora", NewPath="/x/")
        assert refused(error)[0] == "AccessDenied"
    both = aws.user("both", {"Effect": "Allow", "Action": "iam:UpdateUser", "Resource": [f"{of}carol", f"{of}x/dora"]})

    aws.client("iam", both).update_user(UserName="carol", NewUserName="dora", NewPath="/x/")

    assert iam.get_user(UserName="dora")["User"]["Path"] == "/x/"


def test_admin_cannot_go_while_it_has_a_password(aws: Any) -> None:
    """The login profile of the first user counts too."""
    second = aws.client("iam", aws.user("second", ALLOW_ALL))
    second.delete_access_key(UserName="admin", AccessKeyId=aws.admin.access_key_id)

    with pytest.raises(ClientError) as error:
        second.delete_user(UserName="admin")

    assert refused(error) == ("DeleteConflict", 409, "Cannot delete entity, must delete login profile first.")


def test_root_signs_with_a_key_made_on_the_machine(aws: Any) -> None:
    """Root's key may do everything; its user has the account's id and no name."""
    new = aws.api.ground.directory.accounts.create_root_key(AccountId(aws.account))
    keys = type(aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)
    iam, sts = aws.client("iam", keys), aws.client("sts", keys)

    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    assert iam.get_user()["User"] == {
        "UserId": "123456789012",
        "Arn": "arn:aws:iam::123456789012:root",
        "CreateDate": aws.clock.now(),
    }
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [new.key.access_key_id]
    assert len(iam.list_users()["Users"]) == 1
