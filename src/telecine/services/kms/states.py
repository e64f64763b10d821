"""What may be done with a key in which state, and what becomes of the state: one table.

Source: KMS developer guide, "Key states of KMS keys". Nothing else says so, and nothing else changes a state.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from telecine.core.errors import ApiError
from telecine.services.kms import errors


class KeyState(StrEnum):
    """Where a key is in its life."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"
    """The waiting period runs; once it is over, the key and its material are gone."""


_ON, _OFF, _ENDING = KeyState
_Refusal = Callable[[str], ApiError]
_Row = tuple[KeyState | _Refusal, KeyState | _Refusal, KeyState | _Refusal]

_ALWAYS: _Row = (_ON, _OFF, _ENDING)
_UNLESS_ENDING: _Row = (_ON, _OFF, errors.pending_deletion)
_USE: _Row = (_ON, errors.disabled, errors.pending_deletion)

TABLE: Mapping[str, _Row] = {
    # operation: from Enabled, from Disabled, from PendingDeletion; what follows, or the error
    "CancelKeyDeletion": (errors.not_pending_deletion, errors.not_pending_deletion, _OFF),
    "DisableKey": (_OFF, _OFF, errors.pending_deletion),
    "EnableKey": (_ON, _ON, errors.pending_deletion),
    "ScheduleKeyDeletion": (_ENDING, _ENDING, errors.pending_deletion),
    "CreateAlias": _UNLESS_ENDING,
    "CreateGrant": _USE,
    "Decrypt": _USE,
    "DeleteAlias": _ALWAYS,
    "DescribeKey": _ALWAYS,
    "DisableKeyRotation": _USE,
    "EnableKeyRotation": _USE,
    "Encrypt": _USE,
    "GenerateDataKey": _USE,
    "GenerateDataKeyWithoutPlaintext": _USE,
    "GetKeyPolicy": _ALWAYS,
    "GetKeyRotationStatus": _ALWAYS,
    "ListAliases": _ALWAYS,
    "ListGrants": _ALWAYS,
    "ListKeyPolicies": _ALWAYS,
    "ListKeyRotations": _ALWAYS,
    "ListResourceTags": _ALWAYS,
    "PutKeyPolicy": _ALWAYS,
    "ReEncryptFrom": _USE,
    "ReEncryptTo": _USE,
    "RetireGrant": _ALWAYS,
    "RevokeGrant": _ALWAYS,
    "RotateKeyOnDemand": _USE,
    "TagResource": _UNLESS_ENDING,
    "UntagResource": _UNLESS_ENDING,
    # The key that the alias named before may be in any state; this is about the one that it is to name.
    "UpdateAlias": _UNLESS_ENDING,
    "UpdateKeyDescription": _UNLESS_ENDING,
}

_COLUMNS = {state: place for place, state in enumerate(KeyState)}


def after(operation: str, arn: str, state: KeyState) -> KeyState:
    """The state of the key `arn` after the operation. Raises DisabledException, KMSInvalidStateException."""
    entry = TABLE[operation][_COLUMNS[state]]
    if isinstance(entry, KeyState):
        return entry
    raise entry(arn)
