"""Tags of objects and buckets, and what policies make of them."""

from typing import Any

import pytest

from telecine.services.s3.operations import terms

TAKES = [{"Key": "Take", "Value": "1"}, {"Key": "Team", "Value": "film"}]


def tags(s3: Any, key: str = "a", **more: Any) -> dict[str, str]:
    answer = s3.get_object_tagging(Bucket="films", Key=key, **more)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def test_objects_have_tags(s3: Any) -> None:
    """They come with the object or later, are counted, replaced as a whole, and removed."""
    s3.put_object(Bucket="films", Key="a", Body=b"", Tagging="Team=film&Note=a%20b%2Bc")
    assert tags(s3) == {"Team": "film", "Note": "a b+c"}
    assert s3.head_object(Bucket="films", Key="a")["TagCount"] == 2
    s3.put_object_tagging(Bucket="films", Key="a", Tagging={"TagSet": TAKES[:1]})
    assert tags(s3) == {"Take": "1"}
    s3.delete_object_tagging(Bucket="films", Key="a")
    assert tags(s3) == {}
    assert "TagCount" not in s3.get_object(Bucket="films", Key="a")


def test_uploads_in_parts_take_their_tags_along(s3: Any) -> None:
    """Those that CreateMultipartUpload names are the object's."""
    upload = s3.create_multipart_upload(Bucket="films", Key="a", Tagging="Team=film")["UploadId"]
    part = s3.upload_part(Bucket="films", Key="a", UploadId=upload, PartNumber=1, Body=b"2")
    parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="films", Key="a", UploadId=upload, MultipartUpload=parts)

    assert tags(s3) == {"Team": "film"}


def test_copies_take_tags_along_or_get_others(s3: Any) -> None:
    """As TaggingDirective has it."""
    s3.put_object(Bucket="films", Key="a", Body=b"", Tagging="Team=film")
    s3.copy_object(Bucket="films", Key="b", CopySource="films/a")
    s3.copy_object(Bucket="films", Key="c", CopySource="films/a", TaggingDirective="REPLACE", Tagging="Take=2")

    assert (tags(s3, "b"), tags(s3, "c")) == ({"Team": "film"}, {"Take": "2"})


def test_each_version_has_tags_of_its_own(s3: Any) -> None:
    """The answers say which version it was."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="films", Key="a", Body=b"", Tagging="Take=1")["VersionId"]
    second = s3.put_object(Bucket="films", Key="a", Body=b"")["VersionId"]
    answer = s3.put_object_tagging(Bucket="films", Key="a", VersionId=first, Tagging={"TagSet": TAKES})

    assert answer["VersionId"] == first
    assert tags(s3, VersionId=first) == {"Take": "1", "Team": "film"}
    assert s3.get_object_tagging(Bucket="films", Key="a")["VersionId"] == second
    assert tags(s3) == {}


def test_a_delete_marker_has_no_tags_to_be_read(s3: Any, refused: Any) -> None:
    """GetObjectTagging says 405 of a deleted object, where other reads say 404 unless they name the marker."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="films", Key="a", Body=b"")
    s3.delete_object(Bucket="films", Key="a")

    assert refused(s3.get_object_tagging, Bucket="films", Key="a")[:2] == ("MethodNotAllowed", 405)
    assert refused(s3.get_object, Bucket="films", Key="a")[:2] == ("NoSuchKey", 404)
    assert refused(s3.get_object_tagging, Bucket="films", Key="b")[:2] == ("NoSuchKey", 404)


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("aws:a", "1")], "InvalidTag"),
        ([("a" * 129, "1")], "InvalidTag"),
        ([("a", "b" * 257)], "InvalidTag"),
        ([("a<", "1")], "InvalidTag"),
        ([(str(number), "") for number in range(11)], "BadRequest"),
    ],
)
def test_tags_have_rules(s3: Any, refused: Any, pairs: list[tuple[str, str]], code: str) -> None:
    """Ten at most, of 128 and 256 letters, each key once, none of AWS's own."""
    s3.put_object(Bucket="films", Key="a", Body=b"")
    tag_set = [{"Key": key, "Value": value} for key, value in pairs]
    assert refused(s3.put_object_tagging, Bucket="films", Key="a", Tagging={"TagSet": tag_set})[0] == code
    assert tags(s3) == {}


@pytest.mark.parametrize(("header", "code"), [("a=1&a=2", "InvalidArgument"), ("a", "InvalidArgument")])
def test_a_header_that_holds_no_tags(s3: Any, refused: Any, header: str, code: str) -> None:
    """It is refused, and nothing is stored."""
    assert refused(s3.put_object, Bucket="films", Key="a", Body=b"", Tagging=header)[0] == code
    assert refused(s3.head_object, Bucket="films", Key="a")[1] == 404


def test_policies_look_at_the_tags_of_objects(world: Any, s3: Any, refused: Any) -> None:
    """s3:ExistingObjectTag opens the objects that have the tag; how many there are only tag readers hear."""
    s3.put_object(Bucket="films", Key="open", Body=b"x", Tagging="Team=film")
    s3.put_object(Bucket="films", Key="shut", Body=b"x", Tagging="Team=sound")
    condition = {"StringEquals": {"s3:ExistingObjectTag/Team": "film"}}
    ann = world.user("ann", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition})

    assert "TagCount" not in ann.get_object(Bucket="films", Key="open")
    assert refused(ann.get_object, Bucket="films", Key="shut")[0] == "AccessDenied"
    assert "s3:GetObjectTagging" in refused(ann.get_object_tagging, Bucket="films", Key="open")[2]


@pytest.mark.parametrize(
    ("call", "parameters"),
    [
        ("get_object_tagging", {}),
        ("put_object_tagging", {"Tagging": {"TagSet": [{"Key": "Team", "Value": "mine"}]}}),
        ("delete_object_tagging", {}),
        ("get_object_acl", {}),
        ("put_object_acl", {"ACL": "bucket-owner-full-control"}),
    ],
)
def test_what_was_decided_on_is_what_is_done(
    world: Any, s3: Any, refused: Any, monkeypatch: pytest.MonkeyPatch, call: str, parameters: Any
) -> None:
    """An object that took the place of the one that the caller may read or change is left alone, and a 503 says so."""
    s3.put_object(Bucket="films", Key="a", Body=b"x", Tagging="Team=film")
    condition = {"StringEquals": {"s3:ExistingObjectTag/Team": "film"}}
    ann = world.user("ann", {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition})
    check = terms.check

    def replaced_meanwhile(operation: str, params: Any) -> None:
        monkeypatch.setattr(terms, "check", check)
        s3.put_object(Bucket="films", Key="a", Body=b"x", Tagging="Team=sound")
        check(operation, params)

    getattr(ann, call)(Bucket="films", Key="a", **parameters)
    s3.put_object(Bucket="films", Key="a", Body=b"x", Tagging="Team=film")
    monkeypatch.setattr(terms, "check", replaced_meanwhile)
    assert refused(getattr(ann, call), Bucket="films", Key="a", **parameters)[:2] == ("ServiceUnavailable", 503)
    assert s3.get_object_tagging(Bucket="films", Key="a")["TagSet"] == [{"Key": "Team", "Value": "sound"}]


def test_policies_look_at_the_tags_that_are_asked_for(world: Any, s3: Any, refused: Any) -> None:
    """s3:RequestObjectTag and s3:RequestObjectTagKeys; whoever tags needs s3:PutObjectTagging, in a copy as well."""
    writer = world.user("writer", {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"})
    answer = refused(writer.put_object, Bucket="films", Key="a", Body=b"", Tagging="Team=film")
    assert "s3:PutObjectTagging" in answer[2]
    s3.put_object(Bucket="films", Key="tagged", Body=b"", Tagging="Team=film")
    copied = refused(writer.copy_object, Bucket="films", Key="a", CopySource="films/tagged")
    assert "s3:GetObjectTagging" in copied[2]
    writer.copy_object(Bucket="films", Key="a", CopySource="films/tagged", TaggingDirective="REPLACE")

    only = {
        "StringEquals": {"s3:RequestObjectTag/Team": "film"},
        "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["Team"]},
    }
    tagger = world.user(
        "tagger", {"Effect": "Allow", "Action": ["s3:Put*", "s3:Get*"], "Resource": "*", "Condition": only}
    )
    tagger.put_object(Bucket="films", Key="a", Body=b"", Tagging="Team=film")
    for header in ("Team=sound", "Team=film&Take=1", ""):
        assert refused(tagger.put_object, Bucket="films", Key="a", Body=b"", Tagging=header)[0] == "AccessDenied"
    tagger.put_object_tagging(Bucket="films", Key="a", Tagging={"TagSet": TAKES[1:]})
    assert refused(tagger.put_object_tagging, Bucket="films", Key="a", Tagging={"TagSet": TAKES})[0] == "AccessDenied"


def test_buckets_have_tags(s3: Any, refused: Any) -> None:
    """Replaced as a whole, and removed; a bucket without any has no tag set."""
    assert refused(s3.get_bucket_tagging, Bucket="films")[:2] == ("NoSuchTagSet", 404)
    s3.put_bucket_tagging(Bucket="films", Tagging={"TagSet": TAKES})
    assert s3.get_bucket_tagging(Bucket="films")["TagSet"] == TAKES
    s3.delete_bucket_tagging(Bucket="films")
    assert refused(s3.get_bucket_tagging, Bucket="films")[0] == "NoSuchTagSet"
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    assert refused(s3.put_bucket_tagging, Bucket="films", Tagging={"TagSet": many})[0] == "BadRequest"


def test_buckets_can_be_made_with_tags(world: Any, s3: Any, refused: Any) -> None:
    """Whoever does needs s3:TagResource beside s3:CreateBucket, and policies see the tags."""
    made: Any = {"CreateBucketConfiguration": {"Tags": TAKES[1:]}}
    maker = world.user("maker", {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"})
    assert "s3:TagResource" in refused(maker.create_bucket, Bucket="music", **made)[2]
    team = {"StringEquals": {"aws:RequestTag/Team": "film"}}
    tagger = world.user(
        "tagger",
        {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:TagResource"], "Resource": "*", "Condition": team},
    )
    assert refused(tagger.create_bucket, Bucket="music")[0] == "AccessDenied"
    tagger.create_bucket(Bucket="music", **made)
    assert s3.get_bucket_tagging(Bucket="music")["TagSet"] == TAKES[1:]


def test_the_tags_of_a_bucket_count_once_abac_is_enabled(world: Any, s3: Any, refused: Any) -> None:
    """Until then they decide about nothing; afterwards PutBucketTagging cannot change them."""
    s3.put_bucket_tagging(Bucket="films", Tagging={"TagSet": TAKES})
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    team = {"StringEquals": {"aws:ResourceTag/Team": "film"}}
    ann = world.user("ann", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": team})
    assert s3.get_bucket_abac(Bucket="films")["AbacStatus"]["Status"] == "Disabled"
    assert refused(ann.get_object, Bucket="films", Key="a")[0] == "AccessDenied"

    s3.put_bucket_abac(Bucket="films", AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket="films")["AbacStatus"]["Status"] == "Enabled"
    assert ann.get_object(Bucket="films", Key="a")["Body"].read() == b"x"
    assert refused(s3.put_bucket_tagging, Bucket="films", Tagging={"TagSet": []})[0] == "InvalidRequest"
    assert refused(s3.delete_bucket_tagging, Bucket="films")[0] == "InvalidRequest"


def test_storage_classes_are_stored_and_told(s3: Any, refused: Any) -> None:
    """In heads and listings; a copy is STANDARD unless it asks; classes that need a restore are refused."""
    s3.put_object(Bucket="films", Key="a", Body=b"", StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket="films", Key="a")["StorageClass"] == "STANDARD_IA"
    assert s3.list_objects_v2(Bucket="films")["Contents"][0]["StorageClass"] == "STANDARD_IA"
    s3.copy_object(Bucket="films", Key="b", CopySource="films/a")
    assert "StorageClass" not in s3.head_object(Bucket="films", Key="b")
    s3.copy_object(Bucket="films", Key="b", CopySource="films/b", StorageClass="GLACIER_IR")
    assert s3.head_object(Bucket="films", Key="b")["StorageClass"] == "GLACIER_IR"
    assert refused(s3.create_multipart_upload, Bucket="films", Key="c", StorageClass="DEEP_ARCHIVE")[1] == 501
