"""MediaConvert's face on a database, with nothing around it: no roles, no S3 of our own, nobody to wake."""

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.services.mediaconvert.lifecycle import Lifecycle

REGION = Region("us-east-1")
PAGES = PageTokens(b"k" * 32)
"""What signs its page tokens. No secret: never for production."""


def lifecycle_on(database: Database, clock: Clock, ids: Ids) -> Lifecycle:
    """A face in `REGION` on a database that has seen every migration.

    No role has tags, and the S3 of outputs is another server's, which keeps what storage classes it likes.
    """
    return Lifecycle(database, clock, ids, PAGES, REGION, role_tags=lambda _arn: {}, kept_classes=None)
