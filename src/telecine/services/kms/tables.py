"""KMS's tables. What is sealed stands in `kms_materials.sealed` alone."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, false

from telecine.db import Json, Moment, metadata
from telecine.seal import sealed

_BYTEWISE = String(256).with_variant(String(256, collation="C"), "postgresql")

KEYS = Table(
    "kms_keys",
    metadata,
    Column("key_id", String(36), primary_key=True),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", String(32), nullable=False),  # `states.KeyState`
    Column("is_managed", Boolean, nullable=False, server_default=false()),
    Column("policy", Text, nullable=False),  # the key policy as it was written
    Column("policy_principals", Json, nullable=False),  # {ARN as written there: unique id of who was meant}
    Column("tags", Json, nullable=False),
    Column("version", Integer, nullable=False),  # of the material that encrypts now
    Column("rotation_days", Integer),  # NULL: only on demand
    Column("rotates_at", Moment),
    Column("waiting_days", Integer),  # of a key that is pending deletion
    Column("deleted_at", Moment),  # from then on there is no such key any more
    Index("ix_kms_keys_account_key_id", "account", "key_id"),
    Index("ix_kms_keys_rotates_at", "rotates_at"),
    Index("ix_kms_keys_deleted_at", "deleted_at"),
)

MATERIALS = Table(
    "kms_materials",
    metadata,
    Column("key_id", String(36), ForeignKey("kms_keys.key_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("material_id", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info=sealed("kms/{key_id}/{version}")),
    Column("created_at", Moment, nullable=False),
    Column("rotation", String(16)),  # `model.RotationType`; NULL for the first
)

ALIASES = Table(
    "kms_aliases",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("name", _BYTEWISE, primary_key=True),  # with `alias/`
    Column("region", String(32), nullable=False),
    Column("key_id", String(36), ForeignKey("kms_keys.key_id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_kms_aliases_key_id", "key_id"),
)

GRANTS = Table(
    "kms_grants",
    metadata,
    Column("grant_id", String(64), primary_key=True),
    Column("key_id", String(36), ForeignKey("kms_keys.key_id"), nullable=False),
    Column("name", String(256)),
    Column("grantee", Text, nullable=False),  # as it was written
    Column("grantee_id", String(32)),  # unique id of the user or role that was meant; NULL: an account, say
    Column("retiree", Text),
    Column("retiree_id", String(32)),
    Column("operations", Json, nullable=False),
    Column("constraints", Json, nullable=False),  # {"equals": {…} or null, "subset": {…} or null}
    Column("issued_by", String(12), nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_kms_grants_key_id_grant_id", "key_id", "grant_id"),
    Index("ix_kms_grants_key_id_grantee_id", "key_id", "grantee_id"),
    Index("ix_kms_grants_retiree", "retiree"),
)
