"""IAM's tables. `name_key` is the name in small letters: names are unique without regard to case."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from telecine.db import Json, Moment, metadata
from telecine.seal import sealed

GENERATION = Table(
    "iam_generation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, 1
    Column("value", Integer, nullable=False),  # one more with each write to IAM
)

ACCOUNTS = Table(
    "iam_accounts",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("name", String(50), nullable=False, server_default=""),
    Column("root_email", String(320)),  # NULL: the account was made before it could be named; root signs in by number
    Column("root_email_key", String(320)),  # in small letters
    Column("root_password_hash", Text),  # argon2; NULL: root cannot sign in
    Column("root_password_last_used", Moment),
    Column("root_password_changed_at", Moment),  # NULL: set before that was noted, or never
    Column("alias", String(63)),  # on this server, as AWS's are on all of AWS
    Column("password_policy", Json),  # NULL: AWS's default one counts
    Index("uq_iam_accounts_root_email_key", "root_email_key", unique=True),
    Index("uq_iam_accounts_alias", "alias", unique=True),
)

USERS = Table(
    "iam_users",
    metadata,
    Column("user_id", String(32), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("tags", Json, nullable=False),
    Column("password_last_used", Moment),
    Column("boundary_arn", Text),  # of the managed policy that limits the user; NULL: not limited
    UniqueConstraint("account", "name_key"),
    Index("ix_iam_users_account_boundary_arn", "account", "boundary_arn"),
)

GROUPS = Table(
    "iam_groups",
    metadata,
    Column("group_id", String(32), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("account", "name_key"),
)

MEMBERSHIPS = Table(
    "iam_memberships",
    metadata,
    Column("user_id", String(32), ForeignKey("iam_users.user_id"), nullable=False),
    Column("group_id", String(32), ForeignKey("iam_groups.group_id"), nullable=False),
    PrimaryKeyConstraint("user_id", "group_id"),
    Index("ix_iam_memberships_group_id", "group_id"),
)

LOGIN_PROFILES = Table(
    "iam_login_profiles",
    metadata,
    Column("user_id", String(32), ForeignKey("iam_users.user_id"), primary_key=True),
    Column("password_hash", Text, nullable=False),  # argon2
    Column("created_at", Moment, nullable=False),
    Column("must_change", Boolean, nullable=False, server_default=false()),  # at the next sign-in
    Column("changed_at", Moment),  # NULL: never since created_at
)

PASSWORD_HISTORY = Table(
    "iam_password_history",
    metadata,
    Column("user_id", String(32), ForeignKey("iam_users.user_id"), nullable=False),
    Column("changed_at", Moment, nullable=False),  # when this password gave way to the next
    Column("password_hash", Text, nullable=False),  # argon2
    PrimaryKeyConstraint("user_id", "changed_at"),
)

MFA_DEVICES = Table(
    "iam_mfa_devices",
    metadata,
    Column("serial_number", String(256), primary_key=True),  # the ARN
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("name_key", String(226), nullable=False),  # path and name, in small letters
    Column("sealed_seed", LargeBinary, nullable=False, info=sealed("iam/mfa/{serial_number}")),
    Column("tags", Json, nullable=False),
    Column("user_id", String(32), ForeignKey("iam_users.user_id")),  # NULL: of nobody yet, or of root
    Column("is_root", Boolean, nullable=False, server_default=false()),
    Column("enabled_at", Moment),  # NULL: of nobody yet
    Column("last_step", Integer, nullable=False, server_default="0"),  # TOTP's counter: no code counts twice
    Column("drift_steps", Integer, nullable=False, server_default="0"),  # its clock ahead of ours; negative: behind
    UniqueConstraint("account", "name_key"),
    Index("ix_iam_mfa_devices_user_id", "user_id"),
)

SIGN_IN_ATTEMPTS = Table(
    "iam_sign_in_attempts",
    metadata,
    Column("subject", String(400), primary_key=True),  # a keyed digest of who somebody tried to be, or from where
    Column("failures", Integer, nullable=False),
    Column("last_failed_at", Moment, nullable=False),
    Index("ix_iam_sign_in_attempts_last_failed_at", "last_failed_at"),
)

ROLES = Table(
    "iam_roles",
    metadata,
    Column("role_id", String(32), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False),
    Column("path", String(512), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("tags", Json, nullable=False),
    Column("trust_policy", Text, nullable=False),
    Column("trust_principals", Json, nullable=False),  # {ARN as written: unique id}
    Column("description", Text),
    Column("max_session_seconds", Integer, nullable=False),
    Column("boundary_arn", Text),  # of the managed policy that limits the role; NULL: not limited
    Column("last_used_at", Moment),  # written with a delay, and without raising the generation
    Column("last_used_region", String(32)),
    UniqueConstraint("account", "name_key"),
    Index("ix_iam_roles_account_boundary_arn", "account", "boundary_arn"),
)

ROLE_DELETIONS = Table(
    "iam_role_deletions",
    metadata,
    Column("task_id", String(300), primary_key=True),  # names the service and the service-linked role
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("finished_at", Moment, nullable=False),
)

INSTANCE_PROFILES = Table(
    "iam_instance_profiles",
    metadata,
    Column("instance_profile_id", String(32), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("tags", Json, nullable=False),
    Column("role_id", String(32), ForeignKey("iam_roles.role_id")),  # one at most
    UniqueConstraint("account", "name_key"),
    Index("ix_iam_instance_profiles_role_id", "role_id"),
)

ACCESS_KEYS = Table(
    "iam_access_keys",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("user_id", String(32), ForeignKey("iam_users.user_id")),  # NULL: the root user's
    Column("sealed_secret", LargeBinary, nullable=False, info=sealed("iam/access-key/{access_key_id}")),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),  # written with a delay, and without raising the generation
    Column("last_used_service", String(64)),
    Column("last_used_region", String(32)),
    Index("ix_iam_access_keys_user_id", "user_id"),
)

POLICIES = Table(
    "iam_policies",
    metadata,
    Column("policy_id", String(32), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("arn", Text, nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("name_key", String(128), nullable=False),
    Column("path", String(512), nullable=False),
    Column("description", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("default_version", Integer, nullable=False),
    Column("latest_version", Integer, nullable=False, server_default="1"),  # numbers are never given out again
    Column("tags", Json, nullable=False),
    UniqueConstraint("account", "name_key"),
)

POLICY_VERSIONS = Table(
    "iam_policy_versions",
    metadata,
    Column("policy_id", String(32), ForeignKey("iam_policies.policy_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("policy_id", "number"),
)

# `identity_id` is the unique id of a user, a group or a role: no foreign key can say "one of them", so the face deletes
# in order.
INLINE_POLICIES = Table(
    "iam_inline_policies",
    metadata,
    Column("identity_id", String(32), nullable=False),
    Column("name", String(128), nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("identity_id", "name"),
)

ATTACHMENTS = Table(
    "iam_attachments",
    metadata,
    Column("identity_id", String(32), nullable=False),
    Column("policy_arn", Text, nullable=False),  # AWS's policies are no rows, hence no foreign key
    Column("policy_name", String(128), nullable=False),
    Column("policy_path", String(512), nullable=False),
    Column("account", String(12), nullable=False),  # the identity's
    PrimaryKeyConstraint("identity_id", "policy_arn"),
    Index("ix_iam_attachments_account_policy_arn", "account", "policy_arn"),
)
