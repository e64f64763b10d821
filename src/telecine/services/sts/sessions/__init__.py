"""Sessions: temporary keys, opened for callers who may have them and for services that a role trusts."""

from telecine.services.sts.sessions.face import CONSOLE_CREDENTIALS, Sessions
from telecine.services.sts.sessions.limits import PACKED_ROOM, packed_size, percent
from telecine.services.sts.sessions.trust import ASSUME_ROLE, is_role_arn, role_account, role_tags, trust_policy

__all__ = [
    "ASSUME_ROLE",
    "CONSOLE_CREDENTIALS",
    "PACKED_ROOM",
    "Sessions",
    "is_role_arn",
    "packed_size",
    "percent",
    "role_account",
    "role_tags",
    "trust_policy",
]
