"""KMS's errors in AWS's codes and words (KMS API reference; KMS developer guide, "Key states of KMS keys").

All are answered with status 400, as KMS does it, but denials, which the wire words for every service.
"""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.wire.errors import Common, common
from telecine.wire.validate import Violation, aws_sentence

_NOT_FOUND = "NotFoundException"
_STATE = "KMSInvalidStateException"
_UNSUPPORTED = "UnsupportedOperationException"
_INVALID = "ValidationException"


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks."""
    return ApiError(_INVALID, aws_sentence(violations))


def validation(message: str) -> ApiError:
    """A rule that the model does not hold."""
    return ApiError(_INVALID, message)


def no_such_key(arn: str) -> ApiError:
    return ApiError(_NOT_FOUND, f"Key '{arn}' does not exist")


def changed_meanwhile(arn: str) -> ApiError:
    """Clients try again."""
    message = f"{arn} was not the key that the request named a moment ago. Try again."
    return ApiError("KeyUnavailableException", message, status=500)


def no_such_alias(arn: str) -> ApiError:
    return ApiError(_NOT_FOUND, f"Alias {arn} is not found.")


def no_such_grant(grant_id: str) -> ApiError:
    return ApiError(_NOT_FOUND, f"Grant ID {grant_id} not found")


def invalid_key_id(key_id: str) -> ApiError:
    """Neither the id nor the ARN of a key, nor an alias."""
    return ApiError(_NOT_FOUND, f"Invalid keyId '{key_id}'")


def invalid_arn(arn: str) -> ApiError:
    return ApiError("InvalidArnException", f"Invalid arn {arn}")


def alias_not_taken(given: str) -> ApiError:
    """Most operations on keys want the key's own id or ARN."""
    if not given.startswith("arn:"):
        return invalid_key_id(given)
    return ApiError(
        "InvalidArnException",
        f"Key Aliases are not supported for this operation: give the id or the ARN of the key behind {given}.",
    )


def missing(member: str) -> ApiError:
    """A member that the model leaves open, and the operation needs."""
    return validation(
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    )


def disabled(arn: str) -> ApiError:
    return ApiError("DisabledException", f"{arn} is disabled.")


def pending_deletion(arn: str) -> ApiError:
    return ApiError(_STATE, f"{arn} is pending deletion.")


def not_pending_deletion(arn: str) -> ApiError:
    return ApiError(_STATE, f"{arn} is not pending deletion.")


def invalid_ciphertext() -> ApiError:
    """One error for whatever is wrong with it: who tries changed ones learns nothing from the difference."""
    return ApiError(
        "InvalidCiphertextException",
        "The ciphertext is not one of this service, has been changed, or was made with another encryption context.",
    )


def incorrect_key() -> ApiError:
    return ApiError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def ciphertext_of_unknown_key() -> ApiError:
    """What KMS answers to who wants to decrypt with a key that is not there any more, or never was."""
    message = (
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
        "not allowed to access."
    )
    return common(Common.ACCESS_DENIED, "kms", message=message)


def another_account(principal: str, action: str, arn: str) -> ApiError:
    """An operation that KMS offers for keys of one's own account alone, whatever their policies say."""
    message = (
        f"User: {principal} is not authorized to perform: {action} on resource: {arn} because the resource belongs to "
        "another account, and the action works in its own account alone"
    )
    return common(Common.ACCESS_DENIED, "kms", message=message)


def dry_run() -> ApiError:
    return ApiError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


def unsupported(message: str) -> ApiError:
    return ApiError(_UNSUPPORTED, message)


def invalid_key_usage(arn: str, algorithm: str) -> ApiError:
    return ApiError(
        "InvalidKeyUsageException",
        f"{arn} is a symmetric key: {algorithm} is no algorithm of it, SYMMETRIC_DEFAULT is.",
    )


def no_such_policy() -> ApiError:
    """A key policy is called `default`."""
    return ApiError(_NOT_FOUND, "No such policy exists")


def malformed_policy(message: str) -> ApiError:
    return ApiError("MalformedPolicyDocumentException", message)


def locked_out() -> ApiError:
    return malformed_policy("The new key policy will not allow you to update the key policy in the future.")


def beyond_quota(message: str) -> ApiError:
    return ApiError("LimitExceededException", message)


def invalid_marker() -> ApiError:
    return ApiError(
        "InvalidMarkerException", "The marker is not one that this listing gave: start it anew without one."
    )


def alias_exists(arn: str, key_arn: str) -> ApiError:
    return ApiError("AlreadyExistsException", f"An alias with the name {arn} already exists: it names {key_arn}.")


def alias_without_prefix() -> ApiError:
    return ApiError(
        "InvalidAliasNameException", 'Alias must start with the prefix "alias/". Please see the documentation.'
    )


def invalid_alias(name: str) -> ApiError:
    return ApiError(
        "InvalidAliasNameException",
        f"{name} contains invalid characters for an alias: letters, digits, '/', '_' and '-' are allowed.",
    )


def reserved_alias(arn: str) -> ApiError:
    return ApiError("NotAuthorizedException", f"{arn} cannot be used: names that begin with alias/aws/ are reserved.")


def invalid_grant_token() -> ApiError:
    return ApiError("InvalidGrantTokenException", "The grant token is not one of this service, or its grant is gone.")


def tag_problem(message: str) -> ApiError:
    return ApiError("TagException", message)
