"""Login profiles and password policies."""

from telecine.services.iam.model import LoginProfile, PasswordPolicy, User
from telecine.services.iam.view.shapes import Shape


def login_profile(user: User, profile: LoginProfile) -> Shape:
    """`LoginProfile`."""
    return {
        "UserName": user.name,
        "CreateDate": profile.created_at,
        "PasswordResetRequired": profile.must_change,
    }


def password_policy(policy: PasswordPolicy) -> Shape:
    """`PasswordPolicy`. What does not limit anything is left out."""
    limits: Shape = {"MaxPasswordAge": policy.max_age_days, "PasswordReusePrevention": policy.reuse_prevention}
    return {
        "MinimumPasswordLength": policy.minimum_length,
        "RequireSymbols": policy.require_symbols,
        "RequireNumbers": policy.require_numbers,
        "RequireUppercaseCharacters": policy.require_uppercase,
        "RequireLowercaseCharacters": policy.require_lowercase,
        "AllowUsersToChangePassword": policy.allow_users_to_change,
        "ExpirePasswords": policy.max_age_days is not None,
        **{member: value for member, value in limits.items() if value is not None},
        "HardExpiry": policy.hard_expiry,
    }
