"""Aliases."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

Aws = Any
Refused = Callable[..., tuple[str, str]]
ARN = "arn:aws:kms:us-east-1:123456789012:alias/films"


def test_an_alias_names_a_key_until_it_names_another(kms: Any, key: str) -> None:
    """By its name and by its ARN, and no more once it is deleted."""
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    before = [kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] for name in ("alias/films", ARN)]
    kms.update_alias(AliasName="alias/films", TargetKeyId=other.rpartition("/")[2])
    after = kms.describe_key(KeyId="alias/films")["KeyMetadata"]["Arn"]
    listed = kms.list_aliases(KeyId=other)["Aliases"]
    kms.delete_alias(AliasName="alias/films")

    assert (before, after) == ([key, key], other)
    assert [(alias["AliasArn"], alias["TargetKeyId"]) for alias in listed] == [(ARN, other.rpartition("/")[2])]
    assert kms.list_aliases()["Aliases"] == []


def test_aliases_are_listed_by_name(kms: Any, key: str) -> None:
    """Page by page, in the order of their bytes."""
    names = ["alias/B", "alias/a", "alias/a/b", "alias/a_b"]
    for name in reversed(names):
        kms.create_alias(AliasName=name, TargetKeyId=key)
    pages = list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 3}))

    assert [len(page["Aliases"]) for page in pages] == [3, 1]
    assert [alias["AliasName"] for page in pages for alias in page["Aliases"]] == names


def test_wrong_aliases_are_refused(kms: Any, key: str, refused: Refused) -> None:
    """In KMS's codes."""
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)

    assert refused(kms.create_alias, AliasName="alias/films", TargetKeyId=key)[0] == "AlreadyExistsException"
    for name in ("films", "alias/", "alias/a:b"):
        assert refused(kms.create_alias, AliasName=name, TargetKeyId=key)[0] == "InvalidAliasNameException"
    assert refused(kms.create_alias, AliasName="alias/more", TargetKeyId="alias/films")[0] == "NotFoundException"
    assert refused(kms.update_alias, AliasName="alias/none", TargetKeyId=key)[0] == "NotFoundException"
    assert refused(kms.delete_alias, AliasName="alias/none")[0] == "NotFoundException"


def test_most_operations_take_no_alias(kms: Any, key: str, refused: Refused) -> None:
    """They say so, and do nothing."""
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)

    assert refused(kms.disable_key, KeyId="alias/films") == ("NotFoundException", "Invalid keyId 'alias/films'")
    assert refused(kms.disable_key, KeyId=ARN)[0] == "InvalidArnException"
    assert refused(kms.list_aliases, KeyId="alias/films")[0] == "NotFoundException"


def test_a_key_has_no_more_than_fifty_aliases(kms: Any, key: str, refused: Refused) -> None:
    """Neither made nor moved to it."""
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=kms.create_key()["KeyMetadata"]["Arn"])

    assert refused(kms.create_alias, AliasName="alias/50", TargetKeyId=key)[0] == "LimitExceededException"
    assert refused(kms.update_alias, AliasName="alias/other", TargetKeyId=key)[0] == "LimitExceededException"
    kms.update_alias(AliasName="alias/0", TargetKeyId=key)


def test_an_alias_asks_for_rights_on_itself_and_on_its_keys(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Whoever may move an alias between two keys cannot move it to a third."""
    own, foreign = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    ada = aws.client("kms", aws.user("ada", {"Effect": "Allow", "Action": ["kms:*Alias"], "Resource": [key, own, ARN]}))
    ada.update_alias(AliasName="alias/films", TargetKeyId=own)

    assert refused(ada.update_alias, AliasName="alias/films", TargetKeyId=foreign)[0] == "AccessDeniedException"
    assert refused(ada.create_alias, AliasName="alias/more", TargetKeyId=own)[0] == "AccessDeniedException"
    kms.update_alias(AliasName="alias/films", TargetKeyId=foreign)
    assert refused(ada.delete_alias, AliasName="alias/films")[0] == "AccessDeniedException"


def test_an_alias_that_leads_elsewhere_by_now_is_not_followed(
    aws: Aws, kms: Any, key: str, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    """Nobody has decided on the key that it names between the decision and the operation."""
    keys = aws.api.ground.keys
    others = itertools.cycle([kms.create_key()["KeyMetadata"]["Arn"], key])
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    to = {"CiphertextBlob": blob, "DestinationKeyId": "alias/films"}

    def swap(_tokens: object) -> None:
        other = keys.resolve(key.split(":")[4], next(others))
        keys.aliases.point(other, "alias/films")

    monkeypatch.setattr(keys.grants, "check_tokens", swap)
    for call, asked in (
        (kms.encrypt, {"KeyId": "alias/films", "Plaintext": b"x"}),
        (kms.generate_data_key, {"KeyId": "alias/films", "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": "alias/films", "KeySpec": "AES_256"}),
        (kms.decrypt, {"KeyId": "alias/films", "CiphertextBlob": blob}),
        (kms.re_encrypt, to),
    ):
        assert refused(call, **asked)[0] == "KeyUnavailableException"
