"""Grants."""

from collections.abc import Callable
from typing import Any

import pytest

from telecine.services.kms.crypto import grants

Aws = Any
Refused = Callable[..., tuple[str, str]]
USER = "arn:aws:iam::123456789012:user/"


def test_a_grant_counts_at_once_and_until_it_is_revoked(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """For its operations alone, and for nobody else."""
    ada, bob = aws.client("kms", aws.user("ada")), aws.client("kms", aws.user("bob"))
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    made = kms.create_grant(KeyId=key, GranteePrincipal=USER + "ada", Operations=["Decrypt", "DescribeKey"])

    assert ada.decrypt(CiphertextBlob=blob, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"secret"
    assert ada.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert ada.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert refused(ada.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    assert refused(ada.revoke_grant, KeyId=key, GrantId=made["GrantId"])[0] == "AccessDeniedException"
    assert refused(bob.decrypt, CiphertextBlob=blob, GrantTokens=[made["GrantToken"]])[0] == "AccessDeniedException"
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    assert refused(ada.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    assert (
        refused(kms.decrypt, CiphertextBlob=blob, GrantTokens=[made["GrantToken"]])[0] == "InvalidGrantTokenException"
    )
    assert refused(kms.revoke_grant, KeyId=key, GrantId=made["GrantId"])[0] == "NotFoundException"


def test_a_grant_does_not_undo_a_deny(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Of the grantee's own policy."""
    ada = aws.client("kms", aws.user("ada", {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}))
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.create_grant(KeyId=key, GranteePrincipal=USER + "ada", Operations=["Decrypt"])

    assert refused(ada.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"


def test_constraints_look_at_the_encryption_context(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """All of it or a part, letter for letter; not where there is none."""
    ada = aws.client("kms", aws.user("ada"))
    grant = {"KeyId": key, "GranteePrincipal": USER + "ada"}
    kms.create_grant(**grant, Operations=["Encrypt"], Constraints={"EncryptionContextEquals": {"film": "7"}})
    kms.create_grant(
        **grant,
        Operations=["GenerateDataKey", "DescribeKey"],
        Constraints={"EncryptionContextSubset": {"film": "7"}},
    )

    ada.describe_key(KeyId=key)
    ada.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"film": "7"})
    ada.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"film": "7", "more": ""})
    for context in ({}, {"film": "8"}, {"Film": "7"}, {"film": "7", "more": ""}):
        wrong = {"KeyId": key, "Plaintext": b"x", "EncryptionContext": context}
        assert refused(ada.encrypt, **wrong)[0] == "AccessDeniedException"
    for context in ({}, {"film": "8"}, {"FILM": "7"}):
        wrong = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context}
        assert refused(ada.generate_data_key, **wrong)[0] == "AccessDeniedException"


def test_whoever_may_by_a_grant_gives_on_no_more_than_it_gives(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Fewer operations, stricter constraints."""
    ada = aws.client("kms", aws.user("ada"))
    aws.user("bob")
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=USER + "ada",
        Operations=["CreateGrant", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"film": "7"}},
    )
    for operations, constraints in (
        (["Encrypt"], {"EncryptionContextSubset": {"film": "7"}}),
        (["Decrypt"], {}),
        (["Decrypt"], {"EncryptionContextSubset": {"more": ""}}),
        (["Decrypt"], {"EncryptionContextEquals": {"film": "8"}}),
    ):
        child = {"KeyId": key, "GranteePrincipal": USER + "bob", "Operations": operations, "Constraints": constraints}
        assert refused(ada.create_grant, **child)[0] == "AccessDeniedException"
    for constraints in (
        {"EncryptionContextSubset": {"film": "7", "more": ""}},
        {"EncryptionContextEquals": {"film": "7"}},
    ):
        ada.create_grant(KeyId=key, GranteePrincipal=USER + "bob", Operations=["Decrypt"], Constraints=constraints)


def test_a_grant_is_retired_by_whom_it_names(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """The retiring principal, the grantee with RetireGrant, and whoever the account lets; not whoever may revoke."""
    ada, bob, eve = (aws.client("kms", aws.user(name)) for name in ("ada", "bob", "eve"))
    grant = {"KeyId": key, "GranteePrincipal": USER + "ada", "RetiringPrincipal": USER + "bob"}
    plain = kms.create_grant(**grant, Operations=["Decrypt"])
    own = kms.create_grant(**grant, Operations=["RetireGrant"])
    third = kms.create_grant(**grant, Operations=["Decrypt"])

    assert refused(ada.retire_grant, GrantToken=plain["GrantToken"])[0] == "AccessDeniedException"
    assert refused(eve.retire_grant, GrantToken=plain["GrantToken"])[0] == "AccessDeniedException"
    assert refused(bob.retire_grant, GrantToken=plain["GrantToken"], DryRun=True)[0] == "DryRunOperationException"
    bob.retire_grant(KeyId=key, GrantId=plain["GrantId"])
    ada.retire_grant(GrantToken=own["GrantToken"])
    kms.retire_grant(GrantToken=third["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refused(kms.retire_grant, GrantToken="none")[0] == "InvalidGrantTokenException"
    assert refused(kms.retire_grant, KeyId=key, GrantId="none")[0] == "NotFoundException"


def test_a_named_grant_is_made_once(aws: Aws, kms: Any, key: str) -> None:
    """Asked for again it comes with another token; with anything else in it, it is another grant."""
    aws.user("ada")
    grant = {"KeyId": key, "GranteePrincipal": USER + "ada", "Name": "once"}
    first = kms.create_grant(**grant, Operations=["Decrypt", "Encrypt"])
    again = kms.create_grant(**grant, Operations=["Encrypt", "Decrypt"])
    other = kms.create_grant(**grant, Operations=["Decrypt"])

    assert first["GrantId"] == again["GrantId"] != other["GrantId"]
    assert first["GrantToken"] != again["GrantToken"]


def test_grants_are_listed(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """By page, by grantee, by id, and by who may retire them."""
    for name in ("ada", "bob"):
        aws.user(name)
    made = [
        kms.create_grant(
            KeyId=key,
            GranteePrincipal=USER + name,
            Operations=["Decrypt"],
            RetiringPrincipal=USER + "bob",
            Constraints={"EncryptionContextEquals": {"a": "b"}},
        )["GrantId"]
        for name in ("ada", "ada", "bob")
    ]
    paged = [
        grant["GrantId"]
        for page in kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 2})
        for grant in page["Grants"]
    ]
    retirable = kms.list_retirable_grants(RetiringPrincipal=USER + "bob", Limit=2)
    one = kms.list_grants(KeyId=key, GrantId=made[0])["Grants"]

    assert paged == sorted(made)
    assert len(kms.list_grants(KeyId=key, GranteePrincipal=USER + "ada")["Grants"]) == 2
    assert (len(retirable["Grants"]), retirable["Truncated"]) == (2, True)
    assert [{name: one[0][name] for name in one[0] if name != "CreationDate"}] == [
        {
            "KeyId": key,
            "GrantId": made[0],
            "Name": "",
            "GranteePrincipal": USER + "ada",
            "RetiringPrincipal": USER + "bob",
            "IssuingAccount": "arn:aws:iam::123456789012:root",
            "Operations": ["Decrypt"],
            "Constraints": {"EncryptionContextEquals": {"a": "b"}},
        }
    ]
    stranger = "arn:aws:iam::444455556666:user/x"
    assert refused(kms.list_retirable_grants, RetiringPrincipal=stranger)[0] == "AccessDeniedException"


def test_a_namesake_inherits_no_grant(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """The grant shows the unique id of who is gone, and counts for nobody."""
    old = aws.user("ada")
    kms.create_grant(KeyId=key, GranteePrincipal=USER + "ada", Operations=["Decrypt"])
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    iam = aws.client("iam")
    iam.delete_access_key(UserName="ada", AccessKeyId=old.access_key_id)
    iam.delete_user(UserName="ada")
    ada = aws.client("kms", aws.user("ada"))
    shown = kms.list_grants(KeyId=key)["Grants"][0]["GranteePrincipal"]

    assert refused(ada.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    assert shown.startswith("AIDA")
    assert len(kms.list_grants(KeyId=key, GranteePrincipal=shown)["Grants"]) == 1
    assert kms.list_grants(KeyId=key, GranteePrincipal=USER + "ada")["Grants"] == []


def test_a_grant_to_a_role_is_for_its_sessions(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Within their session policies; one to a session is for that session alone."""
    role = aws.role("worker", {"AWS": "123456789012"})
    day, night = aws.assume(role, RoleSessionName="day"), aws.assume(role, RoleSessionName="night")
    narrow = aws.assume(
        role, Policy='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
    )
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    session = "arn:aws:sts::123456789012:assumed-role/worker/night"
    kms.create_grant(KeyId=key, GranteePrincipal=session, Operations=["Decrypt"])

    assert aws.client("kms", night).decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert refused(aws.client("kms", day).decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    assert aws.client("kms", day).decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert refused(aws.client("kms", narrow).decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"


def test_wrong_grants_are_refused(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """In KMS's codes."""
    aws.user("ada")
    good = {"KeyId": key, "GranteePrincipal": USER + "ada", "Operations": ["Decrypt"]}
    many = {str(number): "" for number in range(9)}

    for wrong, code in (
        ({"GranteePrincipal": USER + "nobody"}, "InvalidArnException"),
        ({"RetiringPrincipal": "nobody"}, "InvalidArnException"),
        ({"Operations": ["Sign"]}, "ValidationException"),
        ({"Operations": []}, "ValidationException"),
        ({"Constraints": {"EncryptionContextEquals": many}}, "ValidationException"),
        ({"GranteeServicePrincipal": "s3.amazonaws.com"}, "UnsupportedOperationException"),
        ({"GrantTokens": ["none"]}, "InvalidGrantTokenException"),
        ({"DryRun": True}, "DryRunOperationException"),
    ):
        assert refused(kms.create_grant, **{**good, **wrong})[0] == code
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_grants_are_limited(aws: Aws, kms: Any, key: str, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one principal, and for one key."""
    for name in ("ada", "bob"):
        aws.user(name)
    monkeypatch.setattr(grants, "MAX_GRANTS_OF_PRINCIPAL", 2)
    monkeypatch.setattr(grants, "MAX_GRANTS", 3)
    ada, bob = ({"KeyId": key, "GranteePrincipal": USER + name, "Operations": ["Decrypt"]} for name in ("ada", "bob"))
    for _ in range(2):
        kms.create_grant(**ada)

    assert "for one principal" in refused(kms.create_grant, **ada)[1]
    kms.create_grant(**bob)
    assert refused(kms.create_grant, **bob)[0] == "LimitExceededException"
