"""Who may: access rows decided by the real policy engine, through boto3."""

from typing import Any

import pytest

STRANGERS = "444455556666"
BUCKET, OBJECTS = "arn:aws:s3:::films", "arn:aws:s3:::films/*"


def allow(*actions: str, on: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: Any = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": on}


def body(s3: Any, key: str) -> bytes:
    data: bytes = s3.get_object(Bucket="films", Key=key)["Body"].read()
    return data


CALLS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("abort_multipart_upload", {"Key": "a", "UploadId": "u"}, [("s3:AbortMultipartUpload", "/a")]),
    (
        "complete_multipart_upload",
        {"Key": "a", "UploadId": "u", "MultipartUpload": {"Parts": []}},
        [("s3:PutObject", "/a")],
    ),
    (
        "complete_multipart_upload",
        {"Key": "a", "UploadId": "u", "MultipartUpload": {"Parts": []}, "IfMatch": "tag"},
        [("s3:PutObject", "/a"), ("s3:GetObject", "/a")],
    ),
    ("copy_object", {"Key": "b", "CopySource": "films/a"}, [("s3:GetObject", "/a"), ("s3:PutObject", "/b")]),
    (
        "copy_object",
        {"Key": "b", "CopySource": "films/a", "IfMatch": "tag"},
        [("s3:GetObject", "/a"), ("s3:PutObject", "/b"), ("s3:GetObject", "/b")],
    ),
    ("create_bucket", {}, [("s3:CreateBucket", "")]),
    ("create_multipart_upload", {"Key": "a"}, [("s3:PutObject", "/a")]),
    ("delete_bucket", {}, [("s3:DeleteBucket", "")]),
    ("delete_object", {"Key": "a"}, [("s3:DeleteObject", "/a")]),
    ("delete_object", {"Key": "a", "VersionId": "null"}, [("s3:DeleteObjectVersion", "/a")]),
    ("delete_object", {"Key": "a", "IfMatch": "tag"}, [("s3:DeleteObject", "/a"), ("s3:GetObject", "/a")]),
    ("delete_object", {"Key": "a", "IfMatch": "*"}, [("s3:DeleteObject", "/a")]),
    ("delete_object", {"Key": "a", "VersionId": "null", "IfMatch": "t"}, [("s3:DeleteObjectVersion", "/a")]),
    ("get_bucket_location", {}, [("s3:GetBucketLocation", "")]),
    ("get_object", {"Key": "a"}, [("s3:GetObject", "/a")]),
    ("get_object", {"Key": "a", "VersionId": "null"}, [("s3:GetObjectVersion", "/a")]),
    ("get_object", {"Key": "missing"}, [("s3:GetObject", "/missing"), ("s3:ListBucket", "")]),
    ("head_bucket", {}, [("s3:ListBucket", "")]),
    ("head_object", {"Key": "a"}, [("s3:GetObject", "/a")]),
    ("list_multipart_uploads", {}, [("s3:ListBucketMultipartUploads", "")]),
    ("list_objects", {}, [("s3:ListBucket", "")]),
    ("list_objects_v2", {}, [("s3:ListBucket", "")]),
    ("list_parts", {"Key": "a", "UploadId": "u"}, [("s3:ListMultipartUploadParts", "/a")]),
    ("put_object", {"Key": "b", "Body": b"x"}, [("s3:PutObject", "/b")]),
    ("put_object", {"Key": "b", "Body": b"x", "IfNoneMatch": "*"}, [("s3:PutObject", "/b")]),
    ("put_object", {"Key": "a", "Body": b"x", "IfMatch": "tag"}, [("s3:PutObject", "/a"), ("s3:GetObject", "/a")]),
    (
        "put_object",
        {"Key": "b", "Body": b"x", "ACL": "bucket-owner-full-control"},
        [("s3:PutObject", "/b"), ("s3:PutObjectAcl", "/b")],
    ),
    ("upload_part", {"Key": "a", "UploadId": "u", "PartNumber": 1, "Body": b"x"}, [("s3:PutObject", "/a")]),
    (
        "upload_part_copy",
        {"Key": "b", "UploadId": "u", "PartNumber": 1, "CopySource": "films/a"},
        [("s3:GetObject", "/a"), ("s3:PutObject", "/b")],
    ),
]


@pytest.mark.parametrize(
    ("call", "parameters", "needs"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_operation_needs_its_actions(
    world: Any, s3: Any, refused: Any, call: str, parameters: Any, needs: list[tuple[str, str]]
) -> None:
    """Without one of its actions the call is denied, naming caller, action and resource; with all it goes through."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    for missing, (action, where) in enumerate(needs):
        granted = [allow(name, on=BUCKET + place) for at, (name, place) in enumerate(needs) if at != missing]
        user = world.user(f"u{missing}", *granted)
        if call.startswith("head"):
            assert refused(getattr(user, call), Bucket="films", **parameters)[1] == 403
            continue
        assert refused(getattr(user, call), Bucket="films", **parameters) == (
            "AccessDenied",
            403,
            f"User: arn:aws:iam::111122223333:user/u{missing} is not authorized to perform: {action} on resource: "
            f'"{BUCKET}{where}" because no identity-based policy allows the {action} action',
        )
    user = world.user("all", *(allow(name, on=BUCKET + place) for name, place in needs))
    try:
        getattr(user, call)(Bucket="films", **parameters)
    except user.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] != 403  # noqa: PT017 - allowed, whatever comes of it


def test_a_batch_is_allowed_key_by_key(world: Any, s3: Any) -> None:
    """DeleteObjects deletes what the caller may delete, and answers for every other key with its own denial."""
    for key in ("a", "b", "c"):
        s3.put_object(Bucket="films", Key=key, Body=b"x")
    user = world.user("cutter", allow("s3:DeleteObject", on=[f"{BUCKET}/a", f"{BUCKET}/c"]))
    chosen = [{"Key": "a"}, {"Key": "b"}, {"Key": "c", "VersionId": "null"}, {"Key": "c"}]
    answer = user.delete_objects(Bucket="films", Delete={"Objects": chosen})

    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "c"}]
    assert answer["Errors"] == [
        {
            **entry,
            "Code": "AccessDenied",
            "Message": "User: arn:aws:iam::111122223333:user/cutter is not authorized to perform: "
            f'{action} on resource: "{BUCKET}/{entry["Key"]}" because no identity-based policy allows the {action} action',
        }
        for entry, action in ((chosen[1], "s3:DeleteObject"), (chosen[2], "s3:DeleteObjectVersion"))
    ]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]] == ["b"]


def test_an_etag_in_a_batch_is_a_condition_like_any(world: Any, s3: Any) -> None:
    """Policies see it as s3:if-match, and only who may read the object may compare it; of `*` nothing is learned."""
    etags = {key: s3.put_object(Bucket="films", Key=key, Body=b"x")["ETag"] for key in ("a", "b", "c", "d")}
    careful = {"Condition": {"Null": {"s3:if-match": "false"}}}
    user = world.user("cutter", allow("s3:DeleteObject", **careful), allow("s3:GetObject", on=f"{BUCKET}/a"))
    chosen = [
        {"Key": "a", "ETag": etags["a"]},
        {"Key": "b", "ETag": etags["b"]},
        {"Key": "c", "ETag": "*"},
        {"Key": "d"},
    ]
    answer = user.delete_objects(Bucket="films", Delete={"Objects": chosen})

    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "c"}]
    denied = [(entry["Key"], entry["Message"].partition("perform: ")[2].split()[0]) for entry in answer["Errors"]]
    assert denied == [("b", "s3:GetObject"), ("d", "s3:DeleteObject")]


def test_reading_by_tag_counts_for_conditions_too(world: Any, s3: Any, refused: Any) -> None:
    """Who may read objects with a certain tag may compare the ETags of these alone."""
    etag = s3.put_object(Bucket="films", Key="open", Body=b"x", Tagging="class=open")["ETag"]
    s3.put_object(Bucket="films", Key="secret", Body=b"x", Tagging="class=secret")
    tagged = {"Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}}
    user = world.user("writer", allow("s3:PutObject"), allow("s3:GetObject", **tagged))

    user.put_object(Bucket="films", Key="open", Body=b"y", IfMatch=etag)
    assert refused(user.put_object, Bucket="films", Key="secret", Body=b"y", IfMatch=etag)[0] == "AccessDenied"


def test_the_audit_log_tells_what_a_batch_was_denied(world: Any, s3: Any) -> None:
    """The call succeeds; its record explains the first key that was refused, as that of a denied call does."""
    user = world.user("cutter", allow("s3:DeleteObject"), deny("s3:DeleteObject", on=f"{BUCKET}/b"))
    user.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    record = world.records[-1]

    assert "errorCode" not in record
    assert (record["telecine"]["action"], record["telecine"]["resource"]) == ("s3:DeleteObject", f"{BUCKET}/b")
    user.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "a"}]})
    assert "telecine" not in world.records[-1]


def test_a_batch_that_is_too_long_is_decided_as_one(world: Any, s3: Any, refused: Any) -> None:
    """Who may not delete there learns that alone, and no time is spent on a decision for each of the keys."""
    many = {"Objects": [{"Key": str(number)} for number in range(1001)]}

    code, status, message = refused(world.user("none").delete_objects, Bucket="films", Delete=many)
    assert (code, status) == ("AccessDenied", 403)
    assert f'"{BUCKET}/*"' in message
    allowed = world.user("cutter", allow("s3:DeleteObject"))
    assert refused(allowed.delete_objects, Bucket="films", Delete=many)[0] == "MalformedXML"


def test_listing_buckets_is_granted_on_everything_or_on_every_bucket(world: Any, s3: Any, refused: Any) -> None:
    """S3's own examples grant it on arn:aws:s3:::*."""
    assert refused(world.user("none").list_buckets)[0] == "AccessDenied"
    for name, on in (("star", "*"), ("every", "arn:aws:s3:::*")):
        assert world.user(name, allow("s3:ListAllMyBuckets", on=on)).list_buckets()["Buckets"][0]["Name"] == "films"


def test_missing_and_forbidden_look_alike_to_who_may_not_list(world: Any, s3: Any, refused: Any) -> None:
    """404 for a caller with s3:ListBucket; else 403 that names it."""
    reader = world.user("reader", allow("s3:GetObject"))
    lister = world.user("lister", allow("s3:GetObject"), allow("s3:ListBucket", on=BUCKET))

    code, status, message = refused(reader.get_object, Bucket="films", Key="missing")
    assert (code, status) == ("AccessDenied", 403)
    assert "s3:ListBucket" in message
    assert refused(reader.head_object, Bucket="films", Key="missing")[1] == 403
    assert refused(lister.get_object, Bucket="films", Key="missing")[:2] == ("NoSuchKey", 404)
    assert refused(lister.head_object, Bucket="films", Key="missing")[1] == 404


def test_listing_conditions(world: Any, s3: Any, refused: Any) -> None:
    """s3:prefix, s3:delimiter and s3:max-keys are what the request says."""
    condition = {"StringLike": {"s3:prefix": ["home/ann/*"]}, "StringEquals": {"s3:delimiter": "/"}}
    ann = world.user("ann", allow("s3:ListBucket", on=BUCKET, Condition=condition))
    s3.put_object(Bucket="films", Key="home/ann/1", Body=b"x")

    assert ann.list_objects_v2(Bucket="films", Prefix="home/ann/", Delimiter="/")["KeyCount"] == 1
    for other in ({}, {"Prefix": "home/", "Delimiter": "/"}, {"Prefix": "home/ann/"}):
        assert refused(ann.list_objects_v2, Bucket="films", **other)[0] == "AccessDenied"
        assert refused(ann.list_objects, Bucket="films", **other)[0] == "AccessDenied"


def test_the_initiator_may_end_its_own_upload(world: Any, s3: Any, refused: Any) -> None:
    """Who began an upload may list its parts and abort it without being granted that; nobody else, and a deny counts."""
    maker = world.user("maker", allow("s3:PutObject"))
    other = world.user("other", allow("s3:PutObject"))
    # A key with every letter that means something in a policy.
    where = {"Bucket": "films", "Key": "a*b?c$d${e}"}
    upload = {**where, "UploadId": maker.create_multipart_upload(**where)["UploadId"]}
    listed = maker.list_parts(**upload)
    assert listed["Initiator"] == {"ID": "arn:aws:iam::111122223333:user/maker", "DisplayName": "maker"}
    assert refused(other.list_parts, **upload)[0] == "AccessDenied"
    assert refused(other.abort_multipart_upload, **upload)[0] == "AccessDenied"
    maker.abort_multipart_upload(**upload)

    barred = world.user("barred", allow("s3:PutObject"), deny("s3:AbortMultipartUpload"))
    kept = {**where, "UploadId": barred.create_multipart_upload(**where)["UploadId"]}
    code, _, message = refused(barred.abort_multipart_upload, **kept)
    assert code == "AccessDenied"
    assert "explicit deny" in message


def test_other_accounts_stay_outside(world: Any, s3: Any, refused: Any) -> None:
    """What another account's user, or its root, is granted at home opens no bucket here, and says nothing about it."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    for client in (world.user("spy", allow("s3:*", on="*"), account=STRANGERS), world.root(STRANGERS)):
        for call, more in (
            (client.get_object, {"Key": "a"}),
            (client.put_object, {"Key": "a", "Body": b"y"}),
            (client.list_objects_v2, {}),
            (client.delete_bucket, {}),
        ):
            assert refused(call, Bucket="films", **more) == ("AccessDenied", 403, "Access Denied")
    assert body(s3, "a") == b"x"


def test_an_upload_is_for_the_bucket_that_was_decided_on(
    world: Any, s3: Any, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for another account's that has its name by the time the body is there."""
    theirs, receive = world.root(STRANGERS), world.objects.receive
    s3.create_bucket(Bucket="source")
    s3.put_object(Bucket="source", Key="a", Body=b"x")

    def received(*given: Any) -> Any:
        s3.delete_bucket(Bucket="films")
        theirs.create_bucket(Bucket="films")
        return receive(*given)

    for call in (
        lambda: s3.put_object(Bucket="films", Key="planted", Body=b"x"),
        lambda: s3.copy_object(Bucket="films", Key="planted", CopySource="source/a"),
    ):
        monkeypatch.setattr(world.objects, "receive", received)
        assert refused(call)[0] == "NoSuchBucket"
        monkeypatch.undo()
        assert theirs.list_objects_v2(Bucket="films")["KeyCount"] == 0
        theirs.delete_bucket(Bucket="films")
        s3.create_bucket(Bucket="films")
