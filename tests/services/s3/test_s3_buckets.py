"""Buckets through boto3: names, regions, owners and how each mistake is answered."""

from typing import Any

import pytest

STRANGERS = "444455556666"


def test_a_bucket_is_made_found_listed_and_deleted(world: Any, refused: Any) -> None:
    """The life of a bucket in us-east-1."""
    s3 = world.root()

    assert s3.create_bucket(Bucket="films")["Location"] == "/films"
    assert s3.head_bucket(Bucket="films")["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket="films")["LocationConstraint"] is None
    listed = s3.list_buckets()
    assert [bucket["Name"] for bucket in listed["Buckets"]] == ["films"]
    assert len(listed["Owner"]["ID"]) == 64
    assert s3.delete_bucket(Bucket="films")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.list_buckets()["Buckets"] == []
    assert refused(s3.head_bucket, Bucket="films")[:2] == ("404", 404)


def test_elsewhere_the_location_must_be_the_servers_region(far_world: Any, refused: Any) -> None:
    """Outside us-east-1 a location constraint is required, and it must be this region."""
    s3 = far_world.root()

    code, status, message = refused(s3.create_bucket, Bucket="films")
    assert (code, status) == ("IllegalLocationConstraintException", 400)
    assert message.startswith("The unspecified location constraint is incompatible")
    code, _, message = refused(
        s3.create_bucket, Bucket="films", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"}
    )
    assert (code, message.split(" is ")[0]) == (
        "IllegalLocationConstraintException",
        "The eu-north-1 location constraint",
    )
    made = s3.create_bucket(Bucket="films", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert made["Location"].endswith("/films")
    s3.create_bucket(Bucket="older-films", CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert s3.get_bucket_location(Bucket="older-films")["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize(
    ("constraint", "code"),
    [
        ("us-east-1", "InvalidLocationConstraint"),
        ("atlantis-1", "InvalidLocationConstraint"),
        ("eu-west-1", "IllegalLocationConstraintException"),
    ],
)
def test_in_us_east_1_no_location_is_named(world: Any, refused: Any, constraint: str, code: str) -> None:
    """us-east-1 is what an absent constraint means; it has no constraint of its own."""
    answer = refused(
        world.root().create_bucket, Bucket="films", CreateBucketConfiguration={"LocationConstraint": constraint}
    )

    assert answer[:2] == (code, 400)


def test_a_second_creation_is_answered_as_s3_does(world: Any, far_world: Any, refused: Any) -> None:
    """The owner hears yes in us-east-1 and BucketAlreadyOwnedByYou elsewhere; a stranger BucketAlreadyExists."""
    here, there = world.root(), far_world.root()
    here.create_bucket(Bucket="films")
    here.put_object(Bucket="films", Key="kept", Body=b"x")

    assert here.create_bucket(Bucket="films")["Location"] == "/films"
    assert here.head_object(Bucket="films", Key="kept")["ContentLength"] == 1
    location = {"LocationConstraint": "eu-west-1"}
    assert refused(there.create_bucket, Bucket="films", CreateBucketConfiguration=location)[:2] == (
        "BucketAlreadyOwnedByYou",
        409,
    )
    assert refused(world.root(STRANGERS).create_bucket, Bucket="films")[:2] == ("BucketAlreadyExists", 409)


@pytest.mark.parametrize(
    "name",
    ["Films", "-films", "films-", "fi..lms", "192.168.0.1", "xn--films", "films-s3alias", "films--ol-s3", "fil_ms"],
)
def test_names_that_no_bucket_may_have(world: Any, refused: Any, name: str) -> None:
    """S3's naming rules."""
    assert refused(world.root().create_bucket, Bucket=name)[:2] == ("InvalidBucketName", 400)


def test_a_bucket_with_objects_is_not_deleted(s3: Any, refused: Any) -> None:
    """BucketNotEmpty names no object; without objects, unfinished uploads go with the bucket."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    s3.create_multipart_upload(Bucket="films", Key="b")

    assert refused(s3.delete_bucket, Bucket="films")[:2] == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket="films", Key="a")
    s3.delete_bucket(Bucket="films")
    s3.create_bucket(Bucket="films")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="films")


def test_an_unexpected_owner_is_denied(s3: Any, refused: Any) -> None:
    """x-amz-expected-bucket-owner guards against a bucket of the same name in other hands."""
    s3.head_bucket(Bucket="films", ExpectedBucketOwner="111122223333")

    assert refused(s3.list_objects_v2, Bucket="films", ExpectedBucketOwner=STRANGERS)[:2] == ("AccessDenied", 403)


def test_everybody_sees_their_own_buckets_page_by_page(world: Any, refused: Any) -> None:
    """Buckets are listed by name, by prefix and by page; those of another account never."""
    s3 = world.root()
    for name in ("film-b", "film-a", "music-a", "film-c"):
        s3.create_bucket(Bucket=name)
    world.root(STRANGERS).create_bucket(Bucket="film-x")

    first = s3.list_buckets(MaxBuckets=2, Prefix="film-")
    assert [(bucket["Name"], bucket["BucketRegion"]) for bucket in first["Buckets"]] == [
        ("film-a", "us-east-1"),
        ("film-b", "us-east-1"),
    ]
    second = s3.list_buckets(MaxBuckets=2, Prefix="film-", ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in second["Buckets"]] == ["film-c"]
    assert "ContinuationToken" not in second
    assert s3.list_buckets(BucketRegion="eu-west-1")["Buckets"] == []
    code, _, _ = refused(s3.list_buckets, Prefix="music-", ContinuationToken=first["ContinuationToken"])
    assert code == "InvalidArgument"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ACL": "public-read"}, "InvalidBucketAclWithObjectOwnership"),
        ({"GrantRead": "id=someone"}, "InvalidBucketAclWithObjectOwnership"),
        ({"ObjectLockEnabledForBucket": True}, "NotImplemented"),
    ],
)
def test_what_buckets_cannot_do_is_refused(world: Any, refused: Any, parameters: Any, code: str) -> None:
    """Nothing that asks for more is ignored, and neutral values are taken."""
    s3 = world.root()

    assert refused(s3.create_bucket, Bucket="films", **parameters)[0] == code
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(
        Bucket="films", ACL="private", ObjectOwnership="BucketOwnerEnforced", ObjectLockEnabledForBucket=False
    )


def test_a_bucket_that_is_not_there(world: Any, refused: Any) -> None:
    """NoSuchBucket, with the name, whatever is asked of it."""
    s3 = world.root()
    calls = [
        (s3.get_bucket_location, {}),
        (s3.delete_bucket, {}),
        (s3.list_objects, {}),
        (s3.list_objects_v2, {}),
        (s3.list_multipart_uploads, {}),
        (s3.get_object, {"Key": "a"}),
        (s3.put_object, {"Key": "a", "Body": b"x"}),
        (s3.create_multipart_upload, {"Key": "a"}),
    ]

    answers = {call.__name__: refused(call, Bucket="films", **more)[:2] for call, more in calls}
    assert set(answers.values()) == {("NoSuchBucket", 404)}
