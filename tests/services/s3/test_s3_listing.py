"""Listings: the walk against a naive model, and the members of ListObjectsV2 and ListObjects through boto3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telecine.services.s3.listing import Page, Place, successor, walk

LETTERS = st.text(alphabet="ab/-é\U0010ffff\ud7ff", max_size=5)


@dataclass(frozen=True)
class Row:
    """A key alone."""

    key: str
    tie: str = ""


def entries(keys: Sequence[str], prefix: str, delimiter: str, after: str) -> list[str]:
    """Every key and common prefix of a listing behind `after`, as the API reference describes them."""
    found: list[str] = []
    for key in sorted(set(keys), key=str.encode):
        if key.startswith(prefix) and key.encode() > after.encode():
            head, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            entry = prefix + head + cut if cut else key
            if entry not in found:
                found.append(entry)
    return found


def fetch(keys: Sequence[str]) -> Any:
    """A store of `keys`."""

    def rows(place: Place, end: str | None, limit: int) -> list[Row]:
        chosen = [
            key
            for key in sorted(set(keys), key=str.encode)
            if (key >= place.key if place.is_included else key > place.key) and (end is None or key < end)
        ]
        return [Row(key) for key in chosen[:limit]]

    return rows


def shown(page: Page[Any]) -> list[str]:
    return sorted([*(row.key for row in page.rows), *page.prefixes], key=str.encode)


@given(
    keys=st.lists(LETTERS.filter(bool), max_size=30),
    prefix=LETTERS,
    delimiter=st.sampled_from(["", "/", "-", "ab", "é"]),
    after=LETTERS,
    limit=st.integers(1, 5),
)
@example(keys=["a/1", "a/2", "a0"], prefix="", delimiter="/", after="a/1", limit=1)
@example(keys=["\U0010ffff", "\U0010ffff\U0010ffff"], prefix="\U0010ffff", delimiter="\U0010ffff", after="", limit=1)
def test_pages_are_what_the_naive_model_lists(
    keys: list[str], prefix: str, delimiter: str, after: str, limit: int
) -> None:
    """Page by page, every entry comes once, in order, and only the last page has nothing behind it."""
    place: Place | None = Place(after, is_included=not after)
    listed: list[str] = []
    while place is not None:
        page = walk(fetch(keys), prefix=prefix, delimiter=delimiter, start=place, limit=limit)
        assert len(shown(page)) == limit or page.following is None
        assert shown(page) or not listed
        listed += shown(page)
        place = page.following

    assert listed == entries(keys, prefix, delimiter, after)


@given(prefix=st.text(max_size=4), other=st.text(max_size=6))
def test_the_successor_bounds_exactly_the_keys_with_the_prefix(prefix: str, other: str) -> None:
    """A string lies between a prefix and its successor when, and only when, it begins with the prefix."""
    end = successor(prefix)
    between = prefix.encode() <= other.encode() and (end is None or other.encode() < end.encode())

    assert between == other.startswith(prefix)
    assert successor("") is None
    assert successor("a\ud7ff") == "a\ue000"
    assert successor("\U0010ffff") is None


def test_a_delimiter_costs_rows_by_the_group() -> None:
    """Ten groups of a hundred keys are listed without reading the thousand."""
    keys = [f"{group}/{number:02}" for group in range(10) for number in range(100)]
    rows = fetch(keys)
    read: list[int] = []

    def counted(place: Place, end: str | None, limit: int) -> list[Row]:
        found: list[Row] = rows(place, end, limit)
        read.append(len(found))
        return found

    page = walk(counted, prefix="", delimiter="/", start=Place(), limit=20)
    assert page.prefixes == [f"{group}/" for group in range(10)]
    assert sum(read) < 150


KEYS = ["a", "a b", "b/1", "b/2", "b/c/3", "d", "z+", "é/1"]


@pytest.fixture
def full(s3: Any) -> Any:
    """A bucket with some keys."""
    for key in KEYS:
        s3.put_object(Bucket="films", Key=key, Body=key.encode())
    return s3


def test_everything_is_listed(full: Any) -> None:
    """Keys in the order of their bytes, with what is known of them."""
    answer = full.list_objects_v2(Bucket="films")

    assert [entry["Key"] for entry in answer["Contents"]] == KEYS
    assert (answer["KeyCount"], answer["MaxKeys"], answer["IsTruncated"]) == (8, 1000, False)
    assert (answer["Name"], answer["Prefix"]) == ("films", "")
    first = answer["Contents"][0]
    assert (first["Size"], first["StorageClass"], first["ETag"][:1]) == (1, "STANDARD", '"')
    assert "Owner" not in first
    assert len(full.list_objects_v2(Bucket="films", FetchOwner=True)["Contents"][0]["Owner"]["ID"]) == 64


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_follow_each_other(full: Any, size: int) -> None:
    """Continuation tokens lead through all keys and common prefixes, each once."""
    pages = list(
        full.get_paginator("list_objects_v2").paginate(
            Bucket="films", Delimiter="/", PaginationConfig={"PageSize": size}
        )
    )

    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ())]
    assert keys == ["a", "a b", "d", "z+"]
    assert prefixes == ["b/", "é/"]
    assert all(page["KeyCount"] <= size for page in pages)
    older = list(
        full.get_paginator("list_objects").paginate(Bucket="films", Delimiter="/", PaginationConfig={"PageSize": size})
    )
    assert [entry["Key"] for page in older for entry in page.get("Contents", ())] == keys
    assert [entry["Prefix"] for page in older for entry in page.get("CommonPrefixes", ())] == prefixes


def test_a_listing_behind_a_key(full: Any) -> None:
    """start-after inside a common prefix still shows the prefix; V1's marker inside one does not."""
    after = full.list_objects_v2(Bucket="films", Delimiter="/", StartAfter="b/1")
    assert [entry["Prefix"] for entry in after["CommonPrefixes"]] == ["b/", "é/"]
    assert after["StartAfter"] == "b/1"
    older = full.list_objects(Bucket="films", Delimiter="/", Marker="b/1")
    assert [entry["Prefix"] for entry in older["CommonPrefixes"]] == ["é/"]
    assert older["Marker"] == "b/1"
    plain = full.list_objects(Bucket="films", Prefix="b/", Marker="b/1", MaxKeys=1)
    assert [entry["Key"] for entry in plain["Contents"]] == ["b/2"]
    assert (plain["IsTruncated"], "NextMarker" in plain) == (True, False)
    assert "Owner" in plain["Contents"][0]


def test_a_deeper_prefix(full: Any) -> None:
    """Prefix and delimiter together list one folder."""
    answer = full.list_objects_v2(Bucket="films", Prefix="b/", Delimiter="/")

    assert [entry["Key"] for entry in answer["Contents"]] == ["b/1", "b/2"]
    assert [entry["Prefix"] for entry in answer["CommonPrefixes"]] == ["b/c/"]


def test_names_are_url_encoded_when_asked(full: Any) -> None:
    """boto3 asks for it and decodes; the wire carries no blank and no letter that XML could not."""
    seen: list[str] = []
    full.meta.events.register(
        "before-parse.s3.ListObjectsV2", lambda response_dict, **_: seen.append(response_dict["body"].decode())
    )
    answer = full.list_objects_v2(Bucket="films", Prefix="a ", Delimiter="/")

    assert answer["Prefix"] == "a "
    assert "<Key>a%20b</Key>" in seen[0]
    assert "<EncodingType>url</EncodingType>" in seen[0]


def test_page_sizes(full: Any, refused: Any) -> None:
    """No key is a page of none, more than 1000 is 1000, less than none is refused."""
    empty = full.list_objects_v2(Bucket="films", MaxKeys=0)
    assert (empty["KeyCount"], empty["IsTruncated"]) == (0, False)
    assert full.list_objects_v2(Bucket="films", MaxKeys=5000)["MaxKeys"] == 1000
    assert refused(full.list_objects_v2, Bucket="films", MaxKeys=-1)[:2] == ("InvalidArgument", 400)


def test_a_token_belongs_to_its_listing(full: Any, refused: Any) -> None:
    """A token that was made up, or made for another listing, is refused."""
    token = full.list_objects_v2(Bucket="films", MaxKeys=1)["NextContinuationToken"]

    assert refused(full.list_objects_v2, Bucket="films", ContinuationToken="made-up")[0] == "InvalidArgument"
    assert refused(full.list_objects_v2, Bucket="films", Prefix="b", ContinuationToken=token)[0] == "InvalidArgument"
    assert full.list_objects_v2(Bucket="films", ContinuationToken=token)["ContinuationToken"] == token
