"""What the ARN of a managed policy leads to."""

import re

from sqlalchemy import Connection

from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory.managed import AWS_POLICIES
from telecine.services.iam.model import ManagedPolicy

_ARN = re.compile(r"arn:aws:iam::(aws|[0-9]{12}):policy/.+")


def find_policy(connection: Connection, account: AccountId, arn: str) -> ManagedPolicy | None:
    """The policy with that ARN, AWS's own or the account's."""
    if arn in AWS_POLICIES:
        return AWS_POLICIES[arn].policy
    policy = store.policies.by_arn(connection, arn)
    return policy if policy is not None and policy.account == account else None


def is_policy_arn(arn: str) -> bool:
    """Whether a managed policy can have that ARN."""
    return _ARN.fullmatch(arn) is not None


def require_policy_arn(arn: str) -> None:
    """Raise `InvalidInput` when no policy can have that ARN."""
    if not is_policy_arn(arn):
        raise errors.invalid_arn(arn)
