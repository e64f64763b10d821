"""What each operation of KMS needs (service authorization reference, "AWS Key Management Service").

Rows run before parameters are validated: a member may be missing or odd. Which key is meant is found out first, so
that NotFoundException comes before any decision, as from KMS.
"""

from telecine.services.contract import Needs, always
from telecine.services.kms.access import aliases, grants, keys, usage
from telecine.services.kms.access.keys import on
from telecine.services.kms.crypto import Keys

ROWS: dict[str, Needs[Keys]] = {
    "CancelKeyDeletion": on("CancelKeyDeletion"),
    "CreateAlias": aliases.create_alias,
    "CreateGrant": grants.create_grant,
    "CreateKey": keys.create_key,
    "Decrypt": usage.decrypt,
    "DeleteAlias": aliases.delete_alias,
    "DescribeKey": on("DescribeKey", takes_alias=True, is_for_all=True),
    "DisableKey": on("DisableKey"),
    "DisableKeyRotation": on("DisableKeyRotation"),
    "EnableKey": on("EnableKey"),
    "EnableKeyRotation": on("EnableKeyRotation", context=keys.rotation_period),
    "Encrypt": usage.encrypting("Encrypt"),
    "GenerateDataKey": usage.encrypting("GenerateDataKey"),
    "GenerateDataKeyWithoutPlaintext": usage.encrypting("GenerateDataKeyWithoutPlaintext"),
    "GenerateRandom": always("kms:GenerateRandom"),
    "GetKeyPolicy": on("GetKeyPolicy"),
    "GetKeyRotationStatus": on("GetKeyRotationStatus", is_for_all=True),
    "ListAliases": always("kms:ListAliases"),
    "ListGrants": grants.on_grants("ListGrants"),
    "ListKeyPolicies": on("ListKeyPolicies"),
    "ListKeyRotations": on("ListKeyRotations"),
    "ListKeys": always("kms:ListKeys"),
    "ListResourceTags": on("ListResourceTags"),
    "ListRetirableGrants": always("kms:ListRetirableGrants"),
    "PutKeyPolicy": on("PutKeyPolicy", context=keys.bypass),
    "ReEncrypt": usage.re_encrypt,
    "RetireGrant": grants.retire_grant,
    "RevokeGrant": grants.on_grants("RevokeGrant"),
    "RotateKeyOnDemand": on("RotateKeyOnDemand"),
    "ScheduleKeyDeletion": on("ScheduleKeyDeletion", context=keys.waiting_period),
    "TagResource": on("TagResource", context=keys.request_tags),
    "UntagResource": on("UntagResource", context=keys.request_tags),
    "UpdateAlias": aliases.update_alias,
    "UpdateKeyDescription": on("UpdateKeyDescription"),
}
