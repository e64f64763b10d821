"""IAM's errors: codes, statuses and words (IAM API reference, "Errors" of each action; words as recorded from AWS)."""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.wire.validate import Violation, aws_sentence


class WrongGuess(ApiError):
    """A wrong password or code. It counts against whoever tried (`directory.throttle`)."""


class MfaCodeRequired(ApiError):
    """Half of a sign-in is done: the password is right."""


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks."""
    return ApiError("ValidationError", aws_sentence(violations), status=400)


def unsupported(operation: str, member: str) -> ApiError:
    """A member of the request that this server does not honour."""
    return ApiError(
        "InvalidInput", f"The parameter {member} of {operation} is not supported by this server.", status=400
    )


def kept_out() -> ApiError:
    """A session of GetSessionToken without MFA, or of GetFederationToken: it cannot call IAM, whatever policies say."""
    return ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", status=403)


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


def too_many_tags() -> ApiError:
    """More tags than anything may have."""
    return ApiError("LimitExceeded", "The number of tags has reached the maximum limit.", status=409)


def invalid_tags(problem: str) -> ApiError:
    """A tag beyond IAM's rules."""
    return ApiError("InvalidInput", problem, status=400)


def no_such(kind: str, name: str) -> ApiError:
    """No `user`, `group` or `role` of that name; `user policy` and the like for inline policies."""
    return ApiError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", status=404)


def no_such_key(access_key_id: str) -> ApiError:
    """The user has no such access key."""
    return ApiError("NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found", status=404)


def not_your_key(caller: str | None, access_key_id: str) -> ApiError:
    """Nothing is told of a key outside the caller's account, not even whether it exists."""
    message = (
        f"User: {caller} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {access_key_id}"
    )
    return ApiError("AccessDenied", message, status=403)


def no_such_policy(arn: str) -> ApiError:
    """No managed policy has that ARN, or it is not attached."""
    return ApiError("NoSuchEntity", f"Policy {arn} was not found.", status=404)


def not_attachable(arn: str) -> ApiError:
    """No managed policy to attach."""
    return ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", status=404)


def no_such_boundary(arn: str) -> ApiError:
    """No managed policy that could limit anybody."""
    return ApiError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", status=404)


def invalid_boundary(arn: str) -> ApiError:
    """An ARN of something other than a managed policy, as a permissions boundary."""
    return ApiError("ValidationError", f"Value ({arn}) for parameter PermissionsBoundary is invalid.", status=400)


def service_role_policy() -> ApiError:
    """A policy that AWS keeps for service-linked roles, on anybody else."""
    message = "Cannot attach a Service Role Policy to a Customer Role."
    return ApiError("PolicyNotAttachable", message, status=400)


def service_role_path(prefix: str) -> ApiError:
    """A path that only roles which services make for themselves have."""
    message = f"Path prefix '{prefix}' can only be used for AWS Service linked Roles"
    return ApiError("InvalidInput", message, status=400)


def protected_role(name: str) -> ApiError:
    """A service made the role for itself: nobody else changes it."""
    message = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    return ApiError("UnmodifiableEntity", message, status=400)


def no_linked_role(principal: str) -> ApiError:
    """A service that has no roles of its own. IAM's words are not known; the code is the one it documents."""
    return ApiError("InvalidInput", f"The service {principal} has no service-linked role.", status=400)


def no_suffix(principal: str) -> ApiError:
    """A service of which there is one role an account."""
    return ApiError("InvalidInput", f"Custom suffix is not allowed for {principal}", status=400)


def linked_role_exists(name: str) -> ApiError:
    """The service has its role already, or another role has its name."""
    message = f"Service role name {name} has been taken in this account, please try a different suffix."
    return ApiError("InvalidInput", message, status=400)


def no_such_deletion(task_id: str) -> ApiError:
    """No task of the account that deleted a service-linked role."""
    return ApiError("NoSuchEntity", f"Deletion task {task_id} cannot be found.", status=404)


def no_such_version(arn: str, version: str) -> ApiError:
    """The managed policy has no such version."""
    message = f"Policy {arn} version {version} does not exist or is not attachable."
    return ApiError("NoSuchEntity", message, status=404)


def no_such_instance_profile(name: str) -> ApiError:
    """No instance profile of that name."""
    return ApiError("NoSuchEntity", f"Instance Profile {name} cannot be found.", status=404)


def instance_profile_exists(name: str) -> ApiError:
    """An instance profile of that name, in whatever case."""
    return ApiError("EntityAlreadyExists", f"Instance Profile {name} already exists.", status=409)


def in_instance_profile() -> ApiError:
    """A role stands in the way: it is in an instance profile."""
    return delete_conflict("Cannot delete entity, must remove roles from instance profile first.")


def no_such_identity(arn: str) -> ApiError:
    """No user, group or role of the account has that ARN."""
    return ApiError("NoSuchEntity", f"ARN {arn} cannot be found.", status=404)


def no_such_alias(alias: str) -> ApiError:
    """The account has no such alias."""
    return ApiError("NoSuchEntity", f"The account alias {alias} cannot be found.", status=404)


def alias_exists(alias: str) -> ApiError:
    """An account of this server has that alias already, the caller's own included."""
    return ApiError("EntityAlreadyExists", f"The account alias {alias} already exists.", status=409)


def alias_like_account(alias: str) -> ApiError:
    """An alias that could be taken for the number of an account."""
    return ApiError("ValidationError", f"The account alias {alias} must not be a 12-digit number.", status=400)


def already_exists(kind: str, name: str) -> ApiError:
    """A `User`, `Group` or `Role` of that name, in whatever case."""
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


def too_many_versions(limit: int) -> ApiError:
    """One version more than a managed policy may have."""
    message = (
        f"A managed policy can have up to {limit} versions. "
        "Before you create a new version, you must delete an existing version."
    )
    return ApiError("LimitExceeded", message, status=409)


def more_than_one_version() -> ApiError:
    """Only a policy with its default version alone can be deleted."""
    return delete_conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy."
    )


def inline_policies_too_large(limit: int, kind: str, name: str) -> ApiError:
    """All inline policies of a user, group or role together, white space not counted."""
    message = f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    return ApiError("LimitExceeded", message, status=409)


def malformed_policy(message: str) -> ApiError:
    """A policy document that IAM does not take."""
    return ApiError("MalformedPolicyDocument", message, status=400)


def not_ours() -> ApiError:
    """AWS's managed policies can be read and attached, never changed."""
    return ApiError("AccessDenied", "Policy is outside your own account.", status=403)


def no_login_profile(user_name: str) -> ApiError:
    """The user has no password."""
    return ApiError("NoSuchEntity", f"Login Profile for User {user_name} cannot be found.", status=404)


def login_profile_exists(user_name: str) -> ApiError:
    """The user has a password already."""
    return ApiError("EntityAlreadyExists", f"Login Profile for user {user_name} already exists.", status=409)


def login_profile_changing(user_name: str) -> ApiError:
    """Somebody else changed the password at the same moment."""
    message = f"Login Profile for User {user_name} cannot be modified while login profile is being created."
    return ApiError("EntityTemporarilyUnmodifiable", message, status=409)


def password_policy_violation(problem: str) -> ApiError:
    """A password that the account's policy does not take."""
    return ApiError("PasswordPolicyViolation", problem, status=400)


def wrong_old_password() -> ApiError:
    """Who changes their own password must know it."""
    return WrongGuess("AccessDenied", "The old password was incorrect.", status=403)


def not_a_user() -> ApiError:
    """The root user and sessions of roles have no password of this kind."""
    return ApiError("InvalidUserType", "Only IAM Users can change their own password", status=400)


def no_password_policy(account: str) -> ApiError:
    """The account has no password policy of its own: AWS's default one counts."""
    message = f"The Password Policy with domain name {account} cannot be found."
    return ApiError("NoSuchEntity", message, status=404)


def no_such_device(serial_number: str) -> ApiError:
    """The account has no virtual MFA device of that serial number."""
    message = f"VirtualMFADevice with serial number {serial_number} doesn't exist."
    return ApiError("NoSuchEntity", message, status=404)


def not_the_users_device() -> ApiError:
    """The device is of somebody else, or of nobody."""
    return ApiError("NoSuchEntity", "MFA Device invalid for user.", status=404)


def device_exists() -> ApiError:
    """A virtual MFA device of that path and name, in whatever case."""
    return ApiError("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", status=409)


def device_in_use() -> ApiError:
    """The device is somebody's already."""
    return ApiError("EntityAlreadyExists", "MFA Device is already in use.", status=409)


def device_name_too_long(limit: int) -> ApiError:
    """Path and name are part of the serial number, whose length is limited."""
    message = f"The path and name of a virtual MFA device must have at most {limit} characters together."
    return ApiError("ValidationError", message, status=400)


def invalid_authentication_code() -> ApiError:
    """The codes are not those that the device shows now, or have counted before."""
    return WrongGuess("InvalidAuthenticationCode", "Authentication code for device is not valid.", status=403)


def too_many_attempts() -> ApiError:
    """Too many wrong passwords or codes: the next one may be tried later."""
    return ApiError("Throttling", "Rate exceeded", status=400)


def sign_in_failed() -> ApiError:
    """Account, name, password or code is wrong: which one is not said."""
    message = "Your authentication information is incorrect. Please try again."
    return WrongGuess("AuthenticationFailed", message, status=403)


def mfa_code_required() -> MfaCodeRequired:
    """The password is right, and the user has an MFA device."""
    return MfaCodeRequired("MfaCodeRequired", "Enter the code that your MFA device shows.", status=403)


def password_expired() -> ApiError:
    """The password is right but too old, and the account lets nobody renew it by themselves."""
    message = "Your password has expired. Please contact your account administrator to reset it."
    return ApiError("PasswordExpired", message, status=403)


# The simulators' own words, as recorded from IAM where they are known.


def invalid_input(message: str) -> ApiError:
    """A parameter of a simulation that cannot be meant."""
    return ApiError("InvalidInput", message, status=400)


def unclear_entity(arn: str) -> ApiError:
    """An ARN that should name a user, group or role."""
    return invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")


def foreign_policy_source(account: str, owner: str) -> ApiError:
    """Nobody sees the policies of another account's identities."""
    return invalid_input(
        f"Invalid Policy Source Arn: caller's account {account} does not have access to policies in account {owner}"
    )


def invalid_resource_name(name: str) -> ApiError:
    """A resource to simulate is neither `*` nor an ARN."""
    return invalid_input(f"ResourceNames are not in a valid ARN format: {name}.")


def policy_evaluation(message: str) -> ApiError:
    """A stored policy cannot be evaluated: nothing is decided without it."""
    return ApiError("PolicyEvaluation", message, status=500)
