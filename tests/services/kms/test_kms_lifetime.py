"""States of keys, rotation, deletion."""

from collections.abc import Callable
from typing import Any

Aws = Any
Refused = Callable[..., tuple[str, str]]
DAY = 86_400


def test_a_disabled_key_does_nothing_until_it_is_enabled(kms: Any, key: str, refused: Refused) -> None:
    """In either state the same call again is no error."""
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.disable_key(KeyId=key)
    kms.disable_key(KeyId=key)

    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    told = ("DisabledException", f"{key} is disabled.")
    assert refused(kms.decrypt, CiphertextBlob=made["CiphertextBlob"]) == told
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256") == told
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == told
    assert refused(kms.re_encrypt, CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=key) == told
    kms.enable_key(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def test_a_deletion_waits_and_can_be_cancelled(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Meanwhile the key does nothing; afterwards it is disabled, and does everything again once enabled."""
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    scheduled = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    told = ("KMSInvalidStateException", f"{key} is pending deletion.")

    assert (scheduled["KeyState"], scheduled["PendingWindowInDays"]) == ("PendingDeletion", 7)
    assert (scheduled["DeletionDate"] - shown["CreationDate"]).days == 7
    assert (shown["DeletionDate"], shown["Enabled"]) == (scheduled["DeletionDate"], False)
    for call, more in (
        (kms.decrypt, {"CiphertextBlob": made["CiphertextBlob"]}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.enable_key, {"KeyId": key}),
        (kms.schedule_key_deletion, {"KeyId": key}),
        (kms.create_alias, {"AliasName": "alias/a", "TargetKeyId": key}),
        (kms.update_key_description, {"KeyId": key, "Description": ""}),
    ):
        assert refused(call, **more) == told
    aws.clock.advance(7 * DAY - 1)
    aws.api.ground.keys.tend()
    kms.cancel_key_deletion(KeyId=key)
    assert refused(kms.cancel_key_deletion, KeyId=key) == (
        "KMSInvalidStateException",
        f"{key} is not pending deletion.",
    )
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]


def test_after_the_waiting_period_the_key_is_gone_for_ever(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """At once by the clock, and from the disk when the calendar is looked at: material, aliases and grants with it."""
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:root", Operations=["Decrypt"])
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws.clock.advance(7 * DAY)

    def check() -> None:
        assert refused(kms.describe_key, KeyId=key)[0] == "NotFoundException"
        assert refused(kms.describe_key, KeyId="alias/films")[0] == "NotFoundException"
        assert refused(kms.cancel_key_deletion, KeyId=key)[0] == "NotFoundException"
        assert refused(kms.decrypt, CiphertextBlob=blob)[0] == "AccessDeniedException"
        assert refused(kms.decrypt, CiphertextBlob=blob, KeyId=key)[0] == "NotFoundException"
        assert kms.list_keys()["Keys"] == []

    check()
    aws.api.ground.keys.tend()
    check()
    assert kms.list_aliases()["Aliases"] == []
    with aws.api.ground.database.read() as connection:
        for table in ("kms_keys", "kms_materials", "kms_aliases", "kms_grants"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def test_waiting_periods_are_seven_to_thirty_days(kms: Any, key: str, refused: Refused) -> None:
    """Thirty when nobody says."""
    for days in (1, 6, 31, 365):
        assert refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)[0] == "ValidationException"
    assert kms.schedule_key_deletion(KeyId=key)["PendingWindowInDays"] == 30


def test_rotation_on_demand_keeps_what_was_encrypted(kms: Any, key: str, refused: Refused) -> None:
    """Old ciphertexts open with the old material, new ones are of the new."""
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    new = kms.encrypt(KeyId=key, Plaintext=b"new")["CiphertextBlob"]
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in (old, new)]
    listed = [
        entry
        for page in kms.get_paginator("list_key_rotations").paginate(KeyId=key, PaginationConfig={"PageSize": 10})
        for entry in page["Rotations"]
    ]
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]

    assert [found["Plaintext"] for found in opened] == [b"old", b"new"]
    assert [found["KeyMaterialId"] for found in opened] == [
        everything[0]["KeyMaterialId"],
        everything[-1]["KeyMaterialId"],
    ]
    assert {entry["RotationType"] for entry in listed} == {"ON_DEMAND"}
    assert (len(listed), len(everything)) == (25, 26)
    assert [entry["KeyMaterialState"] for entry in everything].count("CURRENT") == 1
    assert refused(kms.rotate_key_on_demand, KeyId=key)[0] == "LimitExceededException"


def test_rotation_by_the_calendar(aws: Aws, kms: Any, key: str) -> None:
    """When its day has come, once, and then again after a period; not while the key is disabled."""
    tend = aws.api.ground.keys.tend
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    created = kms.describe_key(KeyId=key)["KeyMetadata"]["CreationDate"]

    assert (status["KeyRotationEnabled"], (status["NextRotationDate"] - created).days) == (True, 90)
    aws.clock.advance(90 * DAY - 1)
    tend()
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    aws.clock.advance(1)
    tend()
    tend()
    assert [entry["RotationType"] for entry in kms.list_key_rotations(KeyId=key)["Rotations"]] == ["AUTOMATIC"]
    assert (kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] - created).days == 180
    kms.disable_key(KeyId=key)
    aws.clock.advance(200 * DAY)
    tend()
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 1
    kms.enable_key(KeyId=key)
    tend()
    assert len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 2
    assert (kms.get_key_rotation_status(KeyId=key)["NextRotationDate"] - created).days == 380
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_rotation_rests_while_a_deletion_is_pending(kms: Any, key: str) -> None:
    """And goes on when it is cancelled."""
    kms.enable_key_rotation(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    resting = kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    kms.cancel_key_deletion(KeyId=key)

    assert (resting, kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]) == (False, True)
