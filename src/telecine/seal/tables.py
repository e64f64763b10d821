"""The one table of the root key itself."""

from sqlalchemy import Column, LargeBinary, String, Table

from telecine.db import metadata
from telecine.seal.columns import sealed

DERIVATION = "derivation"
"""The name of the secret that `RootKey.derive` stands on. That it opens shows that the root key is the right one."""

SECRETS = Table(
    "seal_secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info=sealed("seal/{name}")),
)
