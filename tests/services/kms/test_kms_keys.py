"""Keys: made, described, listed, tagged."""

from collections.abc import Callable
from typing import Any

import pytest

from telecine.services.kms.crypto import lifetime

Aws = Any
Refused = Callable[..., tuple[str, str]]


def test_a_key_is_what_describe_key_says(kms: Any) -> None:
    """Symmetric, enabled, of the account, with material of our own."""
    made = kms.create_key(Description="films", Tags=[{"TagKey": "Team", "TagValue": "film"}])["KeyMetadata"]
    shown = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]

    assert shown == made
    assert made["Arn"] == f"arn:aws:kms:us-east-1:123456789012:key/{made['KeyId']}"
    assert {name: made[name] for name in ("Enabled", "KeyState", "KeyManager", "KeySpec", "KeyUsage", "Origin")} == {
        "Enabled": True,
        "KeyState": "Enabled",
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Origin": "AWS_KMS",
    }
    assert len(made["CurrentKeyMaterialId"]) == 64


def test_keys_are_listed_page_by_page(kms: Any, refused: Refused) -> None:
    """Each once; a marker leads on, and to no other listing."""
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)}
    first = kms.list_keys(Limit=2)
    paginated = [
        key["KeyId"]
        for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
        for key in page["Keys"]
    ]

    assert (len(first["Keys"]), first["Truncated"]) == (2, True)
    assert (set(paginated), len(paginated)) == (made, 3)
    assert refused(kms.list_aliases, Marker=first["NextMarker"])[0] == "InvalidMarkerException"
    assert refused(kms.list_aliases, Limit=101)[0] == "ValidationException"


def test_other_kinds_of_keys_are_refused(kms: Any, refused: Refused) -> None:
    """By name; none is silently made symmetric."""
    for asked in (
        {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {"CustomerMasterKeySpec": "HMAC_256"},
        {"Origin": "EXTERNAL"},
        {"MultiRegion": True},
        {"CustomKeyStoreId": "cks-1"},
    ):
        code, message = refused(kms.create_key, **asked)

        assert code == "UnsupportedOperationException"
        assert "is not supported by this server" in message


def test_tags_are_written_removed_and_listed(kms: Any, key: str, refused: Refused) -> None:
    """A key replaces its own old value; reserved and doubled keys are refused."""
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "3"}, {"TagKey": "c", "TagValue": ""}])
    kms.untag_resource(KeyId=key, TagKeys=["a", "missing"])
    first = kms.list_resource_tags(KeyId=key, Limit=1)
    second = kms.list_resource_tags(KeyId=key, Limit=1, Marker=first["NextMarker"])

    assert (first["Tags"], first["Truncated"]) == ([{"TagKey": "b", "TagValue": "3"}], True)
    assert (second["Tags"], second["Truncated"]) == ([{"TagKey": "c", "TagValue": ""}], False)
    for wrong in (["aws:x"], ["x", "x"], ["<>"]):
        tags = [{"TagKey": name, "TagValue": "1"} for name in wrong]
        assert refused(kms.tag_resource, KeyId=key, Tags=tags)[0] == "TagException"
    many = [{"TagKey": f"k{number}", "TagValue": ""} for number in range(49)]
    assert refused(kms.tag_resource, KeyId=key, Tags=many)[0] == "LimitExceededException"


def test_a_description_is_replaced(kms: Any, key: str) -> None:
    """It may be empty."""
    kms.update_key_description(KeyId=key, Description="")

    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == ""


def test_what_is_no_key_is_not_found(kms: Any, refused: Refused) -> None:
    """By whatever name."""
    unknown = "8f2b0b1e-3b0f-4b4c-9a52-0d3fe1d2c111"
    for name, message in (
        ("nothing", "Invalid keyId 'nothing'"),
        (unknown, f"Key 'arn:aws:kms:us-east-1:123456789012:key/{unknown}' does not exist"),
        ("alias/missing", "Alias arn:aws:kms:us-east-1:123456789012:alias/missing is not found."),
        (f"arn:aws:kms:eu-west-1:123456789012:key/{unknown}", None),
        ("arn:aws:s3:::films", None),
        ("arn:kms", None),
    ):
        code, said = refused(kms.describe_key, KeyId=name)

        assert (code, said) == ("NotFoundException", message or f"Invalid keyId '{name}'")


def test_the_managed_key_of_s3_is_made_on_first_use(kms: Any, key: str, refused: Refused) -> None:
    """Once, under its alias, rotated each year; nobody changes it, uses it past S3, or gives its alias away."""
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    again = kms.describe_key(KeyId="arn:aws:kms:us-east-1:123456789012:alias/aws/s3")["KeyMetadata"]
    arn = managed["Arn"]

    assert managed == again
    assert managed["KeyManager"] == "AWS"
    assert kms.get_key_rotation_status(KeyId=arn)["RotationPeriodInDays"] == 365
    for call, more in (
        (kms.disable_key, {}),
        (kms.schedule_key_deletion, {}),
        (kms.put_key_policy, {"Policy": "{}"}),
        (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.enable_key_rotation, {}),
        (kms.encrypt, {"Plaintext": b"x"}),
    ):
        assert refused(call, KeyId=arn, **more)[0] == "AccessDeniedException"
    assert refused(kms.update_alias, AliasName="alias/aws/s3", TargetKeyId=key)[0] == "AccessDeniedException"
    assert refused(kms.delete_alias, AliasName="alias/aws/s3")[0] == "AccessDeniedException"
    assert refused(kms.create_alias, AliasName="alias/aws/films", TargetKeyId=key)[0] == "NotAuthorizedException"


def test_keys_are_limited(kms: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS managed ones do not count."""
    monkeypatch.setattr(lifetime, "MAX_KEYS", 1)
    kms.describe_key(KeyId="alias/aws/s3")
    kms.create_key()

    assert refused(kms.create_key)[0] == "LimitExceededException"
