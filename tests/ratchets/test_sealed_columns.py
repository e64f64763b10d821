"""A rotation of the root key walks every column that holds sealed values: none can be forgotten."""

from sqlalchemy import LargeBinary

from telecine.migrations.tables import metadata
from telecine.seal import sealed_columns

NOT_SEALED = {
    "s3_objects.key_blob": "a ciphertext of KMS",
    "s3_uploads.key_blob": "a ciphertext of KMS",
    "sts_console_sessions.token_digest": "SHA-256 of what the browser holds",
    "sts_sessions.token_digest": "SHA-256 of the session token",
}
"""Columns that hold bytes which the root key has nothing to do with, and what they are."""


def test_every_column_of_bytes_says_whether_the_root_key_sealed_it() -> None:
    """Either it is marked with `seal.sealed`, or it stands in the list above."""
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    marked = {str(column) for column in sealed_columns(metadata)}
    assert binary - marked == set(NOT_SEALED)
    assert marked <= binary


def test_what_a_value_is_about_can_be_told_from_its_row() -> None:
    """Marks name columns of their own table, and the table has a primary key to walk by."""
    for column in sealed_columns(metadata):
        assert set(column.named) <= set(column.table.columns.keys()), str(column)
        assert column.named, str(column)
        assert list(column.table.primary_key), str(column)
