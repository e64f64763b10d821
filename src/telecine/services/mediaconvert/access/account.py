"""What belongs to the account as a whole, and has no resources."""

from collections.abc import Mapping

from telecine.services.contract import Needs, always
from telecine.services.mediaconvert.lifecycle import Lifecycle

ROWS: Mapping[str, Needs[Lifecycle]] = {
    name: always(f"mediaconvert:{name}")
    for name in (
        "AssociateCertificate",
        "DeletePolicy",
        "DescribeEndpoints",
        "DisassociateCertificate",
        "GetPolicy",
        "ListVersions",
        "PutPolicy",
    )
}
