"""What KMS can do: one function per operation."""

from telecine.services.contract import Operation
from telecine.services.kms.crypto import Keys
from telecine.services.kms.operations import aliases, grants, keys, lifetime, policies, rotation, tags, usage

OPERATIONS: dict[str, Operation[Keys]] = {
    "CancelKeyDeletion": lifetime.cancel_key_deletion,
    "CreateAlias": aliases.create_alias,
    "CreateGrant": grants.create_grant,
    "CreateKey": keys.create_key,
    "Decrypt": usage.decrypt,
    "DeleteAlias": aliases.delete_alias,
    "DescribeKey": keys.describe_key,
    "DisableKey": lifetime.disable_key,
    "DisableKeyRotation": rotation.disable_key_rotation,
    "EnableKey": lifetime.enable_key,
    "EnableKeyRotation": rotation.enable_key_rotation,
    "Encrypt": usage.encrypt,
    "GenerateDataKey": usage.generate_data_key,
    "GenerateDataKeyWithoutPlaintext": usage.generate_data_key_without_plaintext,
    "GenerateRandom": usage.generate_random,
    "GetKeyPolicy": policies.get_key_policy,
    "GetKeyRotationStatus": rotation.get_key_rotation_status,
    "ListAliases": aliases.list_aliases,
    "ListGrants": grants.list_grants,
    "ListKeyPolicies": policies.list_key_policies,
    "ListKeyRotations": rotation.list_key_rotations,
    "ListKeys": keys.list_keys,
    "ListResourceTags": tags.list_resource_tags,
    "ListRetirableGrants": grants.list_retirable_grants,
    "PutKeyPolicy": policies.put_key_policy,
    "ReEncrypt": usage.re_encrypt,
    "RetireGrant": grants.retire_grant,
    "RevokeGrant": grants.revoke_grant,
    "RotateKeyOnDemand": rotation.rotate_key_on_demand,
    "ScheduleKeyDeletion": lifetime.schedule_key_deletion,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAlias": aliases.update_alias,
    "UpdateKeyDescription": keys.update_key_description,
}
