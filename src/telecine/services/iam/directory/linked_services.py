"""The services that have roles of their own, as data: those of AWS's services that are here.

API Gateway developer guide, "Using service-linked roles for API Gateway"; KMS developer guide, "Using service-linked
roles for AWS KMS"; S3 user guide, "Using service-linked roles for Amazon S3 Storage Lens". None of them takes a suffix.
MediaConvert, IAM and STS have none: MediaConvert works with a service role, which is the customer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from telecine.services.iam.model import AWS_ACCOUNT, SERVICE_LINKED_PATH, entity_arn


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkedService:
    """A service that is given a role of its own."""

    principal: str
    """`ops.apigateway.amazonaws.com`: who assumes the role, and `AWSServiceName` of the request."""
    role_name: str
    policy_name: str
    """AWS's policy that says what the role may do."""
    description: str

    @property
    def role_path(self) -> str:
        return f"{SERVICE_LINKED_PATH}{self.principal}/"

    @property
    def policy_arn(self) -> str:
        return entity_arn(AWS_ACCOUNT, "policy", SERVICE_LINKED_PATH, self.policy_name)


_SERVICES = (
    LinkedService(
        principal="ops.apigateway.amazonaws.com",
        role_name="AWSServiceRoleForAPIGateway",
        policy_name="APIGatewayServiceRolePolicy",
        description="The Service Linked Role is used by Amazon API Gateway.",
    ),
    LinkedService(
        principal="cks.kms.amazonaws.com",
        role_name="AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        policy_name="AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
        description="Enables access to AWS services and resources required for AWS KMS custom key stores",
    ),
    LinkedService(
        principal="mrk.kms.amazonaws.com",
        role_name="AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        policy_name="AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
        description="Enables access to AWS services and resources required for AWS KMS Multi-Region Keys",
    ),
    LinkedService(
        principal="storage-lens.s3.amazonaws.com",
        role_name="AWSServiceRoleForS3StorageLens",
        policy_name="S3StorageLensServiceRolePolicy",
        description="Enables access to AWS Services and Resources used or managed by S3 Storage Lens",
    ),
)

LINKED_SERVICES: Mapping[str, LinkedService] = {service.principal: service for service in _SERVICES}
"""By service principal."""
