"""Whom a role trusts, as far as that decides what others may learn of the role."""

from telecine.policy import Principal, compile_policy
from telecine.services.iam.model import Role


def is_closed_to(role: Role, principal: Principal) -> bool:
    """Whether the role is another account's and lets the principal in by no statement: then nothing is told of it.

    With the tags of such a role in the context, policies of the principal's own account could ask for them.
    """
    return role.account != principal.account and not any(
        statement.allows and statement.reach(principal, has_boundary=False)
        for statement in compile_policy(role.trust_policy).statements
    )
