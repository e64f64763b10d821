"""MediaConvert's tables.

A job is two rows: the small one that changes (`mediaconvert_jobs`), and the large ones that do not
(`mediaconvert_documents`: settings and plan), so that a heartbeat never rewrites twenty kilobytes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from telecine.db import Json, Moment, metadata

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself for INTEGER alone

QUEUES = Table(
    "mediaconvert_queues",
    metadata,
    Column("account", String(12), nullable=False),
    Column("name", String(256), nullable=False),
    Column("status", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("pricing_plan", String(16), nullable=False),
    Column("description", Text),
    Column("concurrent_jobs", Integer),
    # The reservation of a RESERVED queue.
    Column("reserved_slots", Integer),
    Column("renewal_type", String(16)),
    Column("purchased_at", Moment),
    Column("expires_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Which start of a job was its last, of all that any queue has made: whose turn it is.
    Column("turn", BigInteger, nullable=False, default=0, server_default="0"),
    PrimaryKeyConstraint("account", "name"),
)

JOBS = Table(
    "mediaconvert_jobs",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),  # the order of submission
    Column("id", String(32), nullable=False, unique=True),
    Column("account", String(12), nullable=False),
    Column("queue", String(256), nullable=False),  # queue and priority as submitted
    Column("role_arn", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("current_queue", String(256), nullable=False),  # where it waits, runs or has run
    Column("current_priority", Integer, nullable=False),
    Column("job_template", Text),
    Column("job_engine_version", String(10)),  # as requested: YYYY-MM-DD
    Column("hops", Json, nullable=False),  # [[queue, wait_minutes, priority], …]
    Column("next_hop_at", Moment),  # while it waits, and has somewhere to go
    Column("transitions", Json, nullable=False),  # [[source, destination, epoch milliseconds], …]
    Column("client_request_token", String(64)),
    Column("user_metadata", Json, nullable=False),
    Column("status_update_interval", String(16), nullable=False),
    Column("acceleration_mode", String(16)),
    Column("billing_tags_source", String(16), nullable=False),
    Column("simulate_reserved_queue", String(16)),
    Column("status", String(16), nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("phase", String(16)),
    Column("phase_percent", Integer, nullable=False, default=0),
    Column("job_percent", Integer, nullable=False, default=0),
    Column("frames_decoded", BigInteger, nullable=False, default=0),
    Column("retry_count", Integer, nullable=False, default=0),
    Column("error_code", Integer),
    Column("error_message", Text),
    Column("warnings", Json, nullable=False),  # [[code, count], …]
    Column("messages", Json, nullable=False),
    Column("outputs", Json),
    # The lease: who runs it, for the how manieth time, until when.
    Column("owner", String(128)),
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_seconds", Integer),
    Column("lease_expires_at", Moment),
    Column("is_publishing", Boolean, nullable=False, default=False),
    Column("is_probed", Boolean, nullable=False, default=False),  # INPUT_INFORMATION is out
    Column("next_update_at", Moment),  # when the next STATUS_UPDATE is due
    Index("ix_mediaconvert_jobs_account", "account", "number"),
    Index("ix_mediaconvert_jobs_queue", "account", "queue", "number"),
    Index("ix_mediaconvert_jobs_status", "account", "status", "number"),
    Index("ix_mediaconvert_jobs_queue_status", "account", "queue", "status", "number"),
    Index("ix_mediaconvert_jobs_token", "account", "client_request_token", "submitted_at"),
    # Partial: a claim reads the first entry of a queue, however many jobs wait and however many are done.
    Index(
        "ix_mediaconvert_jobs_waiting",
        "account",
        "current_queue",
        text("current_priority DESC"),
        "number",
        sqlite_where=text("status = 'SUBMITTED'"),
        postgresql_where=text("status = 'SUBMITTED'"),
    ),
    Index(
        "ix_mediaconvert_jobs_running",
        "account",
        "current_queue",
        sqlite_where=text("status = 'PROGRESSING'"),
        postgresql_where=text("status = 'PROGRESSING'"),
    ),
    Index(
        "ix_mediaconvert_jobs_hop",
        "account",
        "current_queue",
        "next_hop_at",
        sqlite_where=text("status = 'SUBMITTED' AND next_hop_at IS NOT NULL"),
        postgresql_where=text("status = 'SUBMITTED' AND next_hop_at IS NOT NULL"),
    ),
    Index(
        "ix_mediaconvert_jobs_error",
        "account",
        "error_code",
        "number",
        sqlite_where=text("error_code IS NOT NULL"),
        postgresql_where=text("error_code IS NOT NULL"),
    ),
    Index("ix_mediaconvert_jobs_finished", "finished_at"),  # what is to be forgotten is found by it
    Index(
        "ix_mediaconvert_jobs_lease",
        "lease_expires_at",
        sqlite_where=text("status = 'PROGRESSING'"),
        postgresql_where=text("status = 'PROGRESSING'"),
    ),
    sqlite_autoincrement=True,  # a number is never used twice, so the order of submission is never wrong
)

DOCUMENTS = Table(
    "mediaconvert_documents",
    metadata,
    Column("number", _Number, ForeignKey("mediaconvert_jobs.number"), primary_key=True, autoincrement=False),
    Column("settings", Json, nullable=False),
    Column("shown", Json),  # the settings before presets went into them; null: there were none
    Column("plan", Text),
)

_NAME = String(256).with_variant(String(256, collation="C"), "postgresql")  # sorts bytewise, as in SQLite

PRESETS = Table(
    "mediaconvert_presets",
    metadata,
    Column("account", String(12), nullable=False),
    Column("name", _NAME, nullable=False),
    Column("category", Text),
    Column("description", Text),
    Column("settings", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("account", "name"),
    Index("ix_mediaconvert_presets_created", "account", "created_at", "name"),
)

TEMPLATES = Table(
    "mediaconvert_templates",
    metadata,
    Column("account", String(12), nullable=False),
    Column("name", _NAME, nullable=False),
    Column("category", Text),
    Column("description", Text),
    Column("settings", Json, nullable=False),
    Column("defaults", Json, nullable=False),  # members beside the settings that a job has unless it says otherwise
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("account", "name"),
    Index("ix_mediaconvert_templates_created", "account", "created_at", "name"),
)

UPLOADS = Table(
    "mediaconvert_uploads",
    metadata,
    Column("number", _Number, ForeignKey("mediaconvert_jobs.number"), nullable=False),
    Column("bucket", String(255), nullable=False),
    Column("key", String(1024), nullable=False),
    Column("upload_id", Text),
    Column("is_published", Boolean, nullable=False),
    Column("version", Text),  # that the object is, in a bucket that keeps versions
    PrimaryKeyConstraint("number", "bucket", "key"),
)

TOTALS = Table(
    "mediaconvert_totals",
    metadata,
    Column("account", String(12), nullable=False),
    Column("name", String(32), nullable=False),
    Column("labels", String(1024), nullable=False),  # JSON, its names in order
    Column("value", Float, nullable=False),
    PrimaryKeyConstraint("account", "name", "labels"),
)

TAGS = Table(
    "mediaconvert_tags",
    metadata,
    Column("arn", String(400), nullable=False),
    Column("key", String(128), nullable=False),
    Column("value", String(256), nullable=False),
    PrimaryKeyConstraint("arn", "key"),
)

TERMS = Table(
    "mediaconvert_terms",
    metadata,
    # What a job can be found by, in rows of one statement: an insert apart for each kind would cost CreateJob more than
    # the rows themselves. They go with their job.
    Column("number", _Number, ForeignKey("mediaconvert_jobs.number", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),  # model.TermKind
    Column("digest", BigInteger, nullable=False),  # of the text: an address may have 2048 characters
    Column("account", String(12), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("number", "kind", "digest"),
    Index("ix_mediaconvert_terms_digest", "account", "kind", "digest", "number"),
    sqlite_with_rowid=False,
)

JOBS_QUERIES = Table(
    "mediaconvert_jobs_queries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(12), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("filters", Json, nullable=False),  # [[key, [value, …]], …]
    Column("order", String(16), nullable=False),
    Column("page_size", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("position", _Number),  # of the last job looked at; null: it begins at the end of the history
    Column("found", Json, nullable=False),  # numbers of jobs, in order
    Column("has_more", Boolean, nullable=False),
    Index("ix_mediaconvert_jobs_queries_account", "account", "created_at"),
)

INPUT_POLICIES = Table(
    "mediaconvert_input_policies",
    metadata,
    Column("account", String(12), primary_key=True),
    Column("s3", Boolean, nullable=False),
    Column("http", Boolean, nullable=False),
    Column("https", Boolean, nullable=False),
)

CERTIFICATES = Table(
    "mediaconvert_certificates",
    metadata,
    Column("account", String(12), nullable=False),
    Column("arn", String(400), nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("account", "arn"),
)
