"""Members and headers: every member of every input is honoured or has the name by which it is refused."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.errors import ApiError
from telecine.services.s3 import errors, names, ranges
from telecine.services.s3.checksums import Algorithm, Checksum, Extent, composite, encode, whole
from telecine.services.s3.operations import OPERATIONS, STREAMS, terms
from telecine.services.s3.ranges import Span
from telecine.wire import compiled
from telecine.wire.checksums import digest
from telecine.wire.validate import Rule, Violation

MODEL: ServiceModel = get_session().get_service_model("s3")
WORKING = sorted({*OPERATIONS, *STREAMS})
ACLS = {"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"}


@pytest.mark.parametrize("operation", WORKING)
def test_every_member_is_honoured_or_refused_by_its_header(operation: str) -> None:
    """What the model may send and we do not honour has its real header's name in the refusal."""
    members: Mapping[str, Any] = MODEL.operation_model(operation).input_shape.members
    assert terms.HONOURED[operation] <= set(members)
    for member, shape in members.items():
        if member in terms.HONOURED[operation]:
            assert member not in terms.HEADERS
            continue
        with pytest.raises(ApiError) as refusal:
            terms.check(operation, {member: "something"})
        if member in ACLS:
            assert refusal.value.code in {"AccessControlListNotSupported", "InvalidBucketAclWithObjectOwnership"}
        else:
            assert refusal.value.status == 501
            assert refusal.value.fields["Header"] == shape.serialization["name"]


def test_nothing_is_honoured_by_an_operation_that_does_not_work() -> None:
    """The table names the operations that there are."""
    assert sorted(terms.HONOURED) == WORKING


@pytest.mark.parametrize(
    ("violation", "code"),
    [
        (Violation(path=("createBucketConfiguration", "locationConstraint"), rule=Rule.ENUM, value="x"), "InvalidLocationConstraint"),
        (Violation(path=("delete", "objects", 0), rule=Rule.REQUIRED, member="Key"), "MalformedXML"),
        (Violation(path=(), rule=Rule.REQUIRED, member="Delete"), "MalformedXML"),
        (Violation(path=("encoding-type",), rule=Rule.ENUM, value="rot13"), "InvalidArgument"),
        (Violation(path=("x-amz-sdk-checksum-algorithm",), rule=Rule.ENUM, value="CRC8"), "InvalidRequest"),
        (Violation(path=("x-amz-storage-class",), rule=Rule.ENUM, value="x"), "InvalidStorageClass"),
        (Violation(path=("max-keys",), rule=Rule.TYPE, value="many"), "InvalidArgument"),
        (Violation(path=("partNumber",), rule=Rule.TYPE, value="one"), "InvalidArgument"),
    ],
)  # fmt: skip
def test_violations_in_s3s_words(violation: Violation, code: str) -> None:
    """Each kind of violation has the code that S3 gives it."""
    assert errors.invalid([violation]).code == code


def test_violations_of_the_real_model() -> None:
    """The paths that the wire reports are those that the words are chosen by."""
    create = compiled.operation("s3", "CreateBucket")
    found = create.violations({"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "mars-1"}})
    assert errors.invalid(found).code == "InvalidLocationConstraint"
    listing = compiled.operation("s3", "ListObjectsV2")
    refused = errors.invalid(listing.violations({"Bucket": "b", "EncodingType": "rot13"}))
    assert (refused.message, refused.fields["ArgumentName"]) == (
        "Invalid Encoding Method specified in Request",
        "encoding-type",
    )


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("films/a%20b", ("films", "a b")),
        ("/films/a+b", ("films", "a+b")),
        ("films%2Fa%2Fb", ("films", "a/b")),
        ("films/a%3Fversion?versionId=null", ("films", "a?version")),
        ("films//a", ("films", "/a")),
    ],
)
def test_copy_sources(header: str, parsed: tuple[str, str]) -> None:
    """Percent-encoded once; a plus sign is a plus sign."""
    source = names.parse_copy_source(header)

    assert (source.bucket, source.key) == parsed


@pytest.mark.parametrize("header", ["films/a?partNumber=1", "films/a?versionId=x", "", "/", "films", "Films!/a"])
def test_copy_sources_that_are_none(header: str) -> None:
    """A caller's error, whatever is wrong."""
    with pytest.raises(ApiError) as refusal:
        names.parse_copy_source(header)
    assert refusal.value.status == 400


@given(
    size=st.integers(0, 50), first=st.integers(0, 60), last=st.integers(0, 60), form=st.sampled_from(["ab", "a", "b"])
)
def test_a_range_is_the_slice_that_it_says(size: int, first: int, last: int, form: str) -> None:
    """Every range comes to the bytes that a slice would give, to 416 when there are none, or is ignored."""
    body = bytes(range(size))
    header = {"ab": f"bytes={first}-{last}", "a": f"bytes={first}-", "b": f"bytes=-{last}"}[form]
    expected = {"ab": body[first : last + 1], "a": body[first:], "b": body[-last:] if last else b""}[form]
    if form == "ab" and last < first:
        assert ranges.parse(header, size) is None
    elif not expected:
        with pytest.raises(ApiError, match="InvalidRange"):
            ranges.parse(header, size)
    else:
        span = ranges.parse(header, size)
        assert span is not None
        assert body[span.start : span.start + span.length] == expected


@pytest.mark.parametrize(
    "header", ["bytes", "bytes=", "bytes=a-b", "bytes=1", "bytes=+1-2", "bytes=\uff11-2", "bytes=1-2;"]
)
def test_what_is_no_range_is_ignored(header: str) -> None:
    """The whole object is sent."""
    assert ranges.parse(header, 10) is None


def test_a_span_in_words() -> None:
    """The header of a partial answer."""
    assert Span(2, 3).content_range(10) == "bytes 2-4/10"


@given(
    algorithm=st.sampled_from([Algorithm.CRC32, Algorithm.CRC32C, Algorithm.CRC64NVME]),
    pieces=st.lists(st.binary(max_size=300), max_size=6),
)
def test_the_crc_of_the_whole_from_those_of_the_parts(algorithm: Algorithm, pieces: list[bytes]) -> None:
    """CRCs are put together without the bytes."""
    sums = [(encode(digest(algorithm, piece)), len(piece)) for piece in pieces]

    assert whole(algorithm, sums).value == encode(digest(algorithm, b"".join(pieces)))


def test_the_checksum_of_checksums() -> None:
    """A composite checksum says of how many parts it is."""
    values = [encode(hashlib.sha1(piece).digest()) for piece in (b"a", b"b")]
    joined = b"".join(base64.b64decode(value) for value in values)

    assert composite(Algorithm.SHA1, values) == Checksum(
        algorithm=Algorithm.SHA1, value=encode(hashlib.sha1(joined).digest()) + "-2", extent=Extent.COMPOSITE
    )
