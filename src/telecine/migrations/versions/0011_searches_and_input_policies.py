"""what jobs are found by, queries of jobs, input policies, and certificates of key servers."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_JOBS = "mediaconvert_jobs"
_TERMS = "mediaconvert_terms"
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Jobs of before are found, too."""
    op.add_column(_JOBS, sa.Column("job_engine_version", sa.String(length=10), nullable=True))
    op.create_index(f"ix_{_JOBS}_queue_status", _JOBS, ["account", "queue", "status", "number"])
    failed = sa.text("error_code IS NOT NULL")
    op.create_index(
        f"ix_{_JOBS}_error", _JOBS, ["account", "error_code", "number"], sqlite_where=failed, postgresql_where=failed
    )
    terms = op.create_table(
        _TERMS,
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], [f"{_JOBS}.number"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", "kind", "digest"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mediaconvert_terms_digest", _TERMS, ["account", "kind", "digest", "number"])
    op.create_table(
        "mediaconvert_jobs_queries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("filters", Json(), nullable=False),
        sa.Column("order", sa.String(length=16), nullable=False),
        sa.Column("page_size", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("position", _NUMBER, nullable=True),
        sa.Column("found", Json(), nullable=False),
        sa.Column("has_more", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mediaconvert_jobs_queries_account", "mediaconvert_jobs_queries", ["account", "created_at"])
    op.create_table(
        "mediaconvert_input_policies",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("s3", sa.Boolean(), nullable=False),
        sa.Column("http", sa.Boolean(), nullable=False),
        sa.Column("https", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "mediaconvert_certificates",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("arn", sa.String(length=400), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", "arn"),
    )
    _index_jobs(terms)


def _index_jobs(terms: sa.Table) -> None:
    """As `lifecycle/searches` does it for new jobs, a few hundred at a time: settings are twenty kilobytes a job."""
    connection = op.get_bind()
    page = sa.text(
        "SELECT j.number, j.account, d.settings FROM mediaconvert_jobs j JOIN mediaconvert_documents d "
        "ON d.number = j.number WHERE j.number > :after ORDER BY j.number LIMIT 500"
    )
    after = 0
    while jobs := connection.execute(page, {"after": after}).all():
        after = jobs[-1].number
        rows = [
            {"number": job.number, "account": job.account, "kind": kind, "digest": _digest(text), "text": text}
            for job in jobs
            for kind, text in sorted(set(_terms(json.loads(job.settings))))
        ]
        if rows:
            connection.execute(sa.insert(terms), rows)


def _terms(settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for source in settings.get("Inputs") or ():
        if source.get("FileInput"):
            yield "input", source["FileInput"]
    for group in settings.get("OutputGroups") or ():
        for output in group.get("Outputs") or ():
            video = output.get("VideoDescription") or {}
            for kind, described in (("video", [video]), ("audio", output.get("AudioDescriptions") or [])):
                for one in described:
                    codec = (one.get("CodecSettings") or {}).get("Codec")
                    if codec:
                        yield kind, codec


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
