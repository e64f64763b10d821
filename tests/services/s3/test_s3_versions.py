"""Versions of objects, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def kept(s3: Any) -> Any:
    """The client, whose bucket `films` keeps versions."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    return s3


def body(s3: Any, key: str = "a", **more: Any) -> bytes:
    content: bytes = s3.get_object(Bucket="films", Key=key, **more)["Body"].read()
    return content


def put(s3: Any, content: str, key: str = "a", **more: Any) -> str | None:
    answer = s3.put_object(Bucket="films", Key=key, Body=content.encode(), **more)
    version: str | None = answer.get("VersionId")
    return version


def listed(s3: Any, **more: Any) -> list[tuple[str, str, bool, bool]]:
    """Key, version, whether it is the latest, whether it is a marker: in the order of each list."""
    answer = s3.list_object_versions(Bucket="films", **more)
    return [
        (entry["Key"], entry["VersionId"], entry["IsLatest"], member == "DeleteMarkers")
        for member in ("Versions", "DeleteMarkers")
        for entry in answer.get(member, ())
    ]


def test_a_bucket_says_whether_it_keeps_versions(s3: Any, refused: Any) -> None:
    """Nothing, Enabled, Suspended; MFA delete is refused by name."""
    assert "Status" not in s3.get_bucket_versioning(Bucket="films")
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket="films")["Status"] == status
    asked: Any = {"Status": "Enabled", "MFADelete": "Enabled"}
    assert refused(s3.put_bucket_versioning, Bucket="films", VersioningConfiguration=asked)[:2] == (
        "NotImplemented",
        501,
    )
    assert refused(s3.put_bucket_versioning, Bucket="films", VersioningConfiguration={})[0] == (
        "IllegalVersioningConfigurationException"
    )


def test_every_version_stays_readable(kept: Any, refused: Any) -> None:
    """The newest is what the key means, and each is read by its id; ids that cannot be are refused."""
    first, second = put(kept, "1"), put(kept, "2")
    assert first is not None

    assert (body(kept), body(kept, VersionId=first), body(kept, VersionId=second)) == (b"2", b"1", b"2")
    assert kept.head_object(Bucket="films", Key="a")["VersionId"] == second
    assert listed(kept) == [("a", second, True, False), ("a", first, False, False)]
    assert refused(kept.get_object, Bucket="films", Key="a", VersionId="v1")[0] == "InvalidArgument"
    gone = first.replace(first[-1], "0" if first[-1] != "0" else "1")
    assert refused(kept.get_object, Bucket="films", Key="a", VersionId=gone)[0] == "NoSuchVersion"


def test_an_object_of_before_is_the_version_null(s3: Any) -> None:
    """It stays when versions are kept, and is replaced when they no longer are; others stay."""
    assert put(s3, "0") is None
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    assert s3.head_object(Bucket="films", Key="a")["VersionId"] == "null"
    first = put(s3, "1")
    assert body(s3, VersionId="null") == b"0"
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Suspended"})

    assert [put(s3, "2"), put(s3, "3")] == ["null", "null"]
    assert listed(s3) == [("a", "null", True, False), ("a", first, False, False)]
    assert (body(s3), body(s3, VersionId=first)) == (b"3", b"1")


def test_deleting_hides_and_deleting_the_marker_shows_again(kept: Any) -> None:
    """A marker answers 404 by its key and 405 by its id; without it the object is back."""
    first = put(kept, "1")
    marker = kept.delete_object(Bucket="films", Key="a")
    assert marker["DeleteMarker"] is True

    with pytest.raises(ClientError) as hidden:
        kept.get_object(Bucket="films", Key="a")
    answer = hidden.value.response
    assert answer["Error"]["Code"] == "NoSuchKey"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-version-id"] == marker["VersionId"]
    with pytest.raises(ClientError) as none:
        kept.head_object(Bucket="films", Key="a", VersionId=marker["VersionId"])
    assert none.value.response["ResponseMetadata"]["HTTPStatusCode"] == 405
    assert none.value.response["ResponseMetadata"]["HTTPHeaders"]["allow"] == "DELETE"
    assert kept.list_objects_v2(Bucket="films")["KeyCount"] == 0
    assert listed(kept) == [("a", first, False, False), ("a", marker["VersionId"], True, True)]

    again = kept.delete_object(Bucket="films", Key="a", VersionId=marker["VersionId"])
    assert (again["DeleteMarker"], again["VersionId"]) == (True, marker["VersionId"])
    assert body(kept) == b"1"


def test_a_version_goes_for_good(kept: Any) -> None:
    """The one before it is the current one then; what was never there is as good as deleted."""
    first, second, third = (put(kept, content) for content in "123")
    assert second is not None
    assert kept.delete_object(Bucket="films", Key="a", VersionId=third)["VersionId"] == third
    assert (body(kept), kept.head_object(Bucket="films", Key="a")["VersionId"]) == (b"2", second)
    kept.delete_object(Bucket="films", Key="a", VersionId=first)
    kept.delete_object(Bucket="films", Key="a", VersionId=first)
    assert listed(kept) == [("a", second, True, False)]
    fourth = put(kept, "4")
    assert listed(kept) == [("a", fourth, True, False), ("a", second, False, False)]


def test_a_bucket_that_does_not_keep_versions_any_more_gets_markers_called_null(kept: Any) -> None:
    """The marker takes the place of the version null alone."""
    first = put(kept, "1")
    kept.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Suspended"})
    put(kept, "2")

    assert kept.delete_object(Bucket="films", Key="a")["VersionId"] == "null"
    assert kept.delete_object(Bucket="films", Key="a")["VersionId"] == "null"
    assert listed(kept) == [("a", first, False, False), ("a", "null", True, True)]


def test_many_versions_are_deleted_at_once(kept: Any) -> None:
    """Entries with a version go for good, those without leave a marker; each is answered for."""
    first, second = put(kept, "1"), put(kept, "2")
    put(kept, "1", "b")
    entries: Any = [{"Key": "a", "VersionId": first}, {"Key": "b"}, {"Key": "c", "VersionId": "nonsense"}]
    answer = kept.delete_objects(Bucket="films", Delete={"Objects": entries})

    gone, hidden = answer["Deleted"]
    assert gone == {"Key": "a", "VersionId": first}
    assert (hidden["Key"], hidden["DeleteMarker"]) == ("b", True)
    assert [error["Code"] for error in answer["Errors"]] == ["NoSuchVersion"]
    assert listed(kept, Prefix="a") == [("a", second, True, False)]
    removed = kept.delete_objects(
        Bucket="films", Delete={"Objects": [{"Key": "b", "VersionId": hidden["DeleteMarkerVersionId"]}]}
    )["Deleted"]
    assert removed[0]["DeleteMarkerVersionId"] == hidden["DeleteMarkerVersionId"]
    assert body(kept, "b") == b"1"


def test_versions_are_listed_page_by_page(kept: Any) -> None:
    """By key, the newest first, whatever the size of the pages, also when a page's last version is deleted meanwhile."""
    for key in ("a", "b/1", "b/2", "c"):
        for content in "12":
            put(kept, content, key)
    kept.delete_object(Bucket="films", Key="c")
    whole = kept.list_object_versions(Bucket="films")["Versions"]
    pages = kept.get_paginator("list_object_versions").paginate(Bucket="films", PaginationConfig={"PageSize": 3})
    found = [entry for page in pages for entry in page.get("Versions", ())]
    assert [(one["Key"], one["VersionId"]) for one in found] == [(one["Key"], one["VersionId"]) for one in whole]

    grouped = kept.list_object_versions(Bucket="films", Delimiter="/", MaxKeys=3)
    assert [one["Prefix"] for one in grouped["CommonPrefixes"]] == ["b/"]
    assert grouped["NextKeyMarker"] == "b/"
    rest = kept.list_object_versions(Bucket="films", Delimiter="/", KeyMarker="b/", VersionIdMarker="")
    assert [one["Key"] for one in rest["Versions"]] == ["c", "c"]

    first = kept.list_object_versions(Bucket="films", MaxKeys=1)
    marks = {"KeyMarker": first["NextKeyMarker"], "VersionIdMarker": first["NextVersionIdMarker"]}
    kept.delete_object(Bucket="films", Key="a", VersionId=first["NextVersionIdMarker"])
    following = kept.list_object_versions(Bucket="films", MaxKeys=1, **marks)["Versions"]
    assert [(one["Key"], one["VersionId"]) for one in following] == [("a", whole[1]["VersionId"])]


def test_a_version_is_copied(kept: Any) -> None:
    """An old version comes back by copying it onto its own key; the answer names both."""
    first, second = put(kept, "1"), put(kept, "2")
    answer = kept.copy_object(
        Bucket="films", Key="a", CopySource={"Bucket": "films", "Key": "a", "VersionId": first or ""}
    )

    assert answer["CopySourceVersionId"] == first
    assert body(kept) == b"1"
    assert [version for _, version, _, _ in listed(kept)] == [answer["VersionId"], second, first]


def test_uploads_in_parts_make_versions(kept: Any) -> None:
    """CompleteMultipartUpload tells the id."""
    first = put(kept, "1")
    upload = kept.create_multipart_upload(Bucket="films", Key="a")["UploadId"]
    part = kept.upload_part(Bucket="films", Key="a", UploadId=upload, PartNumber=1, Body=b"2")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    answer = kept.complete_multipart_upload(Bucket="films", Key="a", UploadId=upload, MultipartUpload=parts)

    assert [version for _, version, _, _ in listed(kept)] == [answer["VersionId"], first]
    assert body(kept, VersionId=first) == b"1"


def test_conditions_look_at_the_current_version(kept: Any, refused: Any) -> None:
    """A delete marker is no object: it may be written over by who wants none to be there."""
    put(kept, "1")
    assert refused(kept.put_object, Bucket="films", Key="a", Body=b"", IfNoneMatch="*")[0] == "PreconditionFailed"
    assert refused(kept.delete_object, Bucket="films", Key="a", IfMatch='"x"')[0] == "PreconditionFailed"
    kept.delete_object(Bucket="films", Key="a")
    assert refused(kept.put_object, Bucket="films", Key="a", Body=b"", IfMatch="*")[0] == "NoSuchKey"
    put(kept, "2", IfNoneMatch="*")
    assert body(kept) == b"2"


def test_a_version_that_is_named_has_no_condition(kept: Any, refused: Any) -> None:
    """S3 refuses both together, even when they fit, by themselves and in a batch: nothing is deleted."""
    first = put(kept, "1")
    etag = kept.head_object(Bucket="films", Key="a")["ETag"]
    one = {"Key": "a", "VersionId": first}

    assert refused(kept.delete_object, Bucket="films", **one, IfMatch=etag)[:2] == ("NotImplemented", 501)
    answer = kept.delete_objects(Bucket="films", Delete={"Objects": [{**one, "ETag": etag}]})
    assert [(error["VersionId"], error["Code"]) for error in answer["Errors"]] == [(first, "NotImplemented")]
    assert body(kept, VersionId=first) == b"1"


def test_a_bucket_with_versions_is_not_empty(kept: Any, refused: Any) -> None:
    """A marker alone keeps it, too."""
    put(kept, "1")
    marker = kept.delete_object(Bucket="films", Key="a")["VersionId"]
    code, _, message = refused(kept.delete_bucket, Bucket="films")
    assert (code, "all versions" in message) == ("BucketNotEmpty", True)
    for _, version, _, _ in listed(kept):
        kept.delete_object(Bucket="films", Key="a", VersionId=version)
    assert marker is not None
    kept.delete_bucket(Bucket="films")


def test_versions_have_actions_of_their_own(world: Any, kept: Any, refused: Any) -> None:
    """Reading, deleting and listing them takes another permission than objects, by version id if a policy says so."""
    first = put(kept, "1")
    put(kept, "2")
    objects = "arn:aws:s3:::films/*"
    reader = world.user("reader", {"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "*"})
    denied = refused(reader.get_object, Bucket="films", Key="a", VersionId=first)
    assert denied[0] == "AccessDenied"
    assert "s3:GetObjectVersion" in denied[2]
    assert refused(reader.delete_object, Bucket="films", Key="a", VersionId=first)[0] == "AccessDenied"
    assert "s3:ListBucketVersions" in refused(reader.list_object_versions, Bucket="films")[2]
    copied = refused(
        reader.copy_object,
        Bucket="films",
        Key="b",
        CopySource={"Bucket": "films", "Key": "a", "VersionId": first or ""},
    )
    assert "s3:GetObjectVersion" in copied[2]

    one = {"StringEquals": {"s3:VersionId": first}}
    single = world.user(
        "single", {"Effect": "Allow", "Action": "s3:GetObjectVersion", "Resource": objects, "Condition": one}
    )
    assert body(single, VersionId=first) == b"1"
    assert refused(single.get_object, Bucket="films", Key="a", VersionId="null")[0] == "AccessDenied"
