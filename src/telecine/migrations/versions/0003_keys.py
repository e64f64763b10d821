"""keys of KMS, their aliases, grants and material."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BYTEWISE = sa.String(length=256).with_variant(sa.String(length=256, collation="C"), "postgresql")


def upgrade() -> None:
    """Four new tables."""
    op.create_table(
        "kms_keys",
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_managed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_principals", Json(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rotation_days", sa.Integer(), nullable=True),
        sa.Column("rotates_at", Moment(), nullable=True),
        sa.Column("waiting_days", sa.Integer(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_kms_keys")),
    )
    op.create_index("ix_kms_keys_account_key_id", "kms_keys", ["account", "key_id"], unique=False)
    op.create_index("ix_kms_keys_rotates_at", "kms_keys", ["rotates_at"], unique=False)
    op.create_index("ix_kms_keys_deleted_at", "kms_keys", ["deleted_at"], unique=False)

    op.create_table(
        "kms_materials",
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("rotation", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["kms_keys.key_id"], name=op.f("fk_kms_materials_key_id")),
        sa.PrimaryKeyConstraint("key_id", "version", name=op.f("pk_kms_materials")),
    )

    op.create_table(
        "kms_aliases",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", _BYTEWISE, nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["kms_keys.key_id"], name=op.f("fk_kms_aliases_key_id")),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_kms_aliases")),
    )
    op.create_index("ix_kms_aliases_key_id", "kms_aliases", ["key_id"], unique=False)

    op.create_table(
        "kms_grants",
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=True),
        sa.Column("grantee", sa.Text(), nullable=False),
        sa.Column("grantee_id", sa.String(length=32), nullable=True),
        sa.Column("retiree", sa.Text(), nullable=True),
        sa.Column("retiree_id", sa.String(length=32), nullable=True),
        sa.Column("operations", Json(), nullable=False),
        sa.Column("constraints", Json(), nullable=False),
        sa.Column("issued_by", sa.String(length=12), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["kms_keys.key_id"], name=op.f("fk_kms_grants_key_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_kms_grants")),
    )
    op.create_index("ix_kms_grants_key_id_grant_id", "kms_grants", ["key_id", "grant_id"], unique=False)
    op.create_index("ix_kms_grants_key_id_grantee_id", "kms_grants", ["key_id", "grantee_id"], unique=False)
    op.create_index("ix_kms_grants_retiree", "kms_grants", ["retiree"], unique=False)
