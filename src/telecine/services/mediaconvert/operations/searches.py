"""Finding jobs, and looking into media."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, Lifecycle
from telecine.services.mediaconvert.model import (
    MAX_INPUT_FILE,
    MAX_QUERY_VALUES,
    Filter,
    FilterKey,
    JobStatus,
    Order,
    queue_name,
)
from telecine.services.mediaconvert.operations import listings
from telecine.services.mediaconvert.operations.engine_versions import is_version

_MAX_PROBED = 4
"""How many files one request may have looked into, one after the other, in the time that clients wait."""
_AUDIO_CODECS = frozenset(
    {"AAC", "AC3", "AIFF", "EAC3", "EAC3_ATMOS", "FLAC", "MP2", "MP3", "OPUS", "PASSTHROUGH", "VORBIS", "WAV"}
)
_VIDEO_CODECS = frozenset(
    {
        "AV1",
        "AVC_INTRA",
        "FRAME_CAPTURE",
        "GIF",
        "H_264",
        "H_265",
        "MPEG2",
        "PASSTHROUGH",
        "PRORES",
        "UNCOMPRESSED",
        "VC3",
        "VP8",
        "VP9",
        "XAVC",
    }
)
_CHOICES = {
    FilterKey.STATUS: frozenset(JobStatus),
    FilterKey.AUDIO_CODEC: _AUDIO_CODECS,
    FilterKey.VIDEO_CODEC: _VIDEO_CODECS,
}


def search_jobs(face: Lifecycle, call: Call, params: Params) -> Result:
    """ListJobs, with an input file: its address, or a part of that. A page may be short and still name the next."""
    text = params.get("InputFile", "")
    if len(text) > MAX_INPUT_FILE:
        raise errors.issues([("/inputFile", f"Should have at most {MAX_INPUT_FILE} characters")])
    query = listings.query(call, params)
    if query is None:
        return {"Jobs": []}
    return listings.answer(
        face.searches.with_input(call.account, text, query) if text else face.jobs(call.account, query)
    )


def start_jobs_query(face: Lifecycle, call: Call, params: Params) -> Result:
    """The id of a query for jobs that meet any filter (service model, JobsQueryFilter: "using OR logic")."""
    given = params.get("FilterList", [])
    wrong = list(_wrong(given))
    if wrong:
        raise errors.issues(wrong)
    started = face.searches.start(
        call.account,
        tuple(_filters(call, given)),
        order=Order(params.get("Order", Order.DESCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )
    return {"Id": started}


def get_jobs_query_results(face: Lifecycle, call: Call, params: Params) -> Result:
    """Its status; the jobs once it is COMPLETE. Each call takes it a part of the way."""
    found = face.searches.results(call.account, params["Id"])
    shown = {"Status": found.status, "Jobs": [view.job(job) for job in found.jobs]}
    return {**shown, "NextToken": found.next_token} if found.next_token else shown


def probe(face: Lifecycle, call: Call, params: Params) -> Result:
    """What each file holds. Raises BadRequestException for one that cannot be read."""
    files: Sequence[Mapping[str, Any]] = params.get("InputFiles", [])
    if not files:
        raise errors.issues([("/inputFiles", "Should have at least 1 items")])
    if len(files) > _MAX_PROBED:
        raise errors.issues([("/inputFiles", f"Should have at most {_MAX_PROBED} items")])
    missing = [
        (f"/inputFiles/{number}", "fileUrl is a required property")
        for number, file in enumerate(files)
        if not file.get("FileUrl")
    ]
    if missing:
        raise errors.issues(missing)
    return {"ProbeResults": face.probes.results(call, [file["FileUrl"] for file in files])}


def _wrong(given: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    if sum(len(one.get("Values", [])) for one in given) > MAX_QUERY_VALUES:
        yield "/filterList", f"Should have at most {MAX_QUERY_VALUES} values in all"
    for number, one in enumerate(given):
        path = f"/filterList/{number}"
        if "Key" not in one:
            yield path, "key is a required property"
        if not one.get("Values"):
            yield f"{path}/values", "Should have at least 1 items"
        elif "Key" in one:
            yield from _wrong_values(FilterKey(one["Key"]), one["Values"], f"{path}/values")


def _wrong_values(key: FilterKey, values: Sequence[str], path: str) -> Iterator[tuple[str, str]]:
    for place, value in enumerate(values):
        if not value:
            yield f"{path}/{place}", "Should have at least 1 characters"
        elif key in _CHOICES and value not in _CHOICES[key]:
            allowed = ", ".join(sorted(_CHOICES[key]))
            yield f"{path}/{place}", f"Should be equal to one of the allowed values in [{allowed}]"
        elif key is FilterKey.ERROR_CODE and not (value.isascii() and value.isdigit() and len(value) < 10):
            yield f"{path}/{place}", "Should be an error code such as 1010"
        elif key in {FilterKey.ENGINE_REQUESTED, FilterKey.ENGINE_USED} and not is_version(value):
            yield f"{path}/{place}", "Should be a job engine version such as 2025-01-31"


def _filters(call: Call, given: Sequence[Mapping[str, Any]]) -> Iterator[Filter]:
    for one in given:
        key = FilterKey(one["Key"])
        values = one["Values"]
        if key is FilterKey.QUEUE:
            names = (queue_name(value, account=call.account, region=call.region) for value in values)
            # A queue of somebody else has no jobs of this account; a filter without values finds nothing.
            values = [name for name in names if name is not None]
        yield Filter(key=key, values=tuple(values))


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "GetJobsQueryResults": get_jobs_query_results,
    "Probe": probe,
    "SearchJobs": search_jobs,
    "StartJobsQuery": start_jobs_query,
}
