"""Managed, inline and attached policies, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.policy import check_identity_policy
from telecine.services.iam.directory.managed import AWS_POLICIES

ACCOUNT = "123456789012"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
DOCUMENT = json.dumps(ALLOW)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "mediaconvert.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


class OfKind:
    """IAM's operations on the policies of a user or of a role, by one name for both."""

    def __init__(self, iam: Any, kind: str) -> None:
        self._iam = iam
        self.kind = kind
        self.name = {f"{kind.title()}Name": f"the-{kind}"}

    def __call__(self, operation: str, **parameters: str) -> Any:
        return getattr(self._iam, operation.format(self.kind))(**self.name, **parameters)


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


@pytest.fixture(params=["user", "role"])
def identity(iam: Any, request: pytest.FixtureRequest) -> OfKind:
    """A user, and a role."""
    iam.create_user(UserName="the-user")
    iam.create_role(RoleName="the-role", AssumeRolePolicyDocument=TRUST)
    return OfKind(iam, request.param)


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def filled(size: int) -> str:
    """A policy of `size` characters beside white space."""
    statement = {"Sid": "", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    room = size - len("".join(json.dumps({"Version": "2012-10-17", "Statement": [statement]}).split()))
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Sid": "a" * room}]})


def test_inline_policies_come_and_go(identity: OfKind) -> None:
    """Put, read back, listed by name, replaced, deleted: the same for users and roles."""
    identity("put_{}_policy", PolicyName="b", PolicyDocument=DOCUMENT)
    identity("put_{}_policy", PolicyName="a", PolicyDocument=DOCUMENT)
    identity("put_{}_policy", PolicyName="a", PolicyDocument=DOCUMENT.replace("Allow", "Deny"))

    shown = identity("get_{}_policy", PolicyName="a")
    assert shown["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert shown[f"{identity.kind.title()}Name"] == f"the-{identity.kind}"
    assert identity("list_{}_policies")["PolicyNames"] == ["a", "b"]

    identity("delete_{}_policy", PolicyName="a")
    assert identity("list_{}_policies")["PolicyNames"] == ["b"]
    for operation in ("get_{}_policy", "delete_{}_policy"):
        with pytest.raises(ClientError) as error:
            identity(operation, PolicyName="a")
        message = f"The {identity.kind} policy with name a cannot be found."
        assert refused(error) == ("NoSuchEntity", 404, message)


def test_inline_policies_share_a_limit(identity: OfKind) -> None:
    """All of one user hold 2048 characters together, of one role 10240; a replaced one counts once."""
    limit = {"user": 2048, "role": 10240}[identity.kind]
    identity("put_{}_policy", PolicyName="a", PolicyDocument=filled(200))
    identity("put_{}_policy", PolicyName="b", PolicyDocument=filled(limit - 200))
    identity("put_{}_policy", PolicyName="b", PolicyDocument=filled(limit - 200))

    with pytest.raises(ClientError) as error:
        identity("put_{}_policy", PolicyName="a", PolicyDocument=filled(201))

    message = f"Maximum policy size of {limit} bytes exceeded for {identity.kind} the-{identity.kind}"
    assert refused(error) == ("LimitExceeded", 409, message)


def test_managed_policies_are_attached_and_detached(identity: OfKind) -> None:
    """Attaching twice is attaching once; what is not attached cannot be detached."""
    for _ in range(2):
        identity("attach_{}_policy", PolicyArn=S3_READ)
    attached = identity("list_attached_{}_policies")["AttachedPolicies"]
    identity("detach_{}_policy", PolicyArn=S3_READ)

    assert attached == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}]
    assert identity("list_attached_{}_policies")["AttachedPolicies"] == []
    with pytest.raises(ClientError) as error:
        identity("detach_{}_policy", PolicyArn=S3_READ)
    assert refused(error) == ("NoSuchEntity", 404, f"Policy {S3_READ} was not found.")


def test_ten_policies_are_the_limit(identity: OfKind, iam: Any) -> None:
    """The eleventh is refused; the ten are listed in pages, filtered by path."""
    arns = [
        iam.create_policy(PolicyName=f"p{number}", Path="/even/" if number % 2 == 0 else "/", PolicyDocument=DOCUMENT)[
            "Policy"
        ]["Arn"]
        for number in range(11)
    ]
    for arn in arns[:10]:
        identity("attach_{}_policy", PolicyArn=arn)

    with pytest.raises(ClientError) as error:
        identity("attach_{}_policy", PolicyArn=arns[10])

    quota = {"user": "PoliciesPerUser", "role": "PoliciesPerRole"}[identity.kind]
    assert refused(error) == ("LimitExceeded", 409, f"Cannot exceed quota for {quota}: 10")
    pages = iam.get_paginator(f"list_attached_{identity.kind}_policies").paginate(
        **identity.name, PathPrefix="/even/", PaginationConfig={"PageSize": 2}
    )
    assert [[entry["PolicyName"] for entry in page["AttachedPolicies"]] for page in pages] == [
        ["p0", "p2"],
        ["p4", "p6"],
        ["p8"],
    ]


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        (
            f"arn:aws:iam::{ACCOUNT}:policy/ghost",
            "NoSuchEntity",
            f"Policy arn:aws:iam::{ACCOUNT}:policy/ghost does not exist or is not attachable.",
        ),
        (
            "arn:aws:iam::aws:policy/Ghost",
            "NoSuchEntity",
            "Policy arn:aws:iam::aws:policy/Ghost does not exist or is not attachable.",
        ),
        ("arn:aws:s3:::bucket-of-somebody", "InvalidInput", "ARN arn:aws:s3:::bucket-of-somebody is not valid."),
    ],
)
def test_what_cannot_be_attached(identity: OfKind, arn: str, code: str, message: str) -> None:
    """A policy must be there, ours or AWS's, and must be a policy."""
    with pytest.raises(ClientError) as error:
        identity("attach_{}_policy", PolicyArn=arn)

    assert refused(error)[::2] == (code, message)


def test_a_customer_policy_in_full(iam: Any, aws: Any) -> None:
    """Created, read, listed, with its one version."""
    made = iam.create_policy(
        PolicyName="Films",
        Path="/media/",
        PolicyDocument=DOCUMENT,
        Description="films only",
        Tags=[{"Key": "Team", "Value": "film"}],
    )["Policy"]

    assert made == {
        "PolicyName": "Films",
        "PolicyId": made["PolicyId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/media/Films",
        "Path": "/media/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": aws.clock.now(),
        "UpdateDate": aws.clock.now(),
        "Description": "films only",
        "Tags": [{"Key": "Team", "Value": "film"}],
    }
    assert made["PolicyId"].startswith("ANPA")
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"] == made
    shown = {key: value for key, value in made.items() if key not in ("Description", "Tags")}
    assert iam.list_policies(Scope="Local")["Policies"] == [shown]
    version = {"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": aws.clock.now()}
    assert iam.list_policy_versions(PolicyArn=made["Arn"])["Versions"] == [version]
    assert iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"] == {
        **version,
        "Document": ALLOW,
    }


def test_policy_names_are_unique_without_regard_to_case(iam: Any) -> None:
    """Also across paths."""
    iam.create_policy(PolicyName="films", PolicyDocument=DOCUMENT)

    with pytest.raises(ClientError) as error:
        iam.create_policy(PolicyName="FILMS", Path="/x/", PolicyDocument=DOCUMENT)

    message = "A policy called FILMS already exists. Duplicate names are not allowed."
    assert refused(error) == ("EntityAlreadyExists", 409, message)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[]", "Syntax errors in policy."),
        (DOCUMENT.replace("2012", "2008"), "Policy document must be version 2012-10-17 or greater."),
        (DOCUMENT.replace("s3:*", "s3"), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ],
)
def test_documents_are_checked_when_written(iam: Any, identity: OfKind, document: str, message: str) -> None:
    """Managed and inline alike."""
    with pytest.raises(ClientError) as managed:
        iam.create_policy(PolicyName="p", PolicyDocument=document)
    with pytest.raises(ClientError) as inline:
        identity("put_{}_policy", PolicyName="p", PolicyDocument=document)

    assert refused(managed)[::2] == refused(inline)[::2] == ("MalformedPolicyDocument", message)


def test_a_managed_policy_has_6144_characters(iam: Any) -> None:
    """Beside white space."""
    iam.create_policy(PolicyName="fits", PolicyDocument=filled(6144) + "\n" * 500)

    with pytest.raises(ClientError) as error:
        iam.create_policy(PolicyName="not", PolicyDocument=filled(6145))

    assert refused(error) == ("LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144")


def test_an_attached_policy_stays(iam: Any) -> None:
    """It can be deleted when it hangs on nobody."""
    iam.create_user(UserName="bob")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1

    with pytest.raises(ClientError) as error:
        iam.delete_policy(PolicyArn=arn)
    iam.detach_user_policy(UserName="bob", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)

    assert refused(error) == ("DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    for operation in (iam.get_policy, iam.delete_policy, iam.list_policy_versions):
        with pytest.raises(ClientError) as gone:
            operation(PolicyArn=arn)
        assert refused(gone) == ("NoSuchEntity", 404, f"Policy {arn} was not found.")


@pytest.mark.parametrize("version", ["v2", "v99999999999"])
def test_a_version_that_is_not_there(iam: Any, version: str) -> None:
    """However large its number."""
    arn = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)["Policy"]["Arn"]

    with pytest.raises(ClientError) as error:
        iam.get_policy_version(PolicyArn=arn, VersionId=version)

    message = f"Policy {arn} version {version} does not exist or is not attachable."
    assert refused(error) == ("NoSuchEntity", 404, message)


def test_aws_policies_cannot_be_changed(iam: Any) -> None:
    """They are nobody's to delete."""
    with pytest.raises(ClientError) as error:
        iam.delete_policy(PolicyArn=S3_READ)

    assert refused(error)[:2] == ("AccessDenied", 403)
    assert iam.get_policy(PolicyArn=S3_READ)["Policy"]["DefaultVersionId"] == "v3"


@pytest.mark.parametrize("arn", sorted(AWS_POLICIES))
def test_every_policy_of_aws_is_a_policy(iam: Any, arn: str) -> None:
    """Its text passes our own checks, and is what its default version shows."""
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    shown = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]

    check_identity_policy(AWS_POLICIES[arn].version.document)
    assert policy["PolicyId"].startswith("ANPA")
    assert len(policy["PolicyId"]) == 21
    assert shown["Document"] == json.loads(AWS_POLICIES[arn].version.document)
    assert [entry["VersionId"] for entry in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == [
        policy["DefaultVersionId"]
    ]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"Scope": "Local"}, ["AdministratorAccess", "b", "Z"]),
        ({"Scope": "Local", "OnlyAttached": True}, ["b"]),
        ({"OnlyAttached": True}, ["b", "AdministratorAccess"]),
        ({"PolicyUsageFilter": "PermissionsPolicy"}, ["b", "AdministratorAccess"]),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, []),
        ({"PathPrefix": "/x/"}, ["Z"]),
    ],
)
def test_listing_policies(iam: Any, filters: dict[str, Any], names: list[str]) -> None:
    """By scope, by use and by path; the account's own stand before AWS's, also when they have the same name."""
    arns = [
        iam.create_policy(PolicyName=name, Path=path, PolicyDocument=DOCUMENT)["Policy"]["Arn"]
        for name, path in (("b", "/"), ("Z", "/x/"), ("AdministratorAccess", "/"))
    ]
    iam.attach_user_policy(UserName="admin", PolicyArn=arns[0])

    assert [policy["PolicyName"] for policy in iam.list_policies(**filters)["Policies"]] == names


def test_all_policies_in_pages(iam: Any) -> None:
    """Each exactly once, whoever provides it."""
    for name in ("a", "AdministratorAccess"):
        iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT)

    pages = list(iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 3}))

    arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert all(len(page["Policies"]) <= 3 for page in pages)
    own = [f"arn:aws:iam::{ACCOUNT}:policy/a", f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"]
    assert arns == [*own, *sorted(AWS_POLICIES, key=lambda arn: arn.rpartition("/")[2].lower())]
