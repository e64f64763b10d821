"""Roles and their trust policies, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
MEDIACONVERT = {"Service": "mediaconvert.amazonaws.com"}


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def trust(principal: Any, **more: Any) -> str:
    """A trust policy for `principal`."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def principal_of(iam: Any, role: str) -> Any:
    """The Principal element of the role's first statement, as it reads now."""
    return iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]


def test_a_role_shows_everything_it_was_made_with(iam: Any, aws: Any) -> None:
    """GetRole gives back path, description, duration, tags and the trust policy."""
    made = iam.create_role(
        RoleName="Encoder",
        Path="/service-role/",
        AssumeRolePolicyDocument=trust(MEDIACONVERT),
        Description="for films",
        MaxSessionDuration=7200,
        Tags=[{"Key": "Team", "Value": "film"}],
    )["Role"]

    assert made["Arn"] == "arn:aws:iam::123456789012:role/service-role/Encoder"
    assert made["RoleId"].startswith("AROA")
    assert made["AssumeRolePolicyDocument"] == json.loads(trust(MEDIACONVERT))
    assert (made["Description"], made["MaxSessionDuration"]) == ("for films", 7200)
    assert iam.get_role(RoleName="encoder")["Role"] == {**made, "RoleLastUsed": {}}
    listed = iam.list_roles(PathPrefix="/service-role/")["Roles"]
    assert listed == [{key: value for key, value in made.items() if key != "Tags"}]


def test_the_document_is_url_encoded_on_the_wire(aws: Any) -> None:
    """RFC 3986: everything but letters, digits and `-_.~` is a percent escape; white space is kept."""
    text = trust(MEDIACONVERT).replace("{", "{\n\t ", 1)
    iam = aws.client("iam")
    raw: list[bytes] = []
    iam.meta.events.register("before-parse.iam", lambda response_dict, **_: raw.append(response_dict["body"]))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=text)

    iam.get_role(RoleName="r")

    assert b"<AssumeRolePolicyDocument>%7B%0A%09%20%22Version%22%3A%20%222012-10-17%22%2C%20" in raw[-1]


def test_role_names_are_unique_without_regard_to_case(iam: Any) -> None:
    """PRODROLE and prodrole are one."""
    iam.create_role(RoleName="prodrole", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    with pytest.raises(ClientError) as error:
        iam.create_role(RoleName="PRODROLE", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    assert refused(error) == ("EntityAlreadyExists", 409, "Role with name PRODROLE already exists.")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "This policy contains invalid Json"),
        (
            trust(MEDIACONVERT, Resource="*"),
            "Has prohibited field Resource",
        ),
        (
            trust({"Service": "nobody.example.com"}),
            'Invalid principal in policy: "SERVICE":"nobody.example.com"',
        ),
        (
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ghost"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/ghost"',
        ),
        (
            trust({"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/ghost"]}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:role/ghost"',
        ),
        (
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ADMIN"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/ADMIN"',
        ),
        (
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/path/admin"}),
            f'Invalid principal in policy: "AWS":"arn:aws:iam::{ACCOUNT}:user/path/admin"',
        ),
        (
            trust({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/ghost/session"}),
            f'Invalid principal in policy: "AWS":"arn:aws:sts::{ACCOUNT}:assumed-role/ghost/session"',
        ),
        (
            trust({"AWS": "arn:aws:iam::999999999999:root"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::999999999999:root"',
        ),
    ],
)
def test_trust_policies_that_are_refused(iam: Any, document: str, message: str) -> None:
    """At creation and at update, in AWS's words."""
    iam.create_role(RoleName="there", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    with pytest.raises(ClientError) as created:
        iam.create_role(RoleName="new", AssumeRolePolicyDocument=document)
    with pytest.raises(ClientError) as updated:
        iam.update_assume_role_policy(RoleName="there", PolicyDocument=document)

    assert refused(created) == refused(updated) == ("MalformedPolicyDocument", 400, message)
    assert principal_of(iam, "there") == MEDIACONVERT


def test_a_trust_policy_has_2048_characters_beside_white_space(iam: Any) -> None:
    """White space does not count; one character too many does."""
    room = 2048 - len("".join(trust(MEDIACONVERT, Sid="").split()))
    fits = trust(MEDIACONVERT, Sid="a" * room)
    iam.create_role(RoleName="fits", AssumeRolePolicyDocument=fits + " " * 1000)

    with pytest.raises(ClientError) as error:
        iam.create_role(RoleName="not", AssumeRolePolicyDocument=trust(MEDIACONVERT, Sid="a" * (room + 1)))

    assert refused(error) == ("LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048")


def test_a_trust_policy_is_replaced(iam: Any) -> None:
    """UpdateAssumeRolePolicy puts another document in place."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": ACCOUNT}))

    assert principal_of(iam, "r") == {"AWS": ACCOUNT}


def test_a_recreated_namesake_is_not_trusted(aws: Any, iam: Any) -> None:
    """A principal is who was meant when the policy was written: afterwards its unique id stands there."""
    bob = aws.user("bob", {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    arn = f"arn:aws:iam::{ACCOUNT}:user/bob"
    user_id = iam.get_user(UserName="bob")["User"]["UserId"]
    role = aws.role("r", {"AWS": [arn, f"arn:aws:iam::{ACCOUNT}:user/admin"]})
    aws.assume(role, bob)

    iam.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    iam.delete_user_policy(UserName="bob", PolicyName="given")
    iam.delete_user(UserName="bob")
    namesake = aws.user("bob", {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})

    assert principal_of(iam, "r") == {"AWS": [user_id, f"arn:aws:iam::{ACCOUNT}:user/admin"]}
    with pytest.raises(ClientError) as error:
        aws.assume(role, namesake)
    assert refused(error) == (
        "AccessDenied",
        403,
        f"User: {arn} is not authorized to perform: sts:AssumeRole "
        "because no role trust policy allows the sts:AssumeRole action",
    )


def test_a_session_of_a_deleted_role_reads_as_its_id(iam: Any) -> None:
    """The session's name stays behind the role's unique id."""
    role_id = iam.create_role(RoleName="gone", AssumeRolePolicyDocument=trust(MEDIACONVERT))["Role"]["RoleId"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/night"
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": session}))
    assert principal_of(iam, "r") == {"AWS": session}

    iam.delete_role(RoleName="gone")

    assert principal_of(iam, "r") == {"AWS": f"{role_id}:night"}
    assert iam.list_roles()["Roles"][0]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "AWS": f"{role_id}:night"
    }


def test_a_role_goes_when_nothing_hangs_on_it(iam: Any) -> None:
    """DeleteRole asks for attached and inline policies to go first, as Terraform does."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT))
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    allow = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow)

    with pytest.raises(ClientError) as attached:
        iam.delete_role(RoleName="r")
    iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    with pytest.raises(ClientError) as inline:
        iam.delete_role(RoleName="r")
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")

    assert refused(attached) == ("DeleteConflict", 409, "Cannot delete entity, must detach all policies first.")
    assert refused(inline) == ("DeleteConflict", 409, "Cannot delete entity, must delete policies first.")
    with pytest.raises(ClientError) as error:
        iam.delete_role(RoleName="r")
    assert refused(error) == ("NoSuchEntity", 404, "The role with name r cannot be found.")


def test_what_terraform_asks_of_a_role(iam: Any) -> None:
    """Refreshing and destroying a role reads all that hangs on it."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT))
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(allow))
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")

    assert iam.list_role_policies(RoleName="R")["PolicyNames"] == ["p"]
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"] == allow
    assert iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"] == [
        {"PolicyName": "AmazonS3FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    ]


def test_no_role_has_instance_profiles(iam: Any) -> None:
    """The list is empty for a role that exists, and an error for one that does not."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == []
    with pytest.raises(ClientError) as error:
        iam.list_instance_profiles_for_role(RoleName="ghost")
    assert refused(error)[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxSessionDuration": 3599}, "ValidationError"),
        ({"MaxSessionDuration": 43201}, "ValidationError"),
        ({"PermissionsBoundary": "arn:aws:iam::aws:group/AdministratorAccess"}, "ValidationError"),
        ({"Path": "/aws-service-role/mediaconvert.amazonaws.com/"}, "InvalidInput"),
        ({"Path": "no-slash"}, "ValidationError"),
    ],
)
def test_what_create_role_refuses(aws: Any, parameters: dict[str, Any], code: str) -> None:
    """Nothing is made."""
    iam = aws.client("iam", parameter_validation=False)

    with pytest.raises(ClientError) as error:
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT), **parameters)

    assert refused(error)[:2] == (code, 400)
    assert next(iter(parameters)).lower() in refused(error)[2].lower()
    assert iam.list_roles()["Roles"] == []


def test_description_and_duration_change_each_alone(iam: Any) -> None:
    """UpdateRole leaves what it does not name; a description may become empty. Names cannot be changed."""
    iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=trust(MEDIACONVERT), Description="a", MaxSessionDuration=7200
    )

    seen = []
    for change in ({"Description": "b"}, {"MaxSessionDuration": 3600}, {}, {"Description": ""}):
        iam.update_role(RoleName="R", **change)
        found = iam.get_role(RoleName="r")["Role"]
        seen.append((found["Description"], found["MaxSessionDuration"]))
    shown = iam.update_role_description(RoleName="r", Description="c")["Role"]

    assert seen == [("b", 7200), ("b", 3600), ("b", 3600), ("", 3600)]
    assert (shown["RoleName"], shown["Description"], "RoleLastUsed" in shown) == ("r", "c", False)
    for missing in (
        lambda: iam.update_role(RoleName="ghost"),
        lambda: iam.update_role_description(RoleName="ghost", Description=""),
    ):
        with pytest.raises(ClientError) as error:
            missing()
        assert refused(error) == ("NoSuchEntity", 404, "The role with name ghost cannot be found.")


def test_when_a_role_was_last_used(aws: Any, iam: Any) -> None:
    """GetRole alone says when one of its sessions called, and in which region."""
    arn = aws.role("r", {"AWS": ACCOUNT})
    session = aws.client("sts", aws.assume(arn))

    session.get_caller_identity()
    aws.api.ground.directory.flush_uses()

    used = {"LastUsedDate": aws.clock.now(), "Region": "us-east-1"}
    assert iam.get_role(RoleName="r")["Role"]["RoleLastUsed"] == used
    assert "RoleLastUsed" not in iam.list_roles()["Roles"][0]


def test_paths_of_services_own_roles_are_kept_for_them(iam: Any) -> None:
    """Nobody makes a role that looks like one."""
    with pytest.raises(ClientError) as error:
        iam.create_role(RoleName="r", Path="/aws-service-role/x/", AssumeRolePolicyDocument=trust(MEDIACONVERT))

    message = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
    assert refused(error) == ("InvalidInput", 400, message)


def test_a_trusted_user_who_is_renamed_stays_trusted(aws: Any, iam: Any) -> None:
    """The policy shows the new ARN; whoever takes the old name is not trusted."""
    bob = aws.user("bob", {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    role = aws.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})

    iam.update_user(UserName="bob", NewUserName="rob", NewPath="/x/")
    namesake = aws.user("bob", {"Effect": "Allow", "Action": "sts:*", "Resource": "*"})

    assert principal_of(iam, "r") == {"AWS": f"arn:aws:iam::{ACCOUNT}:user/x/rob"}
    aws.assume(role, bob)
    with pytest.raises(ClientError) as error:
        aws.assume(role, namesake)
    assert refused(error)[0] == "AccessDenied"


def test_ids_of_the_dead_may_stay(aws: Any, iam: Any) -> None:
    """What GetRole shows can be written back, with another name beside it; a stranger's id cannot be written."""
    aws.user("bob")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/gone/night"
    iam.create_role(RoleName="gone", AssumeRolePolicyDocument=trust(MEDIACONVERT))
    aws.role("r", {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/bob", session]})
    key = iam.list_access_keys(UserName="bob")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName="bob", AccessKeyId=key)
    iam.delete_user(UserName="bob")
    iam.delete_role(RoleName="gone")
    shown = principal_of(iam, "r")["AWS"]
    assert [name[:4] for name in shown] == ["AIDA", "AROA"]

    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": [*shown, ACCOUNT]}))
    assert principal_of(iam, "r") == {"AWS": [*shown, ACCOUNT]}
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": ACCOUNT}))

    for dead in shown:
        with pytest.raises(ClientError) as error:
            iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": dead}))
        message = f'Invalid principal in policy: "AWS":"{dead}"'
        assert refused(error) == ("MalformedPolicyDocument", 400, message)


def test_ids_of_the_living_are_shown_as_names(aws: Any, iam: Any) -> None:
    """A unique id names a user or role as well as its ARN does."""
    user_id = iam.get_user(UserName="admin")["User"]["UserId"]
    role_id = iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(MEDIACONVERT))["Role"]["RoleId"]

    role = aws.role("r", {"AWS": [user_id, role_id, f"{role_id}:night"]})

    assert principal_of(iam, "r") == {
        "AWS": [
            f"arn:aws:iam::{ACCOUNT}:user/admin",
            f"arn:aws:iam::{ACCOUNT}:role/other",
            f"arn:aws:sts::{ACCOUNT}:assumed-role/other/night",
        ]
    }
    aws.assume(role)
