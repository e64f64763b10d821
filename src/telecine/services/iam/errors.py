"""IAM's errors: codes, statuses and words (IAM API reference, "Errors" of each action; words as recorded from AWS)."""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.wire.validate import Violation, aws_sentence


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks."""
    return ApiError("ValidationError", aws_sentence(violations), status=400)


def unsupported(operation: str, member: str) -> ApiError:
    """A member of the request that this server does not honour."""
    return ApiError(
        "InvalidInput", f"The parameter {member} of {operation} is not supported by this server.", status=400
    )


def must_name_user() -> ApiError:
    """A role session left UserName out, but is no user itself."""
    return ApiError("ValidationError", "Must specify userName when calling with non-User credentials", status=400)


def invalid_marker() -> ApiError:
    """A Marker that no listing of ours gave out, or that belongs to another one."""
    return ApiError("InvalidInput", "Invalid Marker.", status=400)


def invalid_arn(arn: str) -> ApiError:
    """An ARN that names no policy, whatever exists."""
    return ApiError("InvalidInput", f"ARN {arn} is not valid.", status=400)


def invalid_status(status: str) -> ApiError:
    """`Expired` is a state that only IAM gives."""
    return ApiError("InvalidInput", f"The status {status} cannot be set.", status=400)


def duplicate_tags() -> ApiError:
    """Two tags with one key."""
    message = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    return ApiError("InvalidInput", message, status=400)


def invalid_tags(problem: str) -> ApiError:
    """A tag beyond IAM's rules."""
    return ApiError("InvalidInput", problem, status=400)


def no_such(kind: str, name: str) -> ApiError:
    """No `user` or `role` of that name; `user policy` and `role policy` for inline policies."""
    return ApiError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", status=404)


def no_such_key(access_key_id: str) -> ApiError:
    """The user has no such access key."""
    return ApiError("NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found", status=404)


def no_such_policy(arn: str) -> ApiError:
    """No managed policy has that ARN, or it is not attached."""
    return ApiError("NoSuchEntity", f"Policy {arn} was not found.", status=404)


def not_attachable(arn: str) -> ApiError:
    """No managed policy to attach."""
    return ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", status=404)


def no_such_version(arn: str, version: str) -> ApiError:
    """The managed policy has no such version."""
    message = f"Policy {arn} version {version} does not exist or is not attachable."
    return ApiError("NoSuchEntity", message, status=404)


def already_exists(kind: str, name: str) -> ApiError:
    """A `User` or `Role` of that name, in whatever case."""
    return ApiError("EntityAlreadyExists", f"{kind} with name {name} already exists.", status=409)


def policy_already_exists(name: str) -> ApiError:
    """A customer managed policy of that name, in whatever case."""
    message = f"A policy called {name} already exists. Duplicate names are not allowed."
    return ApiError("EntityAlreadyExists", message, status=409)


def delete_conflict(message: str) -> ApiError:
    """Something still hangs on the entity."""
    return ApiError("DeleteConflict", message, status=409)


def beyond_quota(quota: str, limit: int) -> ApiError:
    """One more than the account or the entity may have."""
    return ApiError("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", status=409)


def inline_policies_too_large(limit: int, kind: str, name: str) -> ApiError:
    """All inline policies of a user or role together, white space not counted."""
    message = f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    return ApiError("LimitExceeded", message, status=409)


def malformed_policy(message: str) -> ApiError:
    """A policy document that IAM does not take."""
    return ApiError("MalformedPolicyDocument", message, status=400)


def not_ours() -> ApiError:
    """AWS's managed policies can be read and attached, never changed."""
    return ApiError("AccessDenied", "Policy is outside your own account.", status=403)
