"""Ownership of objects, ACLs, and what buckets do not have."""

from typing import Any

import pytest

from telecine.core.names import AccountId
from telecine.wire.http import HttpRequest

STRANGERS = AccountId("444455556666")
OPEN = {"BlockPublicAcls": False, "IgnorePublicAcls": False}


@pytest.fixture
def preferring(s3: Any) -> Any:
    """The client, whose bucket `films` takes ACLs, public ones too."""
    own(s3, "BucketOwnerPreferred")
    s3.put_public_access_block(Bucket="films", PublicAccessBlockConfiguration=OPEN)
    return s3


def own(s3: Any, ownership: str) -> None:
    rules: Any = {"Rules": [{"ObjectOwnership": ownership}]}
    s3.put_bucket_ownership_controls(Bucket="films", OwnershipControls=rules)


def status(world: Any, path: str, query: str = "") -> int:
    """What somebody without a name gets."""
    headers = (("host", "127.0.0.1:7700"),)
    answered: int = world.server.call(
        HttpRequest(method="GET", raw_path=path, raw_query=query, headers=headers), b""
    ).status
    return answered


def groups(answer: Any) -> list[tuple[str, str]]:
    return [
        (grant["Grantee"].get("URI", "owner").rpartition("/")[2], grant["Permission"]) for grant in answer["Grants"]
    ]


def test_ownership_is_enforced_until_it_is_not(s3: Any, refused: Any) -> None:
    """The setting is read back; without one the bucket says so."""
    get = s3.get_bucket_ownership_controls
    assert get(Bucket="films")["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    own(s3, "ObjectWriter")
    assert get(Bucket="films")["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "ObjectWriter"}]
    s3.delete_bucket_ownership_controls(Bucket="films")
    assert refused(get, Bucket="films")[:2] == ("OwnershipControlsNotFoundError", 404)
    s3.create_bucket(Bucket="music", ObjectOwnership="BucketOwnerPreferred")
    assert get(Bucket="music")["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerPreferred"}]


def test_where_ownership_is_enforced_there_are_no_acls(s3: Any, refused: Any) -> None:
    """They can be read: full control for the owner; to write one is refused."""
    s3.put_object(Bucket="films", Key="a", Body=b"", ACL="bucket-owner-full-control")
    assert groups(s3.get_bucket_acl(Bucket="films")) == [("owner", "FULL_CONTROL")]
    assert groups(s3.get_object_acl(Bucket="films", Key="a")) == [("owner", "FULL_CONTROL")]
    for call in (
        lambda: refused(s3.put_bucket_acl, Bucket="films", ACL="private"),
        lambda: refused(s3.put_object_acl, Bucket="films", Key="a", ACL="private"),
        lambda: refused(s3.put_object, Bucket="films", Key="a", Body=b"", ACL="public-read"),
        lambda: refused(s3.create_multipart_upload, Bucket="films", Key="a", GrantRead="id=1"),
    ):
        assert call()[:2] == ("AccessControlListNotSupported", 400)


def test_a_canned_acl_opens_an_object(world: Any, preferring: Any) -> None:
    """To everybody, or to whoever has a name, until it is private again."""
    s3 = preferring
    s3.put_object(Bucket="films", Key="a", Body=b"x", ACL="public-read")
    s3.put_object(Bucket="films", Key="b", Body=b"x", ACL="authenticated-read")
    s3.put_object(Bucket="films", Key="c", Body=b"x")
    named = world.user("named", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, account=STRANGERS)

    assert [status(world, f"/films/{key}") for key in "abc"] == [200, 403, 403]
    assert named.get_object(Bucket="films", Key="b")["Body"].read() == b"x"
    assert groups(s3.get_object_acl(Bucket="films", Key="a")) == [("owner", "FULL_CONTROL"), ("AllUsers", "READ")]
    s3.put_object_acl(Bucket="films", Key="a", ACL="private")
    s3.put_object_acl(Bucket="films", Key="c", ACL="public-read")
    assert [status(world, f"/films/{key}") for key in "abc"] == [403, 403, 200]
    s3.copy_object(Bucket="films", Key="d", CopySource="films/c")
    assert status(world, "/films/d") == 403
    own(s3, "BucketOwnerEnforced")
    assert status(world, "/films/c") == 403


def test_a_denial_outweighs_an_acl(world: Any, preferring: Any) -> None:
    """ACLs add to what a policy allows, and take nothing from what it denies."""
    preferring.put_object(Bucket="films", Key="a", Body=b"x", ACL="public-read")
    denial = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",'
        '"Resource":"arn:aws:s3:::films/*"}}'
    )
    preferring.put_bucket_policy(Bucket="films", Policy=denial)
    assert status(world, "/films/a") == 403


def test_public_acls_are_blocked(world: Any, preferring: Any, refused: Any) -> None:
    """By the bucket's settings: no new ones, and those that are there open nothing."""
    s3 = preferring
    s3.put_object(Bucket="films", Key="a", Body=b"x", ACL="public-read")
    s3.put_public_access_block(Bucket="films", PublicAccessBlockConfiguration={**OPEN, "BlockPublicAcls": True})
    assert refused(s3.put_object, Bucket="films", Key="b", Body=b"", ACL="public-read")[:2] == ("AccessDenied", 403)
    assert refused(s3.put_bucket_acl, Bucket="films", ACL="public-read")[0] == "AccessDenied"
    assert status(world, "/films/a") == 200
    s3.put_public_access_block(Bucket="films", PublicAccessBlockConfiguration={**OPEN, "IgnorePublicAcls": True})
    assert status(world, "/films/a") == 403
    new = refused(s3.create_bucket, Bucket="music", ObjectOwnership="ObjectWriter", ACL="public-read")
    assert new[0] == "InvalidBucketAclWithBlockPublicAccessError"


def test_a_canned_acl_opens_a_bucket(world: Any, preferring: Any, refused: Any) -> None:
    """Its listing, not its objects; ownership cannot be enforced while it is there."""
    s3 = preferring
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    assert status(world, "/films", "list-type=2") == 403
    s3.put_bucket_acl(Bucket="films", ACL="public-read")
    assert (status(world, "/films", "list-type=2"), status(world, "/films/a")) == (200, 403)
    assert groups(s3.get_bucket_acl(Bucket="films"))[1:] == [("AllUsers", "READ")]
    rules: Any = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    enforced = refused(s3.put_bucket_ownership_controls, Bucket="films", OwnershipControls=rules)
    assert enforced[0] == "InvalidBucketAclWithObjectOwnership"
    s3.put_bucket_acl(Bucket="films", ACL="private")
    own(s3, "BucketOwnerEnforced")


def test_what_acls_cannot_say_is_refused_by_name(preferring: Any, refused: Any) -> None:
    """Grants one by one, and leave to write."""
    s3 = preferring
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    grant: Any = {"Owner": {"ID": "x"}, "Grants": []}
    assert refused(s3.put_bucket_acl, Bucket="films", AccessControlPolicy=grant)[0] == "NotImplemented"
    assert refused(s3.put_bucket_acl, Bucket="films", ACL="public-read-write")[0] == "NotImplemented"
    assert refused(s3.put_object_acl, Bucket="films", Key="a", GrantRead="id=1")[0] == "NotImplemented"
    assert refused(s3.put_object, Bucket="films", Key="a", Body=b"", GrantRead="id=1")[0] == "NotImplemented"
    assert refused(s3.put_object_acl, Bucket="films", Key="a")[0] == "MissingSecurityHeader"


def test_an_acl_for_the_owner_alone_may_be_asked_for_everywhere(s3: Any, refused: Any) -> None:
    """Clients copy an object's ACL by reading it and writing it again; other grants stay refused."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    shown = s3.get_object_acl(Bucket="films", Key="a")
    same: Any = {"Owner": shown["Owner"], "Grants": shown["Grants"]}
    other: Any = {**same, "Grants": [{**same["Grants"][0], "Permission": "READ"}]}
    twice: Any = {**same, "Grants": same["Grants"] * 2}
    for ownership in ("BucketOwnerEnforced", "ObjectWriter"):
        own(s3, ownership)
        s3.put_object_acl(Bucket="films", Key="a", AccessControlPolicy=same)
        s3.put_object_acl(Bucket="films", Key="a", ACL="bucket-owner-full-control")
        s3.put_bucket_acl(Bucket="films", AccessControlPolicy=same)
        for policy in (other, twice):
            code = refused(s3.put_object_acl, Bucket="films", Key="a", AccessControlPolicy=policy)[0]
            assert code in {"AccessControlListNotSupported", "NotImplemented"}
    assert s3.get_object_acl(Bucket="films", Key="a")["Grants"] == same["Grants"]
    assert refused(s3.put_object_acl, Bucket="films", Key="b", AccessControlPolicy=same)[0] == "NoSuchKey"


def test_objects_belong_to_the_owner_of_their_bucket(world: Any, preferring: Any, refused: Any) -> None:
    """Whoever writes from another account must say so, where ownership is not enforced."""
    policy = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},'
        '"Action":["s3:PutObject","s3:PutObjectAcl"],"Resource":"arn:aws:s3:::films/*"}}'
    )
    preferring.put_bucket_policy(Bucket="films", Policy=policy)
    stranger = world.root(STRANGERS)
    assert refused(stranger.put_object, Bucket="films", Key="a", Body=b"")[:2] == ("NotImplemented", 501)
    stranger.put_object(Bucket="films", Key="a", Body=b"", ACL="bucket-owner-full-control")
    own(preferring, "ObjectWriter")
    given = {"ACL": "bucket-owner-full-control"}
    assert refused(stranger.put_object, Bucket="films", Key="a", Body=b"", **given)[0] == "NotImplemented"


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("get_bucket_accelerate_configuration", None),
        ("get_bucket_logging", None),
        ("get_bucket_notification_configuration", None),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_request_payment", "BucketOwner"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("list_bucket_analytics_configurations", False),
        ("list_bucket_intelligent_tiering_configurations", False),
        ("list_bucket_inventory_configurations", False),
        ("list_bucket_metrics_configurations", False),
    ],
)
def test_what_a_bucket_does_not_have(s3: Any, refused: Any, operation: str, answer: Any) -> None:
    """S3's answer for none, which differs from one to the other."""
    call = getattr(s3, operation)
    if isinstance(answer, str) and answer != "BucketOwner":
        assert refused(call, Bucket="films")[:2] == (answer, 404)
    else:
        told = call(Bucket="films")
        del told["ResponseMetadata"]
        expected = {None: {}, "BucketOwner": {"Payer": "BucketOwner"}, False: {"IsTruncated": False}}
        assert told == expected[answer]


@pytest.mark.parametrize(
    "operation",
    [
        "get_bucket_analytics_configuration",
        "get_bucket_intelligent_tiering_configuration",
        "get_bucket_inventory_configuration",
        "get_bucket_metrics_configuration",
    ],
)
def test_a_configuration_that_was_never_made(s3: Any, refused: Any, operation: str) -> None:
    """Asked for by its id it is not there."""
    assert refused(getattr(s3, operation), Bucket="films", Id="x")[:2] == ("NoSuchConfiguration", 404)


def test_an_object_that_is_private_by_now_is_read_by_nobody_else(
    world: Any, preferring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's request that was allowed on the public one in its place is to be tried again."""
    s3 = preferring
    for method, name in (("GET", "open"), ("HEAD", "get")):
        s3.put_object(Bucket="films", Key="a", Body=b"public", ACL="public-read")
        original = getattr(world.objects, name)

        def replaced(*given: Any, original: Any = original) -> Any:
            monkeypatch.undo()
            s3.put_object(Bucket="films", Key="a", Body=b"private")
            return original(*given)

        monkeypatch.setattr(world.objects, name, replaced)
        request = HttpRequest(method=method, raw_path="/films/a", raw_query="", headers=(("host", "127.0.0.1"),))
        answers = [world.server.call(request, b"").status for _ in range(2)]
        assert answers == [503, 403]
