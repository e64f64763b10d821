"""IAM's SQL. Every function takes the connection of its caller's transaction and gives back values of the model."""

from telecine.services.iam.store import accounts, keys, permissions, policies
from telecine.services.iam.store.entities import ROLES, USERS, insert_role, insert_user, living

__all__ = ["ROLES", "USERS", "accounts", "insert_role", "insert_user", "keys", "living", "permissions", "policies"]
