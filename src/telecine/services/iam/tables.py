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
)

from telecine.db import Json, Moment, metadata

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
    Column("root_password_hash", Text),  # argon2; NULL: root cannot sign in
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
    UniqueConstraint("account", "name_key"),
)

LOGIN_PROFILES = Table(
    "iam_login_profiles",
    metadata,
    Column("user_id", String(32), ForeignKey("iam_users.user_id"), primary_key=True),
    Column("password_hash", Text, nullable=False),  # argon2
    Column("created_at", Moment, nullable=False),
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
    UniqueConstraint("account", "name_key"),
)

ACCESS_KEYS = Table(
    "iam_access_keys",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("account", String(12), ForeignKey("iam_accounts.account"), nullable=False),
    Column("user_id", String(32), ForeignKey("iam_users.user_id")),  # NULL: the root user's
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
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

# `identity_id` is the unique id of a user or a role: no foreign key can say "either", so the face deletes in order.
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
