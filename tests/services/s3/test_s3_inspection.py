"""Whether everything is there and as it was written: `Inspector` finds what is wrong, and `Collector` removes orphans."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from services.s3.conftest import World
from telecine.app import store
from telecine.core.clock import SystemClock
from telecine.db import metadata
from telecine.seal import Pass, RootKey, reseal
from telecine.services.s3 import assembly
from telecine.services.s3.checksums import Expected
from telecine.services.s3.encryption import CustomerKey, Method
from telecine.services.s3.layout import Layout
from telecine.services.s3.model import Description
from telecine.services.s3.objects import Plan
from telecine.services.s3.objects.collection import Collector
from telecine.services.s3.objects.datakeys import DataKeys
from telecine.services.s3.objects.inspection import Finding, Inspector, Kind
from telecine.services.s3.tables import discarded, objects, parts, uploads
from telecine.testing.ids import seeded_ids

DAY = timedelta(days=1)


def inspector(world: World, *, later: timedelta = timedelta(0)) -> Inspector:
    """One that looks at the store after some time."""
    now = datetime.now(UTC) + later
    return Inspector(world.database, world.folder, world.objects.data_keys, now=now, settled=DAY)


def collector(world: World, *, later: timedelta) -> Collector:
    """One that removes orphans after some time."""
    return Collector(world.database, Layout(world.folder), inspector(world, later=later))


def found(world: World, *, later: timedelta = timedelta(0)) -> list[Finding]:
    """Everything that is wrong."""
    return list(inspector(world, later=later).findings())


def change(world: World, statement: Any) -> None:
    """Change rows behind the store's back."""
    world.database.write(lambda connection: connection.execute(statement))


def place(world: World, key: str, number: int = 1) -> Path:
    """The file of a part of an object."""
    _stored, its_parts = world.objects.look("films", key)
    name = next(part.written.file for part in its_parts if part.number == number)
    return Layout(world.folder).place(name)


def multipart(s3: Any, key: str, *bodies: bytes) -> None:
    """An object of several parts."""
    upload = s3.create_multipart_upload(Bucket="films", Key=key)["UploadId"]
    made = []
    for number, body in enumerate(bodies, 1):
        etag = s3.upload_part(Bucket="films", Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        made.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(Bucket="films", Key=key, UploadId=upload, MultipartUpload={"Parts": made})


@pytest.fixture
def filled(world: World, s3: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """A store with an object of every kind."""
    monkeypatch.setattr(assembly, "MIN_PART_BYTES", 1)  # else every test would write 5 MiB
    s3.put_object(Bucket="films", Key="small", Body=b"small")
    s3.put_object(Bucket="films", Key="empty", Body=b"")
    s3.put_object(Bucket="films", Key="long", Body=b"l" * 200_000)
    multipart(s3, "parts", b"p" * 70_000, b"last")
    upload = s3.create_multipart_upload(Bucket="films", Key="unfinished")["UploadId"]
    s3.upload_part(Bucket="films", Key="unfinished", UploadId=upload, PartNumber=7, Body=b"part")
    return world


def test_a_store_in_order_has_no_findings(filled: World) -> None:
    """Every object and unfinished upload is read whole."""
    looking = inspector(filled, later=2 * DAY)
    assert list(looking.findings()) == []
    tally = looking.tally
    assert (tally.objects, tally.uploads, tally.files) == (4, 1, 6)
    assert tally.size == 5 + 0 + 200_000 + 70_000 + 4 + 4
    assert tally.unverified == {}


def test_objects_from_before_there_was_encryption_are_compared_too(world: World, s3: Any) -> None:
    """By their MD5."""
    s3.put_object(Bucket="films", Key="plain", Body=b"encrypted")
    file = place(world, "plain")
    file.write_bytes(b"plaintext")
    change(world, update(objects).values(encryption=None, sealed_key=None))
    assert [finding.kind for finding in found(world)] == [Kind.DAMAGED]
    change(world, update(parts).values(etag="f7e4cb4a9e52b9b5fb8d9a4f8a4de5cf", checksum=None))
    assert "its MD5 is" in found(world)[0].reason


def flip(path: Path) -> None:
    """One bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """The last byte is gone."""
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    """One byte too many."""
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize("harm", [flip, cut, lengthen])
@pytest.mark.parametrize(("key", "number"), [("small", 1), ("empty", 1), ("long", 1), ("parts", 2)])
def test_whatever_happened_to_a_file_is_found(
    filled: World, harm: Callable[[Path], None], key: str, number: int
) -> None:
    """And named with bucket, key, part and file; everything else is in order."""
    path = place(filled, key, number)
    harm(path)
    findings = found(filled)
    assert [(one.kind, one.bucket, one.key, one.part, one.file) for one in findings] == [
        (Kind.DAMAGED, "films", key, number, path.name)
    ]
    assert findings[0].kind.is_loss


def test_of_customers_objects_the_length_is_compared(filled: World) -> None:
    """Nobody but the customer has their key."""
    key = CustomerKey(key=b"c" * 32, md5="")
    data_key = filled.objects.new_key(Plan(method=Method.CUSTOMER, customer=key))
    incoming = filled.objects.receive(Expected(length=4), data_key)
    incoming.write(b"film")
    filled.objects.put("films", "theirs", incoming.keep(), Description(), data_key)
    looking = inspector(filled)
    assert list(looking.findings()) == []
    assert looking.tally.unverified == {"SSE-C: the customer has the key": 1}

    cut(place(filled, "theirs"))
    assert [(one.kind, one.key) for one in found(filled)] == [(Kind.DAMAGED, "theirs")]
    place(filled, "theirs").unlink()
    assert [(one.kind, one.key) for one in found(filled)] == [(Kind.MISSING, "theirs")]


def test_objects_under_kms_keys_are_read_for_as_long_as_the_key_can_be_used(aws: Any) -> None:
    """Whoever has the root key needs no leave; a key that is disabled is no damage, a data key that was changed is."""
    s3, kms = aws.client("s3", s3={"addressing_style": "path"}, signature_version="s3v4"), aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="films")
    for name, has_bucket_key in (("own", False), ("shared", True)):
        how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": has_bucket_key}
        s3.put_object(Bucket="films", Key=name, Body=b"film", **how)

    def look() -> tuple[list[Any], Mapping[str, int]]:
        looking = store.inspector(aws.api.ground, aws.folder, settled=DAY)
        return [(one.kind, one.key) for one in looking.findings()], looking.tally.unverified

    assert look() == ([], {})
    kms.disable_key(KeyId=key)
    assert look() == ([], {"SSE-KMS: KMS.DisabledException": 2})
    kms.enable_key(KeyId=key)
    with aws.api.ground.database.read() as connection:
        blob = bytearray(connection.execute(select(objects.c.key_blob).where(objects.c.key == "own")).scalar_one())
    blob[-1] ^= 1
    worse = update(objects).where(objects.c.key == "own").values(key_blob=bytes(blob))
    aws.api.ground.database.write(lambda connection: connection.execute(worse))
    assert look() == ([(Kind.DAMAGED, "own")], {})


def test_files_that_changed_places_are_found(filled: World, s3: Any) -> None:
    """Both of them, though each is whole."""
    s3.put_object(Bucket="films", Key="other", Body=b"SMALL")
    one, other = place(filled, "small"), place(filled, "other")
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)
    assert {(finding.kind, finding.key) for finding in found(filled)} == {
        (Kind.DAMAGED, "small"),
        (Kind.DAMAGED, "other"),
    }


def test_a_file_that_is_gone_is_found(filled: World) -> None:
    """Of an object, or of an unfinished upload."""
    place(filled, "parts", 2).unlink()
    findings = found(filled)
    assert [(one.kind, one.key, one.part) for one in findings] == [(Kind.MISSING, "parts", 2)]


def test_a_row_that_is_gone_is_found(filled: World) -> None:
    """An object of which parts are missing, and a file that now belongs to nobody."""
    file = place(filled, "parts", 2).name
    change(filled, delete(parts).where(parts.c.file == file))
    assert [(one.kind, one.key or one.file) for one in found(filled, later=2 * DAY)] == [
        (Kind.INCOMPLETE, "parts"),
        (Kind.ORPHAN_FILE, file),
    ]


def test_a_data_key_that_does_not_open_is_found(filled: World) -> None:
    """The bytes may be there; nobody can read them."""
    change(filled, update(objects).where(objects.c.key == "small").values(sealed_key=b"\x02" + b"k" * 90))
    assert [(one.kind, one.key) for one in found(filled)] == [(Kind.DAMAGED, "small")]


def test_what_is_deleted_meanwhile_is_no_finding(filled: World, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows were read, then the object went, and its file with it."""
    file = place(filled, "small").name
    real = Layout.place

    def gone_by_then(layout: Layout, name: str) -> Path:
        if name == file:
            s3.delete_object(Bucket="films", Key="small")
        return real(layout, name)

    monkeypatch.setattr(Layout, "place", gone_by_then)
    looking = inspector(filled)
    assert list(looking.findings()) == []
    monkeypatch.undo()
    assert not real(Layout(filled.folder), file).exists()


def test_a_root_key_that_is_exchanged_meanwhile_is_no_finding(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows were read, then their data keys were sealed anew, and the old root key is gone."""
    real = Layout.place
    passes: list[Pass] = []

    def exchanged_by_then(layout: Layout, name: str) -> Path:
        if not passes:
            passes.append(reseal(filled.database, RootKey(b"n" * 32, bytes(32)), metadata))
        return real(layout, name)

    monkeypatch.setattr(Layout, "place", exchanged_by_then)
    data_keys = DataKeys(RootKey(b"n" * 32), seeded_ids(), SystemClock(), None)
    looking = Inspector(filled.database, filled.folder, data_keys, now=datetime.now(UTC), settled=DAY)
    assert list(looking.findings()) == []
    assert [one.resealed for one in passes] == [5]


def test_orphans_are_found_once_they_are_old_and_removed(filled: World) -> None:
    """A file that no row names may be on its way to its row, for as long as it is young."""
    layout = Layout(filled.folder)
    orphan, stray = layout.place("ab" * 16), layout.incoming / ("cd" * 16)
    for path in (orphan, stray):
        path.write_bytes(b"left over")
    assert found(filled) == []
    findings = found(filled, later=2 * DAY)
    assert {(one.kind, one.file, one.size) for one in findings} == {
        (Kind.ORPHAN_FILE, orphan.name, 9),
        (Kind.ORPHAN_FILE, stray.name, 9),
    }
    assert not any(one.kind.is_loss for one in findings)

    assert list(collector(filled, later=timedelta(0)).collect()) == []
    assert {one.file for one in collector(filled, later=2 * DAY).collect()} == {orphan.name, stray.name}
    assert not orphan.exists()
    assert not stray.exists()
    assert found(filled, later=2 * DAY) == []


def test_names_that_are_not_ours_are_left_alone(filled: World, tmp_path: Path) -> None:
    """A file system's own folder, and what a link in the store leads to."""
    layout = Layout(filled.folder)
    (layout.objects / "lost+found").mkdir()
    elsewhere = tmp_path / "etc"
    elsewhere.mkdir()
    (elsewhere / "passwd").write_text("root")
    layout.place("pa").parent.symlink_to(elsewhere)
    (layout.incoming / "README").write_text("hands off")
    assert found(filled, later=2 * DAY) == []
    assert list(collector(filled, later=2 * DAY).collect()) == []
    filled.reopened().sweep()
    assert (elsewhere / "passwd").exists()
    assert (layout.incoming / "README").exists()


def test_a_file_in_a_wrong_folder_is_an_orphan(filled: World) -> None:
    """Also with a good name: nobody looks for it there. The file in its right place stays."""
    file = place(filled, "small")
    stray = file.parent.parent / ("00" if file.parent.name != "00" else "01") / file.name
    stray.write_bytes(b"left over")
    assert [one.path for one in collector(filled, later=2 * DAY).collect()] == [str(stray)]
    assert (stray.exists(), file.exists()) == (False, True)
    assert found(filled, later=2 * DAY) == []


def test_rows_of_parts_without_an_owner_are_found_and_removed(filled: World, s3: Any) -> None:
    """With their files; the parts of objects and uploads stay."""
    file = place(filled, "small").name
    change(filled, delete(objects).where(objects.c.key == "small"))
    findings = found(filled)
    assert [(one.kind, one.file) for one in findings] == [(Kind.ORPHAN_PART, file)]
    assert [one.file for one in collector(filled, later=timedelta(0)).collect()] == [file]
    assert found(filled, later=2 * DAY) == []
    assert s3.get_object(Bucket="films", Key="long")["Body"].read() == b"l" * 200_000


def test_discarded_files_are_left_to_the_server(filled: World) -> None:
    """Somebody may be reading them."""
    path = Layout(filled.folder).place("ab" * 16)
    path.write_bytes(b"discarded")
    change(filled, insert(discarded).values(file=path.name))
    looking = inspector(filled, later=2 * DAY)
    assert list(looking.findings()) == []
    assert looking.tally.waiting == 1
    assert list(collector(filled, later=2 * DAY).collect()) == []
    assert path.exists()


def test_an_upload_of_which_a_row_is_damaged_is_found(filled: World) -> None:
    """Parts of unfinished uploads are looked at like those of objects."""
    change(filled, update(uploads).values(sealed_key=b"\x02" + b"k" * 90))
    assert [(one.kind, one.key, one.part) for one in found(filled)] == [(Kind.DAMAGED, "unfinished", 7)]
