"""S3's tables. A row of `s3_objects` is one version of a key, or a delete marker.

Keys sort by their UTF-8 bytes: SQLite's BINARY collation does that by itself, PostgreSQL's "C" when it is told to.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, false, text

from telecine.db import Json, Moment, metadata
from telecine.seal import sealed

_BYTEWISE = Text().with_variant(Text(collation="C"), "postgresql")
_CURRENT = text("superseded_at IS NULL")

buckets = Table(
    "s3_buckets",
    metadata,
    Column("name", _BYTEWISE, primary_key=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("policy", Text),  # the bucket policy as it was written; NULL: none
    Column("policy_principals", Json),  # {ARN as written there: unique id of the user or role that was meant}
    Column("public_access_block", Json),  # the settings that are on, by the model's names; NULL: none was ever made
    Column("encryption", Json),  # what is done to objects whose writers say nothing of it; NULL: SSE-S3
    Column("versioning", Text),  # `Enabled`, `Suspended`; NULL: it never kept versions
    Column("tags", Json),
    Column("is_tag_governed", Boolean, nullable=False, server_default=false()),  # ABAC: its tags count in policies
    Column("ownership", Text, server_default="BucketOwnerEnforced"),  # NULL: its ownership controls were deleted
    Column("acl", Text),  # a canned one; NULL: private
    Index("ix_s3_buckets_account_name", "account", "name"),
)

objects = Table(
    "s3_objects",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bucket", _BYTEWISE, nullable=False),
    Column("key", _BYTEWISE, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified_at", Moment, nullable=False),
    Column("description", Json, nullable=False),
    Column("checksum", Json),
    Column("part_count", Integer),
    Column("encryption", Json),  # NULL: from before there was encryption, plain
    Column("sealed_key", LargeBinary, info=sealed("s3/object/{id}")),  # SSE-S3: the data key under the root key
    Column("key_blob", LargeBinary),  # SSE-KMS: the data key, or its bucket's, under a KMS key
    Column("version", Text, nullable=False, server_default="null"),
    Column("ordinal", Integer, nullable=False, server_default="0"),  # a key's newer versions have higher ones
    Column("superseded_at", Moment),  # when a newer version took its place; NULL: it is the current one
    Column("is_delete_marker", Boolean, nullable=False, server_default=false()),
    Column("tags", Json),
    Column("acl", Text),  # a canned one; NULL: private
    Index("uq_s3_objects_bucket_key", "bucket", "key", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
    Index("uq_s3_objects_bucket_key_version", "bucket", "key", "version", unique=True),
)

uploads = Table(
    "s3_uploads",
    metadata,
    Column("id", _BYTEWISE, primary_key=True),
    Column("bucket", _BYTEWISE, nullable=False),
    Column("key", _BYTEWISE, nullable=False),
    Column("initiated_at", Moment, nullable=False),
    Column("initiator", Json, nullable=False),
    Column("description", Json, nullable=False),
    Column("algorithm", Text),
    Column("extent", Text),
    # The object takes these over.
    Column("encryption", Json),  # NULL: from before there was encryption, plain
    Column("sealed_key", LargeBinary, info=sealed("s3/object/{id}")),  # SSE-S3: the data key under the root key
    Column("key_blob", LargeBinary),  # SSE-KMS: the data key, or its bucket's, under a KMS key
    Column("tags", Json),
    Column("acl", Text),
    Index("ix_s3_uploads_bucket_key_id", "bucket", "key", "id"),
)

parts = Table(
    "s3_parts",
    metadata,
    # An object's id or an upload's: the parts of a completed upload stay where they are, as its object's.
    Column("owner", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("file", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("checksum", Json),
    Column("modified_at", Moment, nullable=False),
    Index("uq_s3_parts_file", "file", unique=True),
)

configurations = Table(
    "s3_bucket_configurations",
    metadata,
    # What is not looked at by every request: CORS, lifecycle.
    Column("bucket", _BYTEWISE, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("document", Json, nullable=False),
)

discarded = Table(
    "s3_discarded_files",
    metadata,
    # Written with the change that takes the last reference away; the file goes once that is durable.
    Column("file", Text, primary_key=True),
)
