"""What KMS tells of its keys: from the model to the members of outputs."""

from collections.abc import Mapping

from telecine.core.tags import Tags
from telecine.services.kms.model import (
    ALGORITHM,
    ORIGIN,
    USAGE,
    Alias,
    Constraints,
    Grant,
    Key,
    Material,
    Named,
    Rotation,
    key_arn,
)
from telecine.services.kms.states import KeyState


def metadata(key: Key, material_id: str | None = None) -> dict[str, object]:
    """`KeyMetadata`."""
    shown: dict[str, object] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created_at,
        "Enabled": key.state is KeyState.ENABLED,
        "Description": key.description,
        "KeyUsage": USAGE,
        "KeyState": str(key.state),
        "Origin": ORIGIN,
        "KeyManager": "AWS" if key.is_managed else "CUSTOMER",
        "CustomerMasterKeySpec": ALGORITHM,
        "KeySpec": ALGORITHM,
        "EncryptionAlgorithms": [ALGORITHM],
        "MultiRegion": False,
    }
    if material_id is not None:
        shown["CurrentKeyMaterialId"] = material_id
    if key.deletion is not None:
        shown["DeletionDate"] = key.deletion.at
    return shown


def listed_key(key: Key) -> dict[str, object]:
    return {"KeyId": key.id, "KeyArn": key.arn}


def listed_alias(alias: Alias) -> dict[str, object]:
    return {
        "AliasName": alias.name,
        "AliasArn": alias.arn,
        "TargetKeyId": alias.key_id,
        "CreationDate": alias.created_at,
        "LastUpdatedDate": alias.updated_at,
    }


def tags(shown: Tags) -> list[dict[str, str]]:
    return [{"TagKey": name, "TagValue": value} for name, value in shown.items()]


def rotation_status(key: Key) -> dict[str, object]:
    """`GetKeyRotationStatus`: of a key that is pending deletion rotation rests, and so it says."""
    rotation: Rotation | None = None if key.state is KeyState.PENDING_DELETION else key.rotation
    status: dict[str, object] = {"KeyId": key.arn, "KeyRotationEnabled": rotation is not None}
    if rotation is not None:
        status |= {"RotationPeriodInDays": rotation.days, "NextRotationDate": rotation.next_at}
    return status


def listed_material(key: Key, material: Material, *, with_state: bool) -> dict[str, object]:
    """An entry of `Rotations`."""
    entry: dict[str, object] = {"KeyId": key.arn, "KeyMaterialId": material.material_id}
    if with_state:
        entry["KeyMaterialState"] = "CURRENT" if material.version == key.version else "NON_CURRENT"
    if material.rotation is not None:
        entry |= {"RotationDate": material.created_at, "RotationType": str(material.rotation)}
    return entry


def listed_grant(grant: Grant, owner: str, region: str, names: Mapping[Named, str]) -> dict[str, object]:
    """An entry of `Grants`; `owner` is the key's account, `names` says how principals are called now."""
    entry: dict[str, object] = {
        "KeyId": key_arn(owner, region, grant.key_id),
        "GrantId": grant.id,
        "Name": grant.name or "",
        "CreationDate": grant.created_at,
        "GranteePrincipal": names[grant.grantee],
        "IssuingAccount": f"arn:aws:iam::{grant.issued_by}:root",
        "Operations": list(grant.operations),
    }
    if grant.retiree is not None:
        entry["RetiringPrincipal"] = names[grant.retiree]
    wanted = constraints(grant.constraints)
    return {**entry, "Constraints": wanted} if wanted else entry


def constraints(shown: Constraints) -> dict[str, object]:
    given = {"EncryptionContextEquals": shown.equals, "EncryptionContextSubset": shown.subset}
    return {name: dict(pairs) for name, pairs in given.items() if pairs is not None}
