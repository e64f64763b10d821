"""The role's session: one for an attempt, renewed before it runs out, and never for a job that is not ours."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from telecine.core.names import AccessKeyId, AccountId, JobId
from telecine.engine.errors import AttemptStopped
from telecine.engine.session import RoleSession
from telecine.services.mediaconvert.model import JobClaim
from telecine.services.sts.errors import ClaimNotLive
from telecine.services.sts.model import ServiceClaim, SessionCredentials
from telecine.testing.clock import ManualClock

ACCOUNT = AccountId("111122223333")


@dataclass
class Hourly:
    """Opens sessions of an hour for live claims, and counts them."""

    clock: ManualClock
    claims: list[ServiceClaim] = field(default_factory=list)

    def assume_for_service(self, claim: ServiceClaim, is_live: Callable[[], bool]) -> SessionCredentials:
        if not is_live():
            raise ClaimNotLive(claim.job_id)
        self.claims.append(claim)
        return SessionCredentials(
            access_key_id=AccessKeyId(f"ASIA{len(self.claims):016}"),
            secret_access_key="secret",
            session_token="token",
            expires_at=self.clock.now() + timedelta(hours=1),
        )


def session(sessions: Hourly, is_live: Callable[[], bool] = lambda: True) -> RoleSession:
    claim = JobClaim(
        job_id=JobId("1-abc"),
        attempt=2,
        owner="worker-1",
        account=ACCOUNT,
        region="us-east-1",
        queue_arn=f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/transcode",
        settings={"Inputs": [{"FileInput": "s3://in/film.mp4"}]},
        submitted_at=sessions.clock.now(),
    )
    return RoleSession(sessions, claim, sessions.clock, is_live)  # type: ignore[arg-type]


def test_one_session_serves_until_shortly_before_it_runs_out() -> None:
    """Renewed in its last five minutes, so that no request is signed with what expires on the way."""
    clock = ManualClock()
    sessions = Hourly(clock)
    current = session(sessions)
    first = current()
    clock.advance(54 * 60)
    assert current() is first
    clock.advance(2 * 60)
    assert current() is not first
    assert len(sessions.claims) == 2


def test_the_claim_names_job_attempt_owner_and_source() -> None:
    """What the trust policy and the audit log look at."""
    sessions = Hourly(ManualClock())
    session(sessions)()
    claim = sessions.claims[0]
    assert (claim.job_id, claim.attempt, claim.owner) == ("1-abc", 2, "worker-1")
    assert (claim.source_arn, claim.source_account) == (
        f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default", ACCOUNT,
    )  # fmt: skip


def test_no_session_is_renewed_for_a_job_that_is_not_ours() -> None:
    """A canceled job gets no further credentials: the attempt stops."""
    clock = ManualClock()
    live = [True]
    current = session(Hourly(clock), lambda: live[0])
    current()
    live[0] = False
    clock.advance(3600)
    with pytest.raises(AttemptStopped):
        current()
