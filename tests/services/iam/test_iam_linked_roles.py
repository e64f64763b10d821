"""Service-linked roles, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.services.iam.directory.linked_services import LINKED_SERVICES
from telecine.services.iam.directory.managed import AWS_POLICIES

ACCOUNT = "123456789012"
API_GATEWAY = "ops.apigateway.amazonaws.com"
ROLE = "AWSServiceRoleForAPIGateway"
ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{API_GATEWAY}/{ROLE}"


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize("principal", sorted(LINKED_SERVICES))
def test_a_service_gets_its_role(aws: Any, iam: Any, principal: str) -> None:
    """Below the service's path, trusted by the service alone, with AWS's policy for it."""
    service = LINKED_SERVICES[principal]

    made = iam.create_service_linked_role(AWSServiceName=principal)["Role"]

    assert made == {
        "Path": f"/aws-service-role/{principal}/",
        "RoleName": service.role_name,
        "RoleId": made["RoleId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{principal}/{service.role_name}",
        "CreateDate": aws.clock.now(),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}],
        },
        "Description": service.description,
        "MaxSessionDuration": 3600,
    }
    attached = iam.list_attached_role_policies(RoleName=service.role_name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [service.policy_arn]
    assert not AWS_POLICIES[service.policy_arn].policy.is_attachable


def test_a_description_of_ones_own(iam: Any) -> None:
    """Instead of the service's."""
    made = iam.create_service_linked_role(AWSServiceName=API_GATEWAY, Description="for the key servers")
    assert made["Role"]["Description"] == "for the key servers"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"AWSServiceName": "mediaconvert.amazonaws.com"},
            "The service mediaconvert.amazonaws.com has no service-linked role.",
        ),
        (
            {"AWSServiceName": API_GATEWAY, "CustomSuffix": "x"},
            f"Custom suffix is not allowed for {API_GATEWAY}",
        ),
    ],
)
def test_roles_that_no_service_has(iam: Any, parameters: dict[str, str], message: str) -> None:
    """MediaConvert works with a service role of the customer's."""
    with pytest.raises(ClientError) as error:
        iam.create_service_linked_role(**parameters)

    assert refused(error) == ("InvalidInput", 400, message)


def test_a_service_has_one_role(iam: Any) -> None:
    """Asking again is refused."""
    iam.create_service_linked_role(AWSServiceName=API_GATEWAY)

    with pytest.raises(ClientError) as error:
        iam.create_service_linked_role(AWSServiceName=API_GATEWAY)

    message = f"Service role name {ROLE} has been taken in this account, please try a different suffix."
    assert refused(error) == ("InvalidInput", 400, message)


def test_deleting_takes_its_own_call(iam: Any) -> None:
    """It goes with its policy, and its task says so afterwards; then there may be another."""
    iam.create_service_linked_role(AWSServiceName=API_GATEWAY)

    with pytest.raises(ClientError) as plain:
        iam.delete_role(RoleName=ROLE)
    task = iam.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]

    assert refused(plain)[:2] == ("UnmodifiableEntity", 400)
    assert task.startswith(f"task/aws-service-role/{API_GATEWAY}/{ROLE}/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with pytest.raises(ClientError) as gone:
        iam.get_role(RoleName=ROLE)
    assert refused(gone)[0] == "NoSuchEntity"
    iam.create_service_linked_role(AWSServiceName=API_GATEWAY)


@pytest.mark.parametrize(
    "change",
    [
        lambda iam: iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        lambda iam: iam.detach_role_policy(
            RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/aws-service-role/APIGatewayServiceRolePolicy"
        ),
        lambda iam: iam.put_role_permissions_boundary(
            RoleName=ROLE, PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        lambda iam: iam.update_role(RoleName=ROLE, MaxSessionDuration=7200),
    ],
    ids=["attach", "detach", "boundary", "sessions"],
)
def test_nobody_else_changes_it(iam: Any, change: Any) -> None:
    """Not even the administrator."""
    iam.create_service_linked_role(AWSServiceName=API_GATEWAY)

    with pytest.raises(ClientError) as error:
        change(iam)

    message = f"Cannot perform the operation on the protected role '{ROLE}' - this role is only modifiable by AWS"
    assert refused(error) == ("UnmodifiableEntity", 400, message)


def test_what_is_no_service_linked_role_is_not_deleted(iam: Any, aws: Any) -> None:
    """A role of the customer's, a role that is not there, a task that nobody has."""
    aws.role("mine", {"Service": "mediaconvert.amazonaws.com"})

    for name in ("mine", "ghost"):
        with pytest.raises(ClientError) as error:
            iam.delete_service_linked_role(RoleName=name)
        assert refused(error) == ("NoSuchEntity", 404, f"The role with name {name} cannot be found.")
    with pytest.raises(ClientError) as task:
        iam.get_service_linked_role_deletion_status(DeletionTaskId="task/aws-service-role/x/y/z")
    assert refused(task)[:2] == ("NoSuchEntity", 404)
    iam.get_role(RoleName="mine")


def test_leave_is_given_by_service(aws: Any) -> None:
    """`iam:AWSServiceName` is in the context, and the role's ARN is the resource: for its end too."""
    by_name = {"StringEquals": {"iam:AWSServiceName": API_GATEWAY}}
    make = {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": ARN, "Condition": by_name}
    end = {"Effect": "Allow", "Action": ["iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"]}
    one = aws.client("iam", aws.user("one", make, {**end, "Resource": ARN}))

    one.create_service_linked_role(AWSServiceName=API_GATEWAY)
    with pytest.raises(ClientError, match="AccessDenied"):
        one.create_service_linked_role(AWSServiceName="mrk.kms.amazonaws.com")
    task = one.delete_service_linked_role(RoleName=ROLE)["DeletionTaskId"]
    assert one.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="AccessDenied"):
        one.get_service_linked_role_deletion_status(DeletionTaskId="task/aws-service-role/mrk.kms.amazonaws.com/a/b")
