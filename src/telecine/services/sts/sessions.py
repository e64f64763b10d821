"""Sessions: temporary keys of roles, for callers who may assume them and for services that a role trusts.

The one place where a service becomes a caller. It happens in process, for the live attempt of a job, and what comes
out is a session of the job's role; no credentials that a request can be signed with ever stand for a service.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, JobId
from telecine.db import Database
from telecine.policy import (
    Family,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    evaluate,
    trace,
)
from telecine.seal import RootKey
from telecine.services.contract import Caller, SigningKey
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Role
from telecine.services.sts import store
from telecine.services.sts.errors import ClaimNotLive, RoleProblem, RoleProblemKind
from telecine.services.sts.model import (
    AssumedRole,
    ServiceAssumption,
    ServiceClaim,
    Session,
    SessionCredentials,
    SessionPolicies,
    session_arn,
)

ASSUME_ROLE = "sts:AssumeRole"
POLICY_LIMIT = 2048
"""Characters of all session policies together, managed ones by ARN (STS API reference, "AssumeRole")."""

_ROLE_ARN = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\x21-\x7e]+")
_SERVICE_SESSION = timedelta(hours=1)
_MEMORY = timedelta(days=1)
"""How long a session is remembered after it ran out, so that its holder hears `ExpiredToken`."""


class Sessions:
    """Temporary keys: made, looked up, dead with their role."""

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
        self._root_key = root_key
        self._clock = clock
        self._ids = ids
        self._record = record

    def signing_key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        """The long-term or temporary key with its secret and caller; None when it does not exist or its role is gone.

        A key that is inactive or has run out comes back as such: whoever authenticates refuses it.
        """
        if not access_key_id.startswith("ASIA"):
            return self._directory.signing_key(access_key_id)
        with self._database.read() as connection:
            session = store.find(connection, access_key_id)
        role = None if session is None else self._directory.roles.by_id(session.role_id)
        if session is None or role is None:
            return None
        secret = self._root_key.unwrap(session.sealed_secret, about=_about(access_key_id))
        return SigningKey(
            access_key_id=access_key_id,
            secret_access_key=secret.decode(),
            caller=self._caller(session, role),
            token_digest=session.token_digest,
            expires_at=session.expires_at,
        )

    def role(self, arn: str) -> Role | None:
        """The role with exactly that ARN."""
        return self._directory.role_by_arn(arn)

    def has_policy(self, role: Role, arn: str) -> bool:
        """Whether the role's account can use a managed policy of that ARN."""
        return self._directory.policies.text(role.account, arn) is not None

    def assume_role(
        self, role: Role, session_name: str, *, seconds: int, policies: SessionPolicies | None = None
    ) -> AssumedRole:
        """A session of `role` for a caller who may have it; the access row has made sure of that."""
        credentials = self._open(role, session_name, timedelta(seconds=seconds), policies=policies)
        return AssumedRole(
            credentials=credentials,
            role_id=role.unique_id,
            arn=session_arn(role.account, role.name, session_name),
            session_name=session_name,
            packed_percent=None if policies is None else packed_percent(policies),
        )

    def assume_for_service(self, claim: ServiceClaim, is_live: Callable[[], bool]) -> SessionCredentials:
        """A session of one hour for the service that runs a job, if the role trusts it with this source.

        `is_live` tells whether the claim is the job's live one. Raises `RoleProblem`, `ClaimNotLive`.
        """
        role = self._directory.role_by_arn(claim.role_arn) if is_role_arn(claim.role_arn) else None
        told: Mapping[str, object] = {}
        problem: RoleProblemKind | None = None
        if not is_role_arn(claim.role_arn):
            problem = RoleProblemKind.MALFORMED
        elif role is None or role.account != claim.account:
            problem = RoleProblemKind.MISSING
        else:
            is_trusted, told = self._ask_trust_policy(role, claim)
            problem = None if is_trusted else RoleProblemKind.NOT_TRUSTED
        if problem is not None or role is None:
            self._tell(claim, told, problem=problem)
            raise RoleProblem(problem or RoleProblemKind.MISSING, claim.role_arn)
        if not is_live():
            self._tell(claim, told, problem="not live")
            raise ClaimNotLive(f"Attempt {claim.attempt} of job {claim.job_id} is not the live one.")
        job = (claim.job_id, claim.attempt, claim.owner)
        credentials = self._open(role, claim.session_name, _SERVICE_SESSION, job=job)
        self._tell(claim, told, key=credentials.access_key_id)
        return credentials

    def _ask_trust_policy(self, role: Role, claim: ServiceClaim) -> tuple[bool, Mapping[str, object]]:
        now = self._clock.now()
        request = Request(
            principal=Principal(kind=PrincipalKind.SERVICE, arn=claim.service, account=None),
            action=ASSUME_ROLE,
            resource=role.arn,
            resource_account=role.account,
            context={
                "aws:SourceArn": claim.source_arn,
                "aws:SourceAccount": claim.source_account,
                "aws:PrincipalIsAWSService": "true",
                "aws:PrincipalServiceName": claim.service,
                "aws:CurrentTime": timestamp(now),
                "aws:EpochTime": str(int(now.timestamp())),
                "sts:RoleSessionName": claim.session_name,
                **role_tags(role),
            },
        )
        policies = PolicySet(resource=trust_policy(role))
        decision = evaluate(request, policies)
        return decision.is_allowed, trace(request, policies, decision)

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

    def _caller(self, session: Session, role: Role) -> Caller:
        user_id = f"{role.unique_id}:{session.name}"
        return Caller(
            principal=Principal(
                kind=PrincipalKind.ASSUMED_ROLE,
                arn=session_arn(role.account, role.name, session.name),
                account=role.account,
                unique_id=role.unique_id,
            ),
            user_id=user_id,
            access_key_id=session.access_key_id,
            identity_id=role.unique_id,
            # IAM user guide, "Where you can use policy variables": a session has no aws:username, its PrincipalArn is
            # the role's own, and for temporary credentials the MFA key is there.
            context={
                "aws:PrincipalArn": role.arn,
                "aws:PrincipalAccount": role.account,
                "aws:PrincipalType": "AssumedRole",
                "aws:PrincipalIsAWSService": "false",
                "aws:userid": user_id,
                "aws:TokenIssueTime": timestamp(session.issued_at),
                "aws:MultiFactorAuthPresent": "false",
                **{f"aws:PrincipalTag/{key}": value for key, value in role.tags.items()},
            },
            session_policies=None if session.policies is None else self._policy_texts(role, session.policies),
        )

    def _policy_texts(self, role: Role, policies: SessionPolicies) -> tuple[str, ...]:
        """A managed session policy that is gone by now allows nothing: it is left out."""
        managed = [self._directory.policies.text(role.account, arn) for arn in policies.arns]
        return tuple(text for text in (policies.document, *managed) if text is not None)

    def _open(
        self,
        role: Role,
        name: str,
        lifetime: timedelta,
        *,
        policies: SessionPolicies | None = None,
        job: tuple[JobId, int, str] | None = None,
    ) -> SessionCredentials:
        now = self._clock.now().replace(microsecond=0)
        credentials = SessionCredentials(
            access_key_id=self._ids.access_key_id("ASIA"),
            secret_access_key=self._ids.secret_access_key(),
            session_token=self._ids.session_token(),
            expires_at=now + lifetime,
        )
        about = _about(credentials.access_key_id)
        session = Session(
            access_key_id=credentials.access_key_id,
            token_digest=hashlib.sha256(credentials.session_token.encode()).digest(),
            sealed_secret=self._root_key.wrap(credentials.secret_access_key.encode(), about=about),
            role_id=role.unique_id,
            name=name,
            issued_at=now,
            expires_at=credentials.expires_at,
            policies=policies,
            job=job,
        )

        def work(connection: Connection) -> None:
            store.purge(connection, now - _MEMORY)
            store.create(connection, session, role.account)

        self._database.write(work)
        return credentials


def trust_policy(role: Role) -> ResourcePolicy:
    """The role's trust policy as it counts: without its consent nobody assumes the role."""
    return ResourcePolicy(text=role.trust_policy, rule=ResourceRule.REQUIRED, family=Family.TRUST, name=role.arn)


def role_tags(role: Role) -> dict[str, str]:
    """Condition keys for the tags on the role that somebody wants to assume."""
    return {f"{service}:ResourceTag/{key}": value for key, value in role.tags.items() for service in ("aws", "iam")}


def is_role_arn(arn: str) -> bool:
    """Whether a role can have that ARN."""
    return _ROLE_ARN.fullmatch(arn) is not None


def packed_percent(policies: SessionPolicies) -> int:
    """How much of the room for session policies these take up; above 100 they do not fit."""
    size = len(policies.document or "") + sum(len(arn) for arn in policies.arns)
    return -(-100 * size // POLICY_LIMIT)


def timestamp(moment: datetime) -> str:
    """A time as condition keys carry it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _about(access_key_id: AccessKeyId) -> str:
    return f"sts/session/{access_key_id}"
