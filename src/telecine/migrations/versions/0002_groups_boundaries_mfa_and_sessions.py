"""groups, boundaries, MFA, accounts, and sessions of every kind."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - a table, a statement
    op.create_table(
        "iam_sign_in_attempts",
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_iam_sign_in_attempts")),
    )
    with op.batch_alter_table("iam_sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_iam_sign_in_attempts_last_failed_at", ["last_failed_at"], unique=False)

    op.create_table(
        "sts_console_sessions",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("signed_in_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("mfa_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_sts_console_sessions")),
    )
    with op.batch_alter_table("sts_console_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sts_console_sessions_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "iam_groups",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_groups_account")),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_iam_groups")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_groups_account_name_key")),
    )
    op.create_table(
        "iam_instance_profiles",
        sa.Column("instance_profile_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("role_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_instance_profiles_account")),
        sa.ForeignKeyConstraint(["role_id"], ["iam_roles.role_id"], name=op.f("fk_iam_instance_profiles_role_id")),
        sa.PrimaryKeyConstraint("instance_profile_id", name=op.f("pk_iam_instance_profiles")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_instance_profiles_account_name_key")),
    )
    with op.batch_alter_table("iam_instance_profiles", schema=None) as batch_op:
        batch_op.create_index("ix_iam_instance_profiles_role_id", ["role_id"], unique=False)

    op.create_table(
        "iam_role_deletions",
        sa.Column("task_id", sa.String(length=300), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("finished_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_role_deletions_account")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_iam_role_deletions")),
    )

    op.create_table(
        "iam_memberships",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["iam_groups.group_id"], name=op.f("fk_iam_memberships_group_id")),
        sa.ForeignKeyConstraint(["user_id"], ["iam_users.user_id"], name=op.f("fk_iam_memberships_user_id")),
        sa.PrimaryKeyConstraint("user_id", "group_id", name=op.f("pk_iam_memberships")),
    )
    with op.batch_alter_table("iam_memberships", schema=None) as batch_op:
        batch_op.create_index("ix_iam_memberships_group_id", ["group_id"], unique=False)

    op.create_table(
        "iam_mfa_devices",
        sa.Column("serial_number", sa.String(length=256), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name_key", sa.String(length=226), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("is_root", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("enabled_at", Moment(), nullable=True),
        sa.Column("last_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("drift_steps", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_mfa_devices_account")),
        sa.ForeignKeyConstraint(["user_id"], ["iam_users.user_id"], name=op.f("fk_iam_mfa_devices_user_id")),
        sa.PrimaryKeyConstraint("serial_number", name=op.f("pk_iam_mfa_devices")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_mfa_devices_account_name_key")),
    )
    with op.batch_alter_table("iam_mfa_devices", schema=None) as batch_op:
        batch_op.create_index("ix_iam_mfa_devices_user_id", ["user_id"], unique=False)

    op.create_table(
        "iam_password_history",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["iam_users.user_id"], name=op.f("fk_iam_password_history_user_id")),
        sa.PrimaryKeyConstraint("user_id", "changed_at", name=op.f("pk_iam_password_history")),
    )
    with op.batch_alter_table("iam_access_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_used_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("last_used_service", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("last_used_region", sa.String(length=32), nullable=True))

    with op.batch_alter_table("iam_accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=50), server_default="", nullable=False))
        batch_op.add_column(sa.Column("root_email", sa.String(length=320), nullable=True))
        batch_op.add_column(sa.Column("root_email_key", sa.String(length=320), nullable=True))
        batch_op.add_column(sa.Column("root_password_last_used", Moment(), nullable=True))
        batch_op.add_column(sa.Column("root_password_changed_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("alias", sa.String(length=63), nullable=True))
        batch_op.add_column(sa.Column("password_policy", Json(), nullable=True))
        batch_op.create_index("uq_iam_accounts_alias", ["alias"], unique=True)
        batch_op.create_index("uq_iam_accounts_root_email_key", ["root_email_key"], unique=True)

    with op.batch_alter_table("iam_login_profiles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("changed_at", Moment(), nullable=True))

    with op.batch_alter_table("iam_policies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latest_version", sa.Integer(), server_default="1", nullable=False))

    with op.batch_alter_table("iam_roles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("boundary_arn", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("last_used_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("last_used_region", sa.String(length=32), nullable=True))
        batch_op.create_index("ix_iam_roles_account_boundary_arn", ["account", "boundary_arn"], unique=False)

    with op.batch_alter_table("iam_users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("boundary_arn", sa.Text(), nullable=True))
        batch_op.create_index("ix_iam_users_account_boundary_arn", ["account", "boundary_arn"], unique=False)

    with op.batch_alter_table("s3_buckets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("policy", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("policy_principals", Json(), nullable=True))
        batch_op.add_column(sa.Column("public_access_block", Json(), nullable=True))

    # Temporary credentials end with the upgrade: rows of the old form do not say what they are sessions of.
    op.drop_table("sts_sessions")
    op.create_table(
        "sts_sessions",
        sa.Column("access_key_id", sa.String(length=128), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("policies", Json(), nullable=True),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("transitive_tags", Json(), nullable=False),
        sa.Column("source_identity", sa.String(length=64), nullable=True),
        sa.Column("mfa_at", Moment(), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_sts_sessions")),
    )
    with op.batch_alter_table("sts_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sts_sessions_expires_at", ["expires_at"], unique=False)
