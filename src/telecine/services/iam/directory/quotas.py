"""How much an account, and what is in it, may have (IAM user guide, "IAM and STS quotas": the values to begin with)."""

USERS = 5000
GROUPS = 300
ROLES = 1000
POLICIES = 1500
INSTANCE_PROFILES = 1000
"""Of an account."""

GROUPS_PER_USER = 10
ACCESS_KEYS_PER_USER = 2
MFA_DEVICES_PER_USER = 8
POLICIES_PER_IDENTITY = 10
"""Managed policies attached to one user, group or role."""
VERSIONS_PER_POLICY = 5

MANAGED_POLICY_SIZE = 6144
TRUST_POLICY_SIZE = 2048
USER_POLICIES_SIZE = 2048
GROUP_POLICIES_SIZE = 5120
ROLE_POLICIES_SIZE = 10240
"""Characters of a policy document, or of all inline ones together, white space not counted."""
