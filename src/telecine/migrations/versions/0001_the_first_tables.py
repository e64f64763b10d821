"""the first tables."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - a table, a statement
    op.create_table(
        "events_outbox",
        sa.Column("position", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("detail_type", sa.String(length=128), nullable=False),
        sa.Column("resources", Json(), nullable=False),
        sa.Column("detail", Json(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_events_outbox_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_outbox", schema=None) as batch_op:
        batch_op.create_index("ix_events_outbox_time", ["time"], unique=False)

    op.create_table(
        "iam_accounts",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("root_password_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_iam_accounts")),
    )
    op.create_table(
        "iam_attachments",
        sa.Column("identity_id", sa.String(length=32), nullable=False),
        sa.Column("policy_arn", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.String(length=128), nullable=False),
        sa.Column("policy_path", sa.String(length=512), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "policy_arn", name=op.f("pk_iam_attachments")),
    )
    with op.batch_alter_table("iam_attachments", schema=None) as batch_op:
        batch_op.create_index("ix_iam_attachments_account_policy_arn", ["account", "policy_arn"], unique=False)

    op.create_table(
        "iam_generation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_iam_generation")),
    )
    op.create_table(
        "iam_inline_policies",
        sa.Column("identity_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity_id", "name", name=op.f("pk_iam_inline_policies")),
    )
    op.create_table(
        "mediaconvert_jobs",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("queue", sa.String(length=256), nullable=False),
        sa.Column("role_arn", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("client_request_token", sa.String(length=64), nullable=True),
        sa.Column("user_metadata", Json(), nullable=False),
        sa.Column("status_update_interval", sa.String(length=16), nullable=False),
        sa.Column("acceleration_mode", sa.String(length=16), nullable=True),
        sa.Column("billing_tags_source", sa.String(length=16), nullable=False),
        sa.Column("simulate_reserved_queue", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("phase", sa.String(length=16), nullable=True),
        sa.Column("phase_percent", sa.Integer(), nullable=False),
        sa.Column("job_percent", sa.Integer(), nullable=False),
        sa.Column("frames_decoded", sa.BigInteger(), nullable=False),
        sa.Column("retry_count", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("warnings", Json(), nullable=False),
        sa.Column("messages", Json(), nullable=False),
        sa.Column("outputs", Json(), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=True),
        sa.Column("lease_expires_at", Moment(), nullable=True),
        sa.Column("is_publishing", sa.Boolean(), nullable=False),
        sa.Column("is_probed", sa.Boolean(), nullable=False),
        sa.Column("next_update_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mediaconvert_jobs")),
        sa.UniqueConstraint("id", name=op.f("uq_mediaconvert_jobs_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("mediaconvert_jobs", schema=None) as batch_op:
        batch_op.create_index("ix_mediaconvert_jobs_account", ["account", "number"], unique=False)
        batch_op.create_index(
            "ix_mediaconvert_jobs_lease",
            ["lease_expires_at"],
            unique=False,
            sqlite_where=sa.text("status = 'PROGRESSING'"),
            postgresql_where=sa.text("status = 'PROGRESSING'"),
        )
        batch_op.create_index("ix_mediaconvert_jobs_queue", ["account", "queue", "number"], unique=False)
        batch_op.create_index(
            "ix_mediaconvert_jobs_running",
            ["account", "queue"],
            unique=False,
            sqlite_where=sa.text("status = 'PROGRESSING'"),
            postgresql_where=sa.text("status = 'PROGRESSING'"),
        )
        batch_op.create_index("ix_mediaconvert_jobs_status", ["account", "status", "number"], unique=False)
        batch_op.create_index(
            "ix_mediaconvert_jobs_token", ["account", "client_request_token", "submitted_at"], unique=False
        )
    op.create_index(
        "ix_mediaconvert_jobs_waiting",
        "mediaconvert_jobs",
        ["account", "queue", sa.text("priority DESC"), "number"],
        sqlite_where=sa.text("status = 'SUBMITTED'"),
        postgresql_where=sa.text("status = 'SUBMITTED'"),
    )

    op.create_table(
        "mediaconvert_queues",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("pricing_plan", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("concurrent_jobs", sa.Integer(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_mediaconvert_queues")),
    )
    op.create_table(
        "mediaconvert_tags",
        sa.Column("arn", sa.String(length=400), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("arn", "key", name=op.f("pk_mediaconvert_tags")),
    )
    op.create_table(
        "s3_buckets",
        sa.Column("name", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_s3_buckets")),
    )
    with op.batch_alter_table("s3_buckets", schema=None) as batch_op:
        batch_op.create_index("ix_s3_buckets_account_name", ["account", "name"], unique=False)

    op.create_table(
        "s3_discarded_files",
        sa.Column("file", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_s3_discarded_files")),
    )
    op.create_table(
        "s3_objects",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified_at", Moment(), nullable=False),
        sa.Column("description", Json(), nullable=False),
        sa.Column("checksum", Json(), nullable=True),
        sa.Column("part_count", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_s3_objects")),
    )
    with op.batch_alter_table("s3_objects", schema=None) as batch_op:
        batch_op.create_index("uq_s3_objects_bucket_key", ["bucket", "key"], unique=True)

    op.create_table(
        "s3_parts",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("md5", sa.Text(), nullable=False),
        sa.Column("checksum", Json(), nullable=True),
        sa.Column("modified_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "number", name=op.f("pk_s3_parts")),
    )
    with op.batch_alter_table("s3_parts", schema=None) as batch_op:
        batch_op.create_index("uq_s3_parts_file", ["file"], unique=True)

    op.create_table(
        "s3_uploads",
        sa.Column("id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("bucket", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("initiated_at", Moment(), nullable=False),
        sa.Column("initiator", Json(), nullable=False),
        sa.Column("description", Json(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=True),
        sa.Column("extent", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_s3_uploads")),
    )
    with op.batch_alter_table("s3_uploads", schema=None) as batch_op:
        batch_op.create_index("ix_s3_uploads_bucket_key_id", ["bucket", "key", "id"], unique=False)

    op.create_table(
        "sts_sessions",
        sa.Column("access_key_id", sa.String(length=128), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("role_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("issued_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("policies", Json(), nullable=True),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_sts_sessions")),
    )
    with op.batch_alter_table("sts_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sts_sessions_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "iam_policies",
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("default_version", sa.Integer(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_policies_account")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_iam_policies")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_policies_account_name_key")),
        sa.UniqueConstraint("arn", name=op.f("uq_iam_policies_arn")),
    )
    op.create_table(
        "iam_roles",
        sa.Column("role_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("trust_policy", sa.Text(), nullable=False),
        sa.Column("trust_principals", Json(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("max_session_seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_roles_account")),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_iam_roles")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_roles_account_name_key")),
    )
    op.create_table(
        "iam_users",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=128), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("password_last_used", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_users_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_iam_users")),
        sa.UniqueConstraint("account", "name_key", name=op.f("uq_iam_users_account_name_key")),
    )
    op.create_table(
        "mediaconvert_documents",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("settings", Json(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["mediaconvert_jobs.number"], name=op.f("fk_mediaconvert_documents_number")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mediaconvert_documents")),
    )
    op.create_table(
        "mediaconvert_uploads",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bucket", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=1024), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["mediaconvert_jobs.number"], name=op.f("fk_mediaconvert_uploads_number")),
        sa.PrimaryKeyConstraint("number", "bucket", "key", name=op.f("pk_mediaconvert_uploads")),
    )
    op.create_table(
        "iam_access_keys",
        sa.Column("access_key_id", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["iam_accounts.account"], name=op.f("fk_iam_access_keys_account")),
        sa.ForeignKeyConstraint(["user_id"], ["iam_users.user_id"], name=op.f("fk_iam_access_keys_user_id")),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_iam_access_keys")),
    )
    with op.batch_alter_table("iam_access_keys", schema=None) as batch_op:
        batch_op.create_index("ix_iam_access_keys_user_id", ["user_id"], unique=False)

    op.create_table(
        "iam_login_profiles",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["iam_users.user_id"], name=op.f("fk_iam_login_profiles_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_iam_login_profiles")),
    )
    op.create_table(
        "iam_policy_versions",
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["iam_policies.policy_id"], name=op.f("fk_iam_policy_versions_policy_id")
        ),
        sa.PrimaryKeyConstraint("policy_id", "number", name=op.f("pk_iam_policy_versions")),
    )
