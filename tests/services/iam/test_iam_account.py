"""The account as a whole, through boto3: summary, everything at once, alias, who may use a service."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OTHER = "210987654321"
ADMIN_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def document(*actions: str, **more: Any) -> str:
    """A policy that allows these actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "mediaconvert.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_the_summary_of_a_new_account(iam: Any) -> None:
    """Every key that the API documents, with what is there and what may be."""
    model = iam.meta.service_model.shape_for("summaryKeyType")
    summary = iam.get_account_summary()["SummaryMap"]

    assert set(summary) == set(model.enum)
    assert summary == {
        "Users": 1,
        "UsersQuota": 5000,
        "Groups": 0,
        "GroupsQuota": 300,
        "Roles": 0,
        "RolesQuota": 1000,
        "Policies": 0,
        "PoliciesQuota": 1500,
        "InstanceProfiles": 0,
        "InstanceProfilesQuota": 1000,
        "GroupsPerUserQuota": 10,
        "AccessKeysPerUserQuota": 2,
        "AttachedPoliciesPerUserQuota": 10,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "VersionsPerPolicyQuota": 5,
        "PolicySizeQuota": 6144,
        "AssumeRolePolicySizeQuota": 2048,
        "UserPolicySizeQuota": 2048,
        "GroupPolicySizeQuota": 5120,
        "RolePolicySizeQuota": 10240,
        "PolicyVersionsInUse": 1,  # AdministratorAccess, of the user admin
        "PolicyVersionsInUseQuota": 10000,
        "MFADevices": 0,
        "MFADevicesInUse": 0,
        "AccountMFAEnabled": 0,
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": 0,
        "SigningCertificatesPerUserQuota": 0,
        "ServerCertificates": 0,
        "ServerCertificatesQuota": 0,
        "Providers": 0,
        "GlobalEndpointTokenVersion": 2,
    }


def test_the_summary_counts(aws: Any, iam: Any) -> None:
    """What was made since, policies in use by attachment and by boundary, what root has."""
    own = iam.create_policy(PolicyName="own", PolicyDocument=document("s3:*"))["Policy"]["Arn"]
    iam.create_policy(PolicyName="unused", PolicyDocument=document("s3:*"))
    iam.create_user(UserName="bob", PermissionsBoundary=own)
    iam.create_group(GroupName="crew")
    iam.attach_group_policy(GroupName="crew", PolicyArn=S3_READ)
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    directory = aws.api.ground.directory
    directory.accounts.create_root_key(aws.account)
    directory.accounts.set_root_password(aws.account, "a long password")

    summary = iam.get_account_summary()["SummaryMap"]

    counted = {
        "Users": 2,
        "Groups": 1,
        "Roles": 1,
        "Policies": 2,
        "InstanceProfiles": 1,
        "MFADevices": 1,
        "MFADevicesInUse": 0,
        "AccountMFAEnabled": 0,
        "AccountAccessKeysPresent": 1,
        "AccountPasswordPresent": 1,
        "PolicyVersionsInUse": 3,
    }
    assert {key: summary[key] for key in counted} == counted


@pytest.fixture
def populated(iam: Any) -> Any:
    """Two users, a group, two roles, two policies, in every relation to each other."""
    own = iam.create_policy(PolicyName="own", PolicyDocument=document("s3:*"), Description="of ours")["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=document("kms:*"), SetAsDefault=True)
    iam.create_policy(PolicyName="Other", PolicyDocument=document("s3:*"))
    iam.create_user(UserName="bob", Path="/film/", PermissionsBoundary=own, Tags=[{"Key": "a", "Value": "b"}])
    iam.put_user_policy(UserName="bob", PolicyName="inline", PolicyDocument=document("s3:GetObject"))
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="shared", PolicyDocument=document("iam:GetUser"))
    iam.attach_group_policy(GroupName="crew", PolicyArn=own)
    iam.add_user_to_group(GroupName="crew", UserName="bob")
    iam.create_role(RoleName="plain", AssumeRolePolicyDocument=TRUST)
    iam.create_role(RoleName="Worker", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "c", "Value": "d"}])
    iam.put_role_policy(RoleName="Worker", PolicyName="media", PolicyDocument=document("s3:GetObject"))
    iam.attach_role_policy(RoleName="Worker", PolicyArn=S3_READ)
    iam.create_instance_profile(InstanceProfileName="machines")
    iam.add_role_to_instance_profile(InstanceProfileName="machines", RoleName="Worker")
    return iam


def test_everything_at_once(aws: Any, populated: Any) -> None:
    """Each identity with its policies, groups and limits; each policy with its versions; AWS's that are in use."""
    found = populated.get_account_authorization_details()
    now = aws.clock.now()
    own = f"arn:aws:iam::{ACCOUNT}:policy/own"

    bob = found["UserDetailList"][1]
    assert bob == {
        "Path": "/film/",
        "UserName": "bob",
        "UserId": bob["UserId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/film/bob",
        "CreateDate": now,
        "UserPolicyList": [{"PolicyName": "inline", "PolicyDocument": json.loads(document("s3:GetObject"))}],
        "GroupList": ["crew"],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": own},
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    (crew,) = found["GroupDetailList"]
    assert crew == {
        "Path": "/",
        "GroupName": "crew",
        "GroupId": crew["GroupId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/crew",
        "CreateDate": now,
        "GroupPolicyList": [{"PolicyName": "shared", "PolicyDocument": json.loads(document("iam:GetUser"))}],
        "AttachedManagedPolicies": [{"PolicyName": "own", "PolicyArn": own}],
    }
    worker = found["RoleDetailList"][1]
    profile = populated.get_instance_profile(InstanceProfileName="machines")["InstanceProfile"]
    assert worker == {
        "Path": "/",
        "RoleName": "Worker",
        "RoleId": worker["RoleId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/Worker",
        "CreateDate": now,
        "AssumeRolePolicyDocument": json.loads(TRUST),
        "InstanceProfileList": [profile],
        "RolePolicyList": [{"PolicyName": "media", "PolicyDocument": json.loads(document("s3:GetObject"))}],
        "AttachedManagedPolicies": [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}],
        "Tags": [{"Key": "c", "Value": "d"}],
        "RoleLastUsed": {},
    }
    policies = {policy["PolicyName"]: policy for policy in found["Policies"]}
    assert list(policies) == ["Other", "own", "AdministratorAccess", "AmazonS3ReadOnlyAccess"]
    shown = policies["own"]
    assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"], shown["Description"]) == (1, 1, "of ours")
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in shown["PolicyVersionList"]] == [
        ("v2", True),
        ("v1", False),
    ]
    assert shown["PolicyVersionList"][0]["Document"] == json.loads(document("kms:*"))
    assert policies["AdministratorAccess"]["AttachmentCount"] == 1
    assert found["IsTruncated"] is False


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["User"], ["admin", "bob"]),
        (["Group", "Role"], ["crew", "plain", "Worker"]),
        (["LocalManagedPolicy"], ["Other", "own"]),
        (["AWSManagedPolicy"], ["AdministratorAccess", "AmazonS3ReadOnlyAccess"]),
        (
            None,
            [
                "admin",
                "bob",
                "crew",
                "plain",
                "Worker",
                "Other",
                "own",
                "AdministratorAccess",
                "AmazonS3ReadOnlyAccess",
            ],
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_everything_in_pages(populated: Any, wanted: list[str] | None, names: list[str], size: int) -> None:
    """Of the kinds that are asked for, each thing once, across the kinds."""
    filters = {} if wanted is None else {"Filter": wanted}
    pages = list(
        populated.get_paginator("get_account_authorization_details").paginate(
            **filters, PaginationConfig={"PageSize": size}
        )
    )

    lists = [
        ("UserDetailList", "User"),
        ("GroupDetailList", "Group"),
        ("RoleDetailList", "Role"),
        ("Policies", "Policy"),
    ]
    assert all(sum(len(page[member]) for member, _ in lists) <= size for page in pages)
    assert [entry[f"{noun}Name"] for page in pages for member, noun in lists for entry in page[member]] == names


def test_an_alias(iam: Any) -> None:
    """One at a time: the next takes the place of the one before."""
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias="film-studio")
    iam.create_account_alias(AccountAlias="sound-studio")
    assert iam.list_account_aliases()["AccountAliases"] == ["sound-studio"]

    with pytest.raises(ClientError) as replaced:
        iam.delete_account_alias(AccountAlias="film-studio")
    iam.delete_account_alias(AccountAlias="sound-studio")

    assert refused(replaced) == ("NoSuchEntity", 404, "The account alias film-studio cannot be found.")
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_an_alias_is_one_accounts_alone(aws: Any, iam: Any) -> None:
    """On this server; another account can neither take it nor take it away."""
    directory = aws.api.ground.directory
    directory.accounts.create("other", "root@example.com", OTHER)
    directory.aliases.create(OTHER, "taken")

    with pytest.raises(ClientError) as error:
        iam.create_account_alias(AccountAlias="taken")
    with pytest.raises(ClientError) as foreign:
        iam.delete_account_alias(AccountAlias="taken")

    assert refused(error) == ("EntityAlreadyExists", 409, "The account alias taken already exists.")
    assert refused(foreign)[0] == "NoSuchEntity"
    assert iam.list_account_aliases()["AccountAliases"] == []


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        ("210987654321", "The account alias 210987654321 must not be a 12-digit number."),
        ("Film", "Member must satisfy regular expression pattern"),
        ("a--b", "Member must satisfy regular expression pattern"),
    ],
)
def test_no_alias(iam: Any, alias: str, message: str) -> None:
    """Small letters, digits and single hyphens; nothing that looks like an account."""
    with pytest.raises(ClientError) as error:
        iam.create_account_alias(AccountAlias=alias)

    assert refused(error)[0] == "ValidationError"
    assert message in refused(error)[2]


def granting(iam: Any, arn: str, *namespaces: str) -> dict[str, list[tuple[str, ...]]]:
    """Per service the policies as tuples of what is shown of them."""
    entries = iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=list(namespaces))
    assert entries["IsTruncated"] is False
    return {
        entry["ServiceNamespace"]: [tuple(policy.values()) for policy in entry["Policies"]]
        for entry in entries["PoliciesGrantingServiceAccess"]
    }


def test_policies_that_grant_a_service(populated: Any) -> None:
    """A user's own and its groups', inline and managed; of a group and a role what hangs on it; by default versions."""
    own = f"arn:aws:iam::{ACCOUNT}:policy/own"

    user = granting(populated, f"arn:aws:iam::{ACCOUNT}:user/film/bob", "s3", "iam", "kms", "sts")
    assert {name: sorted(policies) for name, policies in user.items()} == {
        "s3": [("inline", "INLINE", "USER", "bob")],
        "iam": [("shared", "INLINE", "GROUP", "crew")],
        "kms": [("own", "MANAGED", own)],
        "sts": [],
    }
    assert granting(populated, f"arn:aws:iam::{ACCOUNT}:group/crew", "iam") == {
        "iam": [("shared", "INLINE", "GROUP", "crew")]
    }
    assert granting(populated, f"arn:aws:iam::{ACCOUNT}:role/Worker", "s3") == {
        "s3": [("media", "INLINE", "ROLE", "Worker"), ("AmazonS3ReadOnlyAccess", "MANAGED", S3_READ)]
    }
    assert granting(populated, f"arn:aws:iam::{ACCOUNT}:user/admin", "mediaconvert") == {
        "mediaconvert": [("AdministratorAccess", "MANAGED", ADMIN_POLICY)]
    }


@pytest.mark.parametrize(
    ("statement", "is_granted"),
    [
        ({"Effect": "Allow", "Action": "*"}, True),
        ({"Effect": "Allow", "Action": "S3:Get*"}, True),
        ({"Effect": "Allow", "Action": ["iam:*", "s3:GetObject"]}, True),
        ({"Effect": "Allow", "Action": "s3-object-lambda:*"}, False),
        ({"Effect": "Deny", "Action": "s3:*"}, False),
        ({"Effect": "Allow", "NotAction": "iam:*"}, True),
        ({"Effect": "Allow", "NotAction": ["iam:*", "s3:*"]}, False),
        ({"Effect": "Allow", "NotAction": "s3:DeleteObject"}, True),
        ({"Effect": "Allow", "NotAction": "*"}, False),
    ],
)
def test_what_grants_a_service(iam: Any, statement: dict[str, Any], is_granted: bool) -> None:
    """An Allow that names it, in whatever case, or leaves it in."""
    iam.create_user(UserName="bob")
    text = json.dumps({"Version": "2012-10-17", "Statement": {**statement, "Resource": "*"}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=text)

    found = granting(iam, f"arn:aws:iam::{ACCOUNT}:user/bob", "s3")

    assert found == {"s3": [("p", "INLINE", "USER", "bob")] if is_granted else []}


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        (
            f"arn:aws:iam::{ACCOUNT}:user/ghost",
            "NoSuchEntity",
            f"ARN arn:aws:iam::{ACCOUNT}:user/ghost cannot be found.",
        ),
        (f"arn:aws:iam::{OTHER}:user/admin", "NoSuchEntity", f"ARN arn:aws:iam::{OTHER}:user/admin cannot be found."),
        ("arn:aws:s3:::bucket-of-mine", "InvalidInput", "ARN arn:aws:s3:::bucket-of-mine is not valid."),
        ("no arn, but twenty letters", "InvalidInput", "ARN no arn, but twenty letters is not valid."),
    ],
)
def test_nobodys_policies(iam: Any, arn: str, code: str, message: str) -> None:
    """Only of identities of the account."""
    with pytest.raises(ClientError) as error:
        iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=["s3"])

    assert refused(error)[::2] == (code, message)


LISTINGS: list[tuple[str, str]] = [
    ("list_ssh_public_keys", "SSHPublicKeys"),
    ("list_signing_certificates", "Certificates"),
    ("list_service_specific_credentials", "ServiceSpecificCredentials"),
]


@pytest.mark.parametrize(("operation", "member"), LISTINGS)
def test_credentials_of_other_kinds(aws: Any, iam: Any, operation: str, member: str) -> None:
    """Nobody has any; who does not exist is said not to, and oneself is meant where nobody is named."""
    iam.create_user(UserName="bob")
    read: Callable[..., Any] = getattr(iam, operation)

    assert read(UserName="bob")[member] == read()[member] == []
    with pytest.raises(ClientError) as ghost:
        read(UserName="ghost")
    with pytest.raises(ClientError) as marker:
        read(UserName="bob", Marker="made-up")
    assert refused(ghost) == ("NoSuchEntity", 404, "The user with name ghost cannot be found.")
    assert refused(marker) == ("InvalidInput", 400, "Invalid Marker.")
    stranger = aws.client("iam", aws.user("stranger"))
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(stranger, operation)(UserName="bob")


def test_service_specific_credentials_of_everybody(aws: Any, iam: Any) -> None:
    """Asking for all users takes leave on all."""
    own = {"Effect": "Allow", "Action": "iam:*", "Resource": f"arn:aws:iam::{ACCOUNT}:user/one"}
    one = aws.client("iam", aws.user("one", own))

    assert iam.list_service_specific_credentials(AllUsers=True)["ServiceSpecificCredentials"] == []
    assert one.list_service_specific_credentials()["ServiceSpecificCredentials"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        one.list_service_specific_credentials(AllUsers=True)


@pytest.mark.parametrize(
    "call",
    [
        lambda iam: iam.get_account_summary(),
        lambda iam: iam.get_account_authorization_details(),
        lambda iam: iam.create_account_alias(AccountAlias="mine"),
        lambda iam: iam.list_account_aliases(),
        lambda iam: iam.delete_account_alias(AccountAlias="mine"),
        lambda iam: iam.list_policies_granting_service_access(
            Arn=f"arn:aws:iam::{ACCOUNT}:user/admin", ServiceNamespaces=["s3"]
        ),
    ],
    ids=["summary", "details", "create-alias", "list-aliases", "delete-alias", "granting"],
)
def test_nobody_sees_the_account_by_default(aws: Any, call: Any) -> None:
    """Each takes a permission."""
    with pytest.raises(ClientError) as error:
        call(aws.client("iam", aws.user("stranger")))

    assert refused(error)[:2] == ("AccessDenied", 403)
