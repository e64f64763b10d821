"""STS's face: sessions opened, and looked up on every request that one of them signs.

The one place where a service becomes a caller. It happens in process, for the live attempt of a job, and what comes
out is a session of the job's role; no credentials that a request can be signed with ever stand for a service.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId, UniqueId
from telecine.db import Database
from telecine.policy import PrincipalKind
from telecine.seal import RootKey
from telecine.services.contract import Caller, SigningKey
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import EffectivePolicies, NamedPolicy, Role
from telecine.services.sts import errors, store
from telecine.services.sts.errors import ClaimNotLive, RoleProblem, RoleProblemKind
from telecine.services.sts.model import (
    AssumedRole,
    FederatedUser,
    Inheritance,
    ServiceAssumption,
    ServiceClaim,
    Session,
    SessionCredentials,
    SessionKind,
    SessionPolicies,
    SessionTags,
    StoredConsoleSession,
    federated_user_arn,
    session_arn,
)
from telecine.services.sts.sessions import callers
from telecine.services.sts.sessions.opening import Opener, Wanted
from telecine.services.sts.sessions.trust import is_role_arn, trusts

CONSOLE_CREDENTIALS = timedelta(hours=1)
"""How long credentials of the console last at most; signing out ends their renewal, not themselves."""

_SERVICE_SESSION = timedelta(hours=1)
_WRONG_CODE = "InvalidAuthenticationCode"
"""IAM's word for what STS denies access for."""

_ROOT_MAY = EffectivePolicies(
    identity=(
        NamedPolicy(
            name="root",
            text='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        ),
    ),
    boundary=None,
)
"""What the root user hands on to somebody whom it federates: all it has; the session policy limits that."""


class Sessions:
    """Temporary keys: made, looked up, dead with the role or user behind them."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        root_key: RootKey,
        clock: Clock,
        ids: Ids,
        *,
        record: Callable[[ServiceAssumption], None],
    ) -> None:
        """`record` is told of every service that asked for a role, granted or not, before it gets its answer."""
        self._database = database
        self._directory = directory
        self._opener = Opener(database, root_key, clock, ids)
        self._clock = clock
        self._record = record

    def signing_key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        """The long-term or temporary key with its secret and caller; None when it does not exist, or when the role or
        user behind the session is gone.

        A key that is inactive or has run out comes back as such: whoever authenticates refuses it. Until IAM changes,
        the answer for a temporary key stays the same: sessions never change.
        """
        if not _is_temporary(access_key_id):
            return self._directory.signing_key(access_key_id)
        session = self._find(access_key_id)
        caller = None if session is None else self._caller(session)
        if session is None or caller is None:
            return None
        return SigningKey(
            access_key_id=access_key_id,
            secret_access_key=self._opener.secret(session),
            caller=caller,
            token_digest=session.token_digest,
            expires_at=session.expires_at,
        )

    def account_of(self, access_key_id: AccessKeyId) -> AccountId | None:
        """The account of a key, long-term or temporary, whatever its state; None when there is no such key."""
        if _is_temporary(access_key_id):
            session = self._find(access_key_id)
            return None if session is None else session.account
        key = self._directory.signing_key(access_key_id)
        return None if key is None or key.caller.principal.account is None else AccountId(key.caller.principal.account)

    def identity_policies(self, identity_id: str) -> EffectivePolicies:
        """Every policy that counts for `Caller.identity_id`: a user, a role, or the root user (by its account) behind
        a federated session."""
        return _ROOT_MAY if identity_id.isdecimal() else self._directory.identity_policies(identity_id)

    def role(self, arn: str) -> Role | None:
        """The role with exactly that ARN."""
        return self._directory.role_by_arn(arn)

    def has_policy(self, account: AccountId, arn: str) -> bool:
        """Whether the account can use a managed policy of that ARN."""
        return self._directory.policies.text(account, arn) is not None

    def inherited(self, caller: Caller) -> Inheritance:
        """What a session gets that `caller` opens by assuming a role."""
        key = caller.access_key_id
        session = None if key is None or not caller.is_temporary else self._find(key)
        if session is None:
            return Inheritance()
        return Inheritance(tags=session.tags.handed_on, source_identity=session.source_identity)

    def verify_mfa(self, caller: Caller, serial_number: str, code: str) -> datetime:
        """When the caller, a user or the root user, showed to hold that MFA device of its own: now.

        The code never counts again. Raises `AccessDenied` for a wrong one and for a device that is not the caller's,
        `Throttling` after several.
        """
        account, subject = AccountId(caller.principal.account or ""), self._subject(caller)
        user = None if subject is None else self._directory.users.by_id(subject)
        if subject is not None and user is None:
            raise errors.mfa_device_unknown()  # a role has no devices, a user who is gone none any more
        if serial_number not in {device.serial_number for device in self._directory.mfa.devices(account, user)}:
            raise errors.mfa_device_unknown()
        try:
            return self._directory.mfa.verify(account, user, serial_number, code)
        except ApiError as problem:
            if problem.code != _WRONG_CODE:
                raise
            raise errors.mfa_code_wrong() from problem

    def assume_role(
        self,
        role: Role,
        session_name: str,
        *,
        seconds: int,
        policies: SessionPolicies | None = None,
        tags: SessionTags | None = None,
        source_identity: str | None = None,
    ) -> AssumedRole:
        """A session of `role` for a caller who may have it; the access row has made sure of that."""
        credentials = self._opener.open(
            Wanted(
                kind=SessionKind.ASSUMED_ROLE,
                account=role.account,
                subject_id=role.unique_id,
                name=session_name,
                lifetime=timedelta(seconds=seconds),
                policies=policies,
                tags=tags or SessionTags(),
                source_identity=source_identity,
            )
        )
        return AssumedRole(
            credentials=credentials,
            role_id=role.unique_id,
            arn=session_arn(role.account, role.name, session_name),
            session_name=session_name,
            source_identity=source_identity,
        )

    def session_token(self, caller: Caller, *, seconds: int, mfa_at: datetime | None) -> SessionCredentials:
        """Temporary credentials of the caller, a user or the root user, with the same permissions."""
        subject = self._subject(caller)
        return self._opener.open(
            Wanted(
                kind=SessionKind.ROOT if subject is None else SessionKind.USER,
                account=AccountId(caller.principal.account or ""),
                subject_id=subject,
                lifetime=timedelta(seconds=seconds),
                mfa_at=mfa_at,
            )
        )

    def federation_token(
        self,
        caller: Caller,
        name: str,
        *,
        seconds: int,
        policies: SessionPolicies | None,
        tags: SessionTags,
    ) -> FederatedUser:
        """A session for somebody whom the caller, a user or the root user, calls `name`."""
        account = AccountId(caller.principal.account or "")
        credentials = self._opener.open(
            Wanted(
                kind=SessionKind.FEDERATED_USER,
                account=account,
                subject_id=self._subject(caller),
                name=name,
                lifetime=timedelta(seconds=seconds),
                policies=policies,
                tags=tags,
            )
        )
        return FederatedUser(
            credentials=credentials, user_id=f"{account}:{name}", arn=federated_user_arn(account, name)
        )

    def console_credentials(self, signed_in: StoredConsoleSession) -> SessionCredentials:
        """Temporary credentials of somebody who is signed in to the console, until the sign-in runs out at most."""
        left = signed_in.expires_at - self._clock.now().replace(microsecond=0)
        return self._opener.open(
            Wanted(
                kind=SessionKind.CONSOLE,
                account=signed_in.account,
                subject_id=signed_in.user_id,
                lifetime=min(CONSOLE_CREDENTIALS, left),
                issued_at=signed_in.signed_in_at,
                mfa_at=signed_in.mfa_at,
            )
        )

    def consider(self, claim: ServiceClaim) -> tuple[Role | None, RoleProblemKind | None, Mapping[str, object]]:
        """The role that the claim names, why the service would not get a session of it (None: it would), and what the
        role's trust policy says (`policy.trace`; empty where there was none to ask). Opens nothing."""
        if not is_role_arn(claim.role_arn):
            return None, RoleProblemKind.MALFORMED, {}
        role = self._directory.role_by_arn(claim.role_arn)
        if role is None or role.account != claim.account:
            return None, RoleProblemKind.MISSING, {}
        is_trusted, told = trusts(role, claim, self._clock.now())
        return role, None if is_trusted else RoleProblemKind.NOT_TRUSTED, told

    def holder(self, claim: ServiceClaim, role: Role) -> Caller:
        """Who would hold the session that the service asks for: a caller without a key, for simulations."""
        now = self._clock.now().replace(microsecond=0)
        session = Session(
            access_key_id=AccessKeyId(""),
            token_digest=b"",
            sealed_secret=b"",
            kind=SessionKind.ASSUMED_ROLE,
            account=role.account,
            subject_id=role.unique_id,
            name=claim.session_name,
            issued_at=now,
            expires_at=now + _SERVICE_SESSION,
        )
        return replace(callers.of_role(session, role, None), access_key_id=None)

    def assume_for_service(self, claim: ServiceClaim, is_live: Callable[[], bool]) -> SessionCredentials:
        """A session of one hour for the service that runs a job, if the role trusts it with this source.

        `is_live` tells whether the claim is the job's live one. Raises `RoleProblem`, `ClaimNotLive`.
        """
        role, problem, told = self.consider(claim)
        if problem is not None or role is None:
            self._tell(claim, told, problem=problem)
            raise RoleProblem(problem or RoleProblemKind.MISSING, claim.role_arn)
        if not is_live():
            self._tell(claim, told, problem="not live")
            raise ClaimNotLive(f"Attempt {claim.attempt} of job {claim.job_id} is not the live one.")
        credentials = self._opener.open(
            Wanted(
                kind=SessionKind.ASSUMED_ROLE,
                account=role.account,
                subject_id=role.unique_id,
                name=claim.session_name,
                lifetime=_SERVICE_SESSION,
                job=(claim.job_id, claim.attempt, claim.owner),
            )
        )
        self._tell(claim, told, key=credentials.access_key_id)
        return credentials

    def _tell(
        self,
        claim: ServiceClaim,
        told: Mapping[str, object],
        *,
        problem: str | None = None,
        key: AccessKeyId | None = None,
    ) -> None:
        self._record(
            ServiceAssumption(
                time=self._clock.now(), claim=claim, access_key_id=key, problem=problem and str(problem), trace=told
            )
        )

    def _find(self, access_key_id: AccessKeyId) -> Session | None:
        return store.find(self._database, access_key_id)

    def _caller(self, session: Session) -> Caller | None:
        """Who holds the session; None when the role or user behind it is gone."""
        subject = session.subject_id
        if session.kind is SessionKind.ASSUMED_ROLE:
            role = None if subject is None else self._directory.roles.behind(subject)
            return None if role is None else callers.of_role(session, role, self._policy_texts(session))
        user = None if subject is None else self._directory.users.by_id(subject)
        if subject is not None and user is None:
            return None
        if session.kind is SessionKind.FEDERATED_USER:
            return callers.of_federated_user(session, user, self._policy_texts(session))
        return callers.of_root(session) if user is None else callers.of_user(session, user)

    def _policy_texts(self, session: Session) -> callers.SessionTexts:
        """The documents of the session policies. Once one of the managed ones is gone, there is none that allows
        anything: nobody knows any more what the missing one denied."""
        policies = session.policies
        if policies is None:
            return None
        own = () if policies.document is None else (policies.document,)
        managed = [self._directory.policies.text(session.account, arn) for arn in policies.arns]
        present = [text for text in managed if text is not None]
        return (*own, *present) if len(present) == len(managed) else ()

    @staticmethod
    def _subject(caller: Caller) -> UniqueId | None:
        return None if caller.principal.kind is PrincipalKind.ROOT else UniqueId(caller.identity_id or "")


def _is_temporary(access_key_id: AccessKeyId) -> bool:
    return access_key_id.startswith("ASIA")
