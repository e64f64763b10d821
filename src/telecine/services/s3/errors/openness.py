"""Policies, public access and ACLs."""

from telecine.core.errors import ApiError, TelecineError


class PublicPolicyBlocked(TelecineError):
    """A policy would open a bucket to everybody, and the bucket's settings forbid that."""


def malformed_policy(message: str, principal: str | None = None) -> ApiError:
    """`principal` is the one that does not exist."""
    fields = {} if principal is None else {"Detail": f'"AWS" : "{principal}"'}
    return ApiError("MalformedPolicy", message, fields=fields)


def policy_too_large() -> ApiError:
    return malformed_policy("Policy exceeds the maximum allowed document size.")


def no_such_policy(bucket: str) -> ApiError:
    return ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", status=404, fields={"BucketName": bucket})


def public_policy(caller: str, bucket_arn: str) -> ApiError:
    """The bucket takes no policy that opens it to everybody."""
    return ApiError(
        "AccessDenied",
        f'User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: "{bucket_arn}" because public '
        "policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
        status=403,
    )


def owners_alone(method: str) -> ApiError:
    """Whatever a bucket policy grants, callers of other accounts cannot work on the policy itself."""
    return ApiError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Method": method, "ResourceType": "BUCKETPOLICY"},
    )


def no_public_access_block(bucket: str) -> ApiError:
    return ApiError(
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
        status=404,
        fields={"BucketName": bucket},
    )


def public_acl() -> ApiError:
    """The bucket takes no ACL that opens anything to everybody."""
    return ApiError(
        "AccessDenied",
        "Access Denied: public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        status=403,
    )


def public_acl_on_new_bucket() -> ApiError:
    return ApiError(
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )


def missing_acl() -> ApiError:
    return ApiError("MissingSecurityHeader", "Your request was missing a required header")


def acl_on_owned_bucket() -> ApiError:
    return ApiError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )


def acl_not_supported() -> ApiError:
    """The bucket has its owner's ownership enforced, so only ACLs that change nothing are taken."""
    return ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def foreign_object(ownership: str) -> ApiError:
    """Our words: the object would belong to its writer, and here every object belongs to its bucket's owner."""
    return ApiError(
        "NotImplemented",
        f"With ObjectOwnership {ownership} the object would belong to the account that writes it, which is not "
        "implemented. Set BucketOwnerEnforced on the bucket, or BucketOwnerPreferred and write with the ACL "
        "bucket-owner-full-control.",
        status=501,
    )
