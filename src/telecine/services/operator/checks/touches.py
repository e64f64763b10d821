"""What a job will do with the credentials of its role: the requests of the engine, before there is a job. Pure.

This is the one place that repeats what `telecine.engine` does (fetch, decrypt, publish, take back); a test holds it
against the requests of a real job.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from telecine.media.plan import names
from telecine.media.plan.outputs import terms
from telecine.media.settings import Decryption, GroupType, Job, OutputGroup

_NO_FACTS = names.OutputFacts(video_bitrate=0, audio_bitrate=0, width=0, height=0, frame_rate=Fraction(0), extension="")
"""Of what outputs will be: their names are examples."""
_S3 = "s3://"


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """An input in S3."""

    number: int
    """The input's, from 1; of several with one object the first's."""
    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"{_S3}{self.bucket}/{self.key}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A data key of an input that was encrypted before its upload."""

    number: int
    how: Decryption


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Objects of one output group whose names begin and end alike."""

    number: int
    """The group's, from 1."""
    bucket: str
    key: str
    """An example: what is asked for is decided on this one."""
    prefix: str
    """What the names of all of the group's objects begin with."""
    parameters: dict[str, str]
    """What S3 is asked for beside the bytes."""


def reads(job: Job) -> Sequence[Read]:
    """Each object once."""
    found: dict[str, Read] = {}
    for number, given in enumerate(job.inputs, start=1):
        if given.uri.startswith(_S3):
            bucket, _, key = given.uri.removeprefix(_S3).partition("/")
            found.setdefault(given.uri, Read(number=number, bucket=bucket, key=key))
    return tuple(found.values())


def opened(job: Job) -> Sequence[Opened]:
    """The data keys that the role must be able to open."""
    return tuple(
        Opened(number=number, how=given.decryption)
        for number, given in enumerate(job.inputs, start=1)
        if given.decryption is not None
    )


def written(job: Job, now: datetime) -> Sequence[Written]:
    """For each output group one example of every kind of file."""
    facts = names.JobFacts(input_uri=job.inputs[0].uri, started=now)
    found: dict[tuple[int, str], Written] = {}
    for number, group in enumerate(job.groups, start=1):
        folder, base = names.base(group.destination, facts)
        bucket, _, place = folder.removeprefix(_S3).partition("/")
        kept = terms(group.s3)
        for name in _files(group, base, facts):
            ending = name.rpartition(".")[2]
            entry = Written(
                number=number,
                bucket=bucket,
                key=place + name,
                prefix=_prefix(group.destination, place + base),
                parameters={} if kept is None else kept.parameters,
            )
            found.setdefault((number, ending), entry)
    return tuple(found.values())


def _files(group: OutputGroup, base: str, facts: names.JobFacts) -> Iterator[str]:
    for output in group.outputs:
        name = base + names.modifier(output.name_modifier, facts, _NO_FACTS)
        if group.type is not GroupType.HLS:
            yield f"{name}.{output.extension or 'mp4'}"
            continue
        segment = name + names.modifier(output.segment_modifier, facts, _NO_FACTS)
        yield f"{segment}.ts" if group.hls.is_single_file else f"{segment}_00001.ts"
        if group.hls.has_playlists:
            yield f"{name}.m3u8"


def _prefix(destination: str, resolved: str) -> str:
    """What all keys begin with, whenever the job runs: up to the first variable of the destination."""
    fixed, variable, _ = destination.removeprefix(_S3).partition("$")
    return fixed.partition("/")[2] if variable else resolved


def creation(entry: Written) -> dict[str, Any]:
    """The parameters of the CreateMultipartUpload that begins an object."""
    return {"Bucket": entry.bucket, "Key": entry.key, **entry.parameters}
