"""Who signs with a session's key: the caller, by kind of session, with the condition keys that come with it.

Source: IAM user guide, "Where you can use policy variables" (the table of request values by kind of principal), "AWS
global condition context keys", "Passing session tags in AWS STS".
"""

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Caller
from telecine.services.iam.model import Role, User, canonical_id, root_arn
from telecine.services.sts.model import Session, SessionKind, federated_user_arn, session_arn
from telecine.services.sts.sessions.trust import timestamp

SessionTexts = tuple[str, ...] | None
"""The documents of the session policies; None when the session is not limited."""


def of_role(session: Session, role: Role, policies: SessionTexts) -> Caller:
    """The holder of a role session. Its `aws:PrincipalArn` is the role's own, path included; it has no user name."""
    user_id = f"{role.unique_id}:{session.name}"
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ASSUMED_ROLE,
            arn=session_arn(role.account, role.name, session.name),
            account=role.account,
            unique_id=role.unique_id,
            canonical_id=canonical_id(role.account),
        ),
        user_id=user_id,
        access_key_id=session.access_key_id,
        identity_id=role.unique_id,
        context={
            **_common(session, role.arn, "AssumedRole", user_id),
            **_principal_tags(role.tags, session.tags.values),
        },
        session_policies=policies,
        is_temporary=True,
    )


def of_user(session: Session, user: User) -> Caller:
    """A user who signs with temporary credentials of its own; nothing but these tells it from the long-term key."""
    return Caller(
        principal=Principal(
            kind=PrincipalKind.USER,
            arn=user.arn,
            account=user.account,
            unique_id=user.unique_id,
            canonical_id=canonical_id(user.account),
        ),
        user_id=user.unique_id,
        access_key_id=session.access_key_id,
        identity_id=user.unique_id,
        context={
            **_common(session, user.arn, "User", user.unique_id),
            "aws:username": user.name,
            **_principal_tags(user.tags, {}),
        },
        is_temporary=True,
        is_limited=session.kind is SessionKind.USER,
        mfa_at=session.mfa_at,
    )


def of_root(session: Session) -> Caller:
    """The root user with temporary credentials."""
    arn = root_arn(session.account)
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ROOT, arn=arn, account=session.account, canonical_id=canonical_id(session.account)
        ),
        user_id=session.account,
        access_key_id=session.access_key_id,
        context=_common(session, arn, "Account", session.account),
        is_temporary=True,
        is_limited=session.kind is SessionKind.ROOT,
        mfa_at=session.mfa_at,
    )


def of_federated_user(session: Session, issuer: User | None, policies: SessionTexts) -> Caller:
    """Somebody whom a user (None: the root user) federated.

    Without a session policy there is one that allows nothing: then only resource policies that name the session let it
    do anything (STS API reference, "GetFederationToken").
    """
    account: AccountId = session.account
    arn = federated_user_arn(account, session.name)
    user_id = f"{account}:{session.name}"
    return Caller(
        principal=Principal(
            kind=PrincipalKind.FEDERATED_USER,
            arn=arn,
            account=account,
            unique_id=None if issuer is None else issuer.unique_id,
            issuer_arn=root_arn(account) if issuer is None else issuer.arn,
            canonical_id=canonical_id(account),
        ),
        user_id=user_id,
        access_key_id=session.access_key_id,
        # The root user has no policies; what it may, its number stands for (`Sessions.identity_policies`).
        identity_id=account if issuer is None else issuer.unique_id,
        context={
            **_common(session, arn, "FederatedUser", user_id),
            **_principal_tags({} if issuer is None else issuer.tags, session.tags.values),
        },
        session_policies=policies or (),
        is_temporary=True,
        is_limited=True,
    )


def _common(session: Session, arn: str, principal_type: str, user_id: str) -> dict[str, str]:
    context = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalType": principal_type,
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": user_id,
        "aws:TokenIssueTime": timestamp(session.issued_at),
        # Temporary credentials always say whether there was MFA, long-term keys never. A role session's says no even
        # when MFA was needed to assume the role ("Configuring MFA-protected API access").
        "aws:MultiFactorAuthPresent": "false" if session.mfa_at is None else "true",
    }
    if session.source_identity is not None:
        context["aws:SourceIdentity"] = session.source_identity
    return context


def _principal_tags(own: Tags, given: Tags) -> dict[str, str]:
    """Tags of the session take the place of the role's or user's own of the same key, whatever its case."""
    replaced = {key.lower() for key in given}
    tags = {key: value for key, value in own.items() if key.lower() not in replaced} | given
    return {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}
