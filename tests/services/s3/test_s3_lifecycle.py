"""Lifecycle rules: written, read, and applied."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telecine.core.names import BucketName, ObjectKey
from telecine.services.s3 import lifecycle
from telecine.services.s3.model import Description, StoredObject

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERYTHING: dict[str, Any] = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}}


def configure(s3: Any, *rules: dict[str, Any]) -> None:
    s3.put_bucket_lifecycle_configuration(
        Bucket="films", LifecycleConfiguration={"Rules": [{**EVERYTHING, **rule} for rule in rules]}
    )


def apply(world: Any, days: int) -> int:
    """What is removed so many days from now."""
    removed: int = world.objects.upkeep.apply(datetime.now(UTC) + timedelta(days=days))
    return removed


def keys(s3: Any) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket="films").get("Contents", ())]


def test_rules_come_back(s3: Any, refused: Any) -> None:
    """With their dates and their ids, which they get when they have none; a bucket without any says so."""
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket="films")[:2] == ("NoSuchLifecycleConfiguration", 404)
    midnight = datetime(2030, 1, 1, tzinfo=UTC)
    rules: list[Any] = [
        {"ID": "a", "Status": "Enabled", "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "x", "Value": "y"}]}},
         "Expiration": {"Date": midnight}},
        {"Status": "Disabled", "Prefix": "", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
    ]  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket="films", LifecycleConfiguration={"Rules": rules})
    answer = s3.get_bucket_lifecycle_configuration(Bucket="films")
    assert answer["Rules"][0] == rules[0]
    assert answer["Rules"][1].pop("ID")
    assert answer["Rules"][1] == rules[1]
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    s3.delete_bucket_lifecycle(Bucket="films")
    assert refused(s3.get_bucket_lifecycle_configuration, Bucket="films")[0] == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, "InvalidRequest"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"Expiration": {"Date": NOON}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1}, "Prefix": "a"}, "MalformedXML"),
        ({"Expiration": {"Days": 1}, "Filter": {"Prefix": "a", "ObjectSizeLessThan": 9}}, "MalformedXML"),
        ({"NoncurrentVersionExpiration": {}}, "InvalidRequest"),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}}, "InvalidArgument"),
        ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
          "Filter": {"Tag": {"Key": "a", "Value": "b"}}}, "InvalidRequest"),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "NotImplemented"),
    ],
)  # fmt: skip
def test_rules_that_are_none(s3: Any, refused: Any, rule: dict[str, Any], code: str) -> None:
    """Each is refused with a reason; transitions by name, as no storage class is another place."""
    configuration: Any = {"Rules": [{**EVERYTHING, **rule}]}
    found = refused(s3.put_bucket_lifecycle_configuration, Bucket="films", LifecycleConfiguration=configuration)
    assert found[0] == code


def test_objects_expire(world: Any, s3: Any) -> None:
    """Those of the prefix, with the tags, within the sizes; their files go, too."""
    s3.put_object(Bucket="films", Key="tmp/a", Body=b"12345")
    s3.put_object(Bucket="films", Key="tmp/b", Body=b"12345", Tagging="keep=no&x=y")
    s3.put_object(Bucket="films", Key="tmp/c", Body=b"1")
    s3.put_object(Bucket="films", Key="x", Body=b"12345")
    narrowed = {"Prefix": "tmp/", "Tags": [{"Key": "keep", "Value": "no"}], "ObjectSizeGreaterThan": 4}
    configure(s3, {"Filter": {"And": narrowed}, "Expiration": {"Days": 3}})
    assert apply(world, 2) == 0
    assert apply(world, 5) == 1
    assert keys(s3) == ["tmp/a", "tmp/c", "x"]
    configure(s3, {"Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}, {"ID": "off", "Status": "Disabled"} | {
        "Expiration": {"Days": 1}
    })  # fmt: skip
    assert apply(world, 5) == 2
    assert keys(s3) == ["x"]
    assert sum(path.is_file() for path in (world.folder / "objects").rglob("*")) == 1


def test_versions_expire(world: Any, s3: Any) -> None:
    """A current version leaves a marker, older ones go but for those that are kept, and the last marker goes."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(4):
        s3.put_object(Bucket="films", Key="a", Body=b"x")
    configure(s3, {"NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 2}})
    assert apply(world, 5) == 1
    assert len(s3.list_object_versions(Bucket="films")["Versions"]) == 3
    configure(s3, {"Expiration": {"Days": 2}})
    assert apply(world, 5) == 1
    listed = s3.list_object_versions(Bucket="films")
    assert (keys(s3), len(listed["Versions"]), len(listed["DeleteMarkers"])) == ([], 3, 1)
    configure(s3, {"NoncurrentVersionExpiration": {"NoncurrentDays": 2}, "Expiration": {
        "ExpiredObjectDeleteMarker": True
    }})  # fmt: skip
    assert apply(world, 20) == 1
    listed = s3.list_object_versions(Bucket="films")
    assert (listed.get("Versions"), listed.get("DeleteMarkers")) == (None, None)


def test_uploads_are_aborted(world: Any, s3: Any) -> None:
    """Those that are old enough, with their parts."""
    upload = s3.create_multipart_upload(Bucket="films", Key="tmp/a")["UploadId"]
    s3.upload_part(Bucket="films", Key="tmp/a", UploadId=upload, PartNumber=1, Body=b"2")
    s3.create_multipart_upload(Bucket="films", Key="x")
    configure(s3, {"Filter": {"Prefix": "tmp/"}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2}})
    assert apply(world, 1) == 0
    assert apply(world, 4) == 1
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket="films")["Uploads"]] == ["x"]
    assert not any(path.is_file() for path in (world.folder / "objects").rglob("*"))


def stored(made: datetime, **more: Any) -> StoredObject:
    return StoredObject(
        id="1", bucket=BucketName("films"), key=ObjectKey("a"), size=1, etag="", modified_at=made,
        description=Description(), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 3, tzinfo=UTC), True),
    ],
)
def test_days_end_at_midnight(now: datetime, is_due: bool) -> None:
    """An object of noon is a day old at noon, and due at the midnight that follows."""
    rules = lifecycle.rules_of({"Rules": [{**EVERYTHING, "Expiration": {"Days": 1}}]})
    assert lifecycle.due(rules, [stored(NOON)], now).expires is is_due


def test_an_old_marker_alone_goes_with_rules_that_expire_objects() -> None:
    """While versions stand behind it, it stays."""
    rules = lifecycle.rules_of({"Rules": [{**EVERYTHING, "Expiration": {"Days": 1}}]})
    marker = stored(NOON, version="m", is_delete_marker=True, ordinal=1)
    later = NOON + timedelta(days=9)

    assert lifecycle.due(rules, [marker], later).versions == ["m"]
    assert not lifecycle.due(rules, [marker, stored(NOON, superseded_at=NOON)], later)
