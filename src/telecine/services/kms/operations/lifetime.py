"""EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import DEFAULT_WAITING_DAYS, MAX_WAITING_DAYS, MIN_WAITING_DAYS
from telecine.services.kms.operations import parameters
from telecine.services.kms.states import KeyState


def enable_key(face: Keys, call: Call, params: Params) -> Result:
    face.lifetime.enable(parameters.key(face, call, params))
    return {}


def disable_key(face: Keys, call: Call, params: Params) -> Result:
    face.lifetime.disable(parameters.key(face, call, params))
    return {}


def schedule_key_deletion(face: Keys, call: Call, params: Params) -> Result:
    """The model allows 1 to 365 days, KMS itself 7 to 30 (KMS API reference, "ScheduleKeyDeletion")."""
    days = params.get("PendingWindowInDays", DEFAULT_WAITING_DAYS)
    if not MIN_WAITING_DAYS <= days <= MAX_WAITING_DAYS:
        raise errors.validation(
            f"PendingWindowInDays is {days}: it must be between {MIN_WAITING_DAYS} and {MAX_WAITING_DAYS}."
        )
    key = parameters.key(face, call, params)
    deletion = face.lifetime.schedule_deletion(key, days)
    return {
        "KeyId": key.arn,
        "DeletionDate": deletion.at,
        "KeyState": str(KeyState.PENDING_DELETION),
        "PendingWindowInDays": days,
    }


def cancel_key_deletion(face: Keys, call: Call, params: Params) -> Result:
    key = parameters.key(face, call, params)
    face.lifetime.cancel_deletion(key)
    return {"KeyId": key.arn}
