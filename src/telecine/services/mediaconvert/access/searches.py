"""Who may search jobs, and look into media."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params, always
from telecine.services.mediaconvert.access.rows import of_listing
from telecine.services.mediaconvert.lifecycle import Lifecycle


def _probe(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    """And each file, as the caller may read it in S3: Probe has no role to act in."""
    files = params.get("InputFiles") or []
    addresses = [file.get("FileUrl") for file in files if isinstance(file, Mapping)]
    reading = [need for address in addresses if isinstance(address, str) for need in face.probes.needs(call, address)]
    return (Need(action="mediaconvert:Probe"), *reading)


ROWS: Mapping[str, Needs[Lifecycle]] = {
    # The service authorization reference has no queries; they are of all jobs of the account, whatever their queue.
    "GetJobsQueryResults": always("mediaconvert:GetJobsQueryResults"),
    "Probe": _probe,
    "SearchJobs": of_listing("mediaconvert:SearchJobs"),
    "StartJobsQuery": always("mediaconvert:StartJobsQuery"),
}
