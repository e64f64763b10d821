"""STS's errors, and what can be wrong with a role that a service is to assume."""

from collections.abc import Sequence
from enum import StrEnum

from telecine.core.errors import ApiError, TelecineError
from telecine.wire.validate import Violation, aws_sentence


class RoleProblemKind(StrEnum):
    """Why a service cannot act under a role."""

    MALFORMED = "malformed"
    """Its ARN is no ARN of a role."""
    MISSING = "missing"
    """There is no such role."""
    NOT_TRUSTED = "not trusted"
    """Its trust policy does not let the service assume it, or not for this source."""


class RoleProblem(TelecineError):
    """A service cannot assume the role."""

    def __init__(self, kind: RoleProblemKind, role_arn: str) -> None:
        super().__init__(f"The role {role_arn} cannot be assumed: {kind}.")
        self.kind = kind
        self.role_arn = role_arn


class ClaimNotLive(TelecineError):
    """The claim that asks for a session is not the job's live one any more."""


class NotSignedIn(TelecineError):
    """A token of the console that has run out, is ended or never was one."""


class MustChangePassword(TelecineError):
    """Somebody who has to set another password before anything else."""


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks."""
    return ApiError("ValidationError", aws_sentence(violations), status=400)


def unsupported(operation: str, member: str) -> ApiError:
    """A member of the request that this server does not honour."""
    message = f"The parameter {member} of {operation} is not supported by this server."
    return ApiError("ValidationError", message, status=400)


def invalid_authorization_message() -> ApiError:
    """A message that no service of this server has encoded."""
    return ApiError(
        "InvalidAuthorizationMessageException",
        "The message does not contain a valid authorization message.",
        status=400,
    )


def invalid_role_arn(arn: str) -> ApiError:
    """An ARN that no role can have."""
    return ApiError("ValidationError", f"{arn} is invalid", status=400)


def root_cannot_assume() -> ApiError:
    """AWS lets no root user assume a role."""
    return ApiError("AccessDenied", "Roles may not be assumed by root accounts.", status=403)


def not_trusted(principal_arn: str) -> ApiError:
    """What a caller hears whom no trust policy allows, be there such a role or not."""
    message = (
        f"User: {principal_arn} is not authorized to perform: sts:AssumeRole "
        "because no role trust policy allows the sts:AssumeRole action"
    )
    return ApiError("AccessDenied", message, status=403)


def beyond_role_maximum() -> ApiError:
    """The session would last longer than the role says."""
    message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    return ApiError("ValidationError", message, status=400)


def beyond_chaining_limit() -> ApiError:
    """A role's session that assumes a role gets an hour at most."""
    message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
    return ApiError("ValidationError", message, status=400)


def malformed_policy(message: str) -> ApiError:
    """A session policy that is no policy."""
    return ApiError("MalformedPolicyDocument", message, status=400)


def packed_policy_too_large(percent: int) -> ApiError:
    """Session policies, or these with the session tags, beyond their room."""
    message = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
    return ApiError("PackedPolicyTooLarge", message, status=400)


def packed_tags_too_large(percent: int) -> ApiError:
    """Session tags beyond their room."""
    message = f"Packed size of session tags consumes {percent}% of allotted space."
    return ApiError("PackedPolicyTooLarge", message, status=400)


def too_many_policy_arns(limit: int) -> ApiError:
    """More managed session policies than a session can have."""
    message = (
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
        f"Member must have length less than or equal to {limit}"
    )
    return ApiError("ValidationError", message, status=400)


def no_such_policy(arn: str) -> ApiError:
    """A managed session policy that the role's account does not have."""
    return ApiError("ValidationError", f"Policy {arn} does not exist or is not attachable.", status=400)


def duplicate_tags() -> ApiError:
    """Two session tags whose keys differ in nothing but case."""
    message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    return ApiError("InvalidParameterValue", message, status=400)


def reserved_tag(key: str) -> ApiError:
    """A session tag that only AWS may set."""
    message = f"The tag key {key} is reserved: tag keys cannot begin with 'aws:'."
    return ApiError("InvalidParameterValue", message, status=400)


def transitive_tag_not_given() -> ApiError:
    """A key to hand on without a tag of that key."""
    message = "The specified transitive tag key must be included in the requested tags."
    return ApiError("InvalidParameterValue", message, status=400)


def transitive_tag_is_set() -> ApiError:
    """A tag that the session inherits, and that nobody can change."""
    message = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session."
    )
    return ApiError("InvalidParameterValue", message, status=400)


def source_identity_is_set() -> ApiError:
    """A source identity other than the one that the session inherits."""
    return ApiError("ValidationError", "The source identity is already set for this assume role session", status=400)


def not_with_session(operation: str) -> ApiError:
    """Temporary credentials, or this kind of them, cannot be used for the operation."""
    return ApiError("AccessDenied", f"Cannot call {operation} with session credentials", status=403)


def mfa_incomplete() -> ApiError:
    """Half of what shows an MFA device."""
    message = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    return ApiError("AccessDenied", message, status=403)


def mfa_code_wrong() -> ApiError:
    """The code is not the device's at this time, or has counted before."""
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    return ApiError("AccessDenied", message, status=403)


def mfa_device_unknown() -> ApiError:
    """The caller has no such device."""
    message = (
        "MultiFactorAuthentication failed, unable to validate MFA code.  "  # AWS's two spaces
        "Please verify your MFA serial number is valid and associated with this user."
    )
    return ApiError("AccessDenied", message, status=403)


def unknown_key() -> ApiError:
    """An access key that nobody has. AWS documents no error for GetAccessKeyInfo; this is its word for such a key."""
    return ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", status=403)
