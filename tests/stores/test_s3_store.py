"""Buckets, objects and uploads on SQLite and on PostgreSQL: the same, also for many writers at once."""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, Region, UniqueId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.s3.assembly import Completion
from telecine.services.s3.checksums import Algorithm, Checksum, Expected
from telecine.services.s3.errors import PublicPolicyBlocked
from telecine.services.s3.listing import Place
from telecine.services.s3.model import (
    FULL_BLOCK,
    BucketPolicy,
    ClaimedPart,
    Deleted,
    Deletion,
    Description,
    Initiator,
    Part,
    StoredObject,
    Upload,
    WriteCondition,
    Written,
)
from telecine.services.s3.objects import DataKey, Objects, Plan
from telecine.services.s3.ranges import Span
from telecine.services.s3.tables import discarded, parts
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals

ACCOUNT, REGION = AccountId("111122223333"), Region("us-east-1")
PLAIN = Description()
ROOT_KEY = RootKey(bytes(32))
MAKER = Initiator(id="arn:aws:iam::111122223333:user/ann", display_name="ann", identity="AIDA")


@pytest.fixture
def clock() -> ManualClock:
    """Stands still."""
    return ManualClock()


@pytest.fixture
def objects(database: Database, tmp_path: Path, clock: ManualClock) -> Objects:
    """An S3 with the bucket `films`."""
    made = Objects(database, tmp_path / "s3", clock, seeded_ids(), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY)
    made.buckets.create("films", ACCOUNT, REGION)
    return made


def write(objects: Objects, body: bytes, key: DataKey | None, keep: Algorithm | None = None) -> Written:
    """A file of the store."""
    incoming = objects.receive(Expected(length=len(body), keep=keep), key)
    incoming.write(body)
    return incoming.keep()


def put(objects: Objects, key: str, body: bytes, description: Description = PLAIN, **more: Any) -> StoredObject:
    data_key = objects.new_key(Plan())
    return objects.put("films", key, write(objects, body, data_key), description, data_key, **more)


def part_of(objects: Objects, upload: Upload, number: int, body: bytes, keep: Algorithm | None = None) -> Part:
    written = write(objects, body, objects.uploads.data_key(upload, None), keep)
    return objects.uploads.put_part(upload, number, written)


def remove(objects: Objects, *keys: str) -> Sequence[Deleted | ApiError]:
    return objects.delete("films", [Deletion(key=key) for key in keys])


def whole(stored: StoredObject, _parts: object) -> Span:
    return Span(0, stored.size)


def read(objects: Objects, key: str) -> bytes:
    source = objects.open("films", key, whole).source
    try:
        return b"".join(iter(source.read, b""))
    finally:
        source.close()


def keys(objects: Objects, **more: Any) -> list[str]:
    page = objects.list("films", **({"prefix": "", "delimiter": "", "start": Place(), "limit": 1000} | more))
    return [stored.key for stored in page.rows]


def files(tmp_path: Path) -> int:
    return sum(path.is_file() for path in (tmp_path / "s3" / "objects").rglob("*"))


def together(work: Callable[[int], None], threads: int) -> None:
    """Run `work` with 0, 1, … at the same time."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failures == []


def test_what_is_stored_comes_back(objects: Objects, clock: ManualClock) -> None:
    """Every field of an object survives the database."""
    said = Description(
        content_type="video/mp4",
        cache_control="no-store",
        content_disposition="inline",
        content_encoding="gzip",
        content_language="da",
        expires=clock.now(),
        metadata={"take": "1", "ü": "☃"},
    )
    data_key = objects.new_key(Plan())
    written = write(objects, b"hello", data_key, Algorithm.CRC32)
    stored = objects.put("films", "a/ü", written, said, data_key)

    assert objects.get("films", "a/ü") == stored
    assert objects.look("films", "a/ü")[1] == [Part(number=1, written=written, modified_at=clock.now())]
    assert stored.checksum == Checksum(algorithm=Algorithm.CRC32, value="NhCmhg==")
    assert stored.modified_at == clock.now()


@settings(max_examples=15)
@given(names=st.sets(st.text(min_size=1, max_size=6).filter(lambda key: "\0" not in key), max_size=25), data=st.data())
def test_keys_sort_by_their_bytes(objects: Objects, names: set[str], data: st.DataObject) -> None:
    """Any letters at all, in the order of UTF-8, whatever the language of the database; bounds fall where they do."""
    remove(objects, *keys(objects))
    for key in names:
        put(objects, key, b"")
    prefix = data.draw(st.sampled_from([*(name[:1] for name in names), ""]))
    after = data.draw(st.sampled_from([*names, ""]))

    expected = sorted(names, key=str.encode)
    assert keys(objects) == expected
    assert keys(objects, prefix=prefix) == [key for key in expected if key.startswith(prefix)]
    assert keys(objects, start=Place(after, is_included=not after)) == [
        key for key in expected if key.encode() > after.encode()
    ]


def test_overwriting_and_deleting_leave_one_file_each(objects: Objects, database: Database, tmp_path: Path) -> None:
    """A replaced object's file goes, and what is remembered of it goes with the next write."""
    for body in (b"1", b"2", b"3"):
        put(objects, "a", body)
    assert (read(objects, "a"), files(tmp_path)) == (b"3", 1)
    assert remove(objects, "a", "never") == [Deleted(), Deleted()]
    assert files(tmp_path) == 0
    put(objects, "b", b"4")
    with database.read() as connection:
        assert connection.execute(select(discarded)).all() == []
        assert len(connection.execute(select(parts)).all()) == 1


def test_readers_of_a_replaced_object_read_on(objects: Objects, tmp_path: Path) -> None:
    """Who opened an object reads it to its end, whatever becomes of it; then its files go."""
    put(objects, "a", b"old")
    first, second = objects.open("films", "a", whole), objects.open("films", "a", whole)
    put(objects, "a", b"new")
    remove(objects, "a")

    assert first.source.read() == b"old"
    first.source.close()
    first.source.close()
    assert files(tmp_path) == 1
    assert second.source.read() == b"old"
    second.source.close()
    assert files(tmp_path) == 0
    with pytest.raises(ApiError, match="NoSuchKey"):
        objects.open("films", "a", whole)


def test_readers_of_many_parts_read_on(objects: Objects, tmp_path: Path) -> None:
    """Parts that a reader has not reached yet wait for it."""
    upload = objects.uploads.begin("films", "a", MAKER, PLAIN, plan=Plan())
    bodies = [b"x" * (5 << 20), b"y" * (5 << 20), b"z"]
    claims = []
    for number, body in enumerate(bodies, 1):
        part = part_of(objects, upload, number, body)
        claims.append(ClaimedPart(number=number, etag=part.written.etag))
    objects.uploads.complete("films", "a", upload.id, Completion(claims=claims, checksums={}))
    opened = objects.open("films", "a", lambda _stored, _parts: Span((5 << 20) - 1, (5 << 20) + 2))
    first = opened.source.read()
    remove(objects, "a")

    assert files(tmp_path) == 3
    assert first + b"".join(iter(opened.source.read, b"")) == b"x" + bodies[1] + b"z"
    opened.source.close()
    assert files(tmp_path) == 0


def test_one_of_many_creators_wins(objects: Objects, tmp_path: Path) -> None:
    """If-None-Match: * lets exactly one of those that write at the same time through."""
    won: list[int] = []
    told: list[str] = []

    def create(number: int) -> None:
        try:
            put(objects, "a", str(number).encode(), condition=WriteCondition(must_be_absent=True))
        except ApiError as refused:
            told.append(refused.code)
        else:
            won.append(number)

    together(create, threads=6)
    assert told == ["PreconditionFailed"] * 5
    assert read(objects, "a") == str(*won).encode()
    assert files(tmp_path) == 1


def test_many_writers_and_readers_of_one_key(objects: Objects, tmp_path: Path) -> None:
    """Every reader sees one whole version, and in the end there is one file."""
    put(objects, "a", b"0" * 1000)

    def work(number: int) -> None:
        for _ in range(5):
            if number % 2:
                body = read(objects, "a")
                assert body == body[:1] * 1000
            else:
                put(objects, "a", str(number).encode() * 1000)

    together(work, threads=6)
    assert files(tmp_path) == 1


def test_a_bucket_is_deleted_or_written_to(objects: Objects) -> None:
    """When a bucket is deleted while objects come in, either is refused: no object is left without a bucket."""
    told: list[str] = []

    def work(number: int) -> None:
        try:
            if number == 0:
                objects.buckets.delete("films")
            else:
                put(objects, str(number), b"x")
        except ApiError as refused:
            told.append(refused.code)

    together(work, threads=4)
    assert set(told) <= {"BucketNotEmpty", "NoSuchBucket"}
    if objects.buckets.find("films") is None:
        assert told == ["NoSuchBucket"] * 3
        objects.buckets.create("films", ACCOUNT, REGION)
        assert keys(objects) == []
    else:
        assert told == ["BucketNotEmpty"]
        assert keys(objects) == ["1", "2", "3"]


def test_an_upload_is_completed_or_aborted(objects: Objects, tmp_path: Path) -> None:
    """Of a completion and an abort at the same time one wins, and its files are all that is left."""
    upload = objects.uploads.begin("films", "a", MAKER, PLAIN, plan=Plan(), algorithm=None)
    part = part_of(objects, upload, 1, b"x")
    completion = Completion(claims=[ClaimedPart(number=1, etag=part.written.etag)], checksums={})
    told: list[str] = []

    def work(number: int) -> None:
        try:
            if number:
                objects.uploads.complete("films", "a", upload.id, completion)
            else:
                objects.uploads.abort("films", "a", upload.id)
        except ApiError as refused:
            told.append(refused.code)

    together(work, threads=2)
    assert told == ["NoSuchUpload"]
    assert files(tmp_path) == len(keys(objects))


def test_an_upload_comes_back_whole(objects: Objects) -> None:
    """Every field of an upload and its parts survives the database."""
    upload = objects.uploads.begin(
        "films", "a", MAKER, Description(metadata={"a": "b"}), plan=Plan(), algorithm=Algorithm.SHA256
    )
    part = part_of(objects, upload, 3, b"x", Algorithm.SHA256)

    assert objects.uploads.get("films", "a", upload.id) == upload
    assert objects.uploads.parts(upload, after=0, limit=10) == [part]
    assert part.written.etag == hashlib.md5(b"x").hexdigest()


def test_files_of_a_crash_are_swept_away(objects: Objects, database: Database, tmp_path: Path) -> None:
    """After a restart: files half written, whole but without a row, and discarded but not removed are gone."""
    put(objects, "kept", b"kept")
    objects.receive(Expected(length=9), objects.new_key(Plan())).write(b"half")
    write(objects, b"whole, and never named by a row", None)
    reader = objects.open("films", "kept", whole)  # so that the file of the next line stays
    put(objects, "kept", b"new")
    assert files(tmp_path) == 3
    again = Objects(
        database, tmp_path / "s3", ManualClock(), seeded_ids(9), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY
    )

    data_key = again.new_key(Plan())
    under_way = again.receive(Expected(length=3), data_key)
    under_way.write(b"now")
    assert again.sweep() == 3
    assert again.sweep() == 0
    assert (files(tmp_path), read(again, "kept")) == (1, b"new")
    again.put("films", "now", under_way.keep(), PLAIN, data_key)
    assert read(again, "now") == b"now"
    reader.source.close()


def test_sweeping_takes_no_file_of_an_object(objects: Objects, database: Database, tmp_path: Path) -> None:
    """Objects and parts of uploads are all there afterwards."""
    bodies: Mapping[str, bytes] = {f"{number}": bytes([number]) for number in range(20)}
    for key, body in bodies.items():
        put(objects, key, body)
    upload = objects.uploads.begin("films", "a", MAKER, PLAIN, plan=Plan())
    part_of(objects, upload, 1, b"x")
    again = Objects(
        database, tmp_path / "s3", ManualClock(), seeded_ids(9), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY
    )

    assert again.sweep() == 0
    assert {key: read(again, key) for key in bodies} == bodies
    assert files(tmp_path) == 21


class Named(LastingPrincipals):
    """An IAM in which one user is deleted."""

    def __init__(self) -> None:
        self.number = 0
        self.reads = 0

    def generation(self) -> int:
        return self.number

    def bind(self, text: str, known: Collection[UniqueId] = ()) -> dict[str, UniqueId]:
        return {"arn:ada": UniqueId("AIDAADA")} if "arn:ada" in text else {}

    def current(self, text: str, bound: Mapping[str, UniqueId]) -> str:
        self.reads += 1
        return text.replace("arn:ada", "AIDAADA") if self.number else text


def test_a_bucket_keeps_its_policy_and_its_public_access_block(
    database: Database, tmp_path: Path, clock: ManualClock
) -> None:
    """Both are there for the next process; the policy reads as IAM has its principals now, asked once a generation."""
    iam = Named()
    objects = Objects(database, tmp_path / "s3", clock, seeded_ids(), PageTokens(b"key"), iam, ROOT_KEY)
    objects.buckets.create("films", ACCOUNT, REGION)
    again = Objects(database, tmp_path / "s3", clock, seeded_ids(1), PageTokens(b"key"), iam, ROOT_KEY)
    assert again.buckets.get("films").public_access_block == FULL_BLOCK
    assert again.policies.current(again.buckets.get("films")) is None

    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:ada"}, "Action": "s3:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    objects.policies.put(objects.buckets.get("films"), text)
    for _ in range(3):
        found = again.buckets.get("films")
        assert found.policy == BucketPolicy(text=text, principals={"arn:ada": UniqueId("AIDAADA")})
        assert again.policies.current(found) == text
    assert iam.reads == 1
    iam.number += 1
    shown = again.policies.current(again.buckets.get("films"))
    assert shown == text.replace("arn:ada", "AIDAADA")
    assert again.policies.current(again.buckets.get("films")) is shown

    restricted = replace(FULL_BLOCK, block_public_policy=False)
    objects.policies.set_block("films", restricted)
    assert again.buckets.get("films").public_access_block == restricted
    objects.policies.set_block("films", None)
    objects.policies.delete("films")
    assert (again.buckets.get("films").policy, again.buckets.get("films").public_access_block) == (None, None)
    with pytest.raises(ApiError, match="does not exist"):
        objects.policies.delete("missing")


def test_a_public_policy_is_refused_by_what_the_bucket_says_at_that_moment(objects: Objects) -> None:
    """Not by what it said when the policy was looked at."""
    text = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}})
    before = objects.buckets.get("films")
    with pytest.raises(PublicPolicyBlocked):
        objects.policies.put(before, text)
    objects.policies.set_block("films", None)
    objects.policies.put(before, text)
    assert objects.policies.current(objects.buckets.get("films")) == text
