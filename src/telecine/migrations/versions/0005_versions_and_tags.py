"""versions of objects, tags, and configurations of buckets."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every object of before is the one version of its key, `null`, and the current one."""
    bytewise = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    current = sa.text("superseded_at IS NULL")
    with op.batch_alter_table("s3_buckets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("versioning", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("tags", Json(), nullable=True))
        batch_op.add_column(sa.Column("is_tag_governed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("ownership", sa.Text(), server_default="BucketOwnerEnforced", nullable=True))
        batch_op.add_column(sa.Column("acl", sa.Text(), nullable=True))

    with op.batch_alter_table("s3_objects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", sa.Text(), server_default="null", nullable=False))
        batch_op.add_column(sa.Column("ordinal", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("superseded_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("is_delete_marker", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("tags", Json(), nullable=True))
        batch_op.add_column(sa.Column("acl", sa.Text(), nullable=True))
        batch_op.drop_index("uq_s3_objects_bucket_key")
    op.create_index(
        "uq_s3_objects_bucket_key",
        "s3_objects",
        ["bucket", "key"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_index("uq_s3_objects_bucket_key_version", "s3_objects", ["bucket", "key", "version"], unique=True)

    with op.batch_alter_table("s3_uploads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", Json(), nullable=True))
        batch_op.add_column(sa.Column("acl", sa.Text(), nullable=True))

    op.create_table(
        "s3_bucket_configurations",
        sa.Column("bucket", bytewise, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "kind", name=op.f("pk_s3_bucket_configurations")),
    )
