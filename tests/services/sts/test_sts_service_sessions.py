"""Sessions for a service that runs a job: the one door through which a role is lent to the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from telecine.core.names import AccessKeyId, AccountId, JobId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.policy import PrincipalKind
from telecine.seal import RootKey
from telecine.services.iam.directory import Directory
from telecine.services.sts.errors import ClaimNotLive, RoleProblem, RoleProblemKind
from telecine.services.sts.model import ServiceAssumption, ServiceClaim, SessionCredentials
from telecine.services.sts.sessions import Sessions
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Encoder"
ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@dataclass
class World:
    """Directory and sessions on one database, and what they recorded."""

    database: Database
    clock: ManualClock = field(default_factory=ManualClock)
    records: list[ServiceAssumption] = field(default_factory=list)

    def __post_init__(self) -> None:
        root_key, ids = RootKey(b"k" * 32), seeded_ids()
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        pages = PageTokens(b"p" * 32)
        self.directory = Directory(self.database, root_key, self.clock, ids, pages, passwords=cheap)
        self.sessions = Sessions(self.database, self.directory, root_key, self.clock, ids, record=self.records.append)
        self.bootstrap = self.directory.bootstrap(ACCOUNT)

    def role(self, principal: Mapping[str, Any], condition: Mapping[str, Any] | None = None) -> None:
        """The role `Encoder`, which `principal` may assume under `condition`."""
        statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        if condition is not None:
            statement["Condition"] = condition
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.directory.roles.create(ACCOUNT, "Encoder", document, path="/service-role/")

    def assume(self, *, is_live: bool = True, **changes: Any) -> SessionCredentials:
        """What the engine gets for the first attempt of a job."""
        usual: dict[str, Any] = {
            "service": "mediaconvert.amazonaws.com",
            "account": ACCOUNT,
            "role_arn": ROLE,
            "source_arn": QUEUE,
            "source_account": ACCOUNT,
            "session_name": "MediaConvert-job-1",
            "job_id": JobId("job-1"),
            "attempt": 1,
            "owner": "worker-1",
        }
        return self.sessions.assume_for_service(ServiceClaim(**{**usual, **changes}), lambda: is_live)


@pytest.fixture
def world(sqlite: Database) -> World:
    """A new account."""
    return World(sqlite)


MEDIACONVERT = {"Service": "mediaconvert.amazonaws.com"}


def test_a_trusted_service_gets_a_session_of_the_role(world: World) -> None:
    """It is the role's session like any other: one hour, under the role's policies, no service any more."""
    world.role(MEDIACONVERT)

    given = world.assume()
    key = world.sessions.signing_key(given.access_key_id)

    assert given.expires_at == world.clock.now() + timedelta(hours=1)
    assert key is not None
    assert key.secret_access_key == given.secret_access_key
    assert key.caller.principal.kind is PrincipalKind.ASSUMED_ROLE
    assert key.caller.principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/MediaConvert-job-1"
    assert key.caller.context["aws:PrincipalArn"] == ROLE


@pytest.mark.parametrize(
    ("condition", "is_trusted"),
    [
        ({"ArnLike": {"aws:SourceArn": QUEUE}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:mediaconvert:*:{ACCOUNT}:*"}}, True),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": QUEUE}}, True),
        ({"ArnLike": {"aws:SourceArn": QUEUE.replace("Default", "other")}}, False),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, False),
        ({"StringEquals": {"sts:ExternalId": "x"}}, False),
    ],
)
def test_the_source_counts(world: World, condition: dict[str, Any], is_trusted: bool) -> None:
    """MediaConvert user guide, "Cross-service confused deputy prevention": SourceArn is the queue's."""
    world.role(MEDIACONVERT, condition)

    if is_trusted:
        world.assume()
    else:
        with pytest.raises(RoleProblem) as error:
            world.assume()
        assert error.value.kind is RoleProblemKind.NOT_TRUSTED


@pytest.mark.parametrize(
    ("principal", "changes", "kind"),
    [
        ({"Service": "lambda.amazonaws.com"}, {}, RoleProblemKind.NOT_TRUSTED),
        ({"AWS": str(ACCOUNT)}, {}, RoleProblemKind.NOT_TRUSTED),
        (MEDIACONVERT, {"role_arn": "Encoder"}, RoleProblemKind.MALFORMED),
        (MEDIACONVERT, {"role_arn": f"arn:aws:iam::{ACCOUNT}:user/Encoder"}, RoleProblemKind.MALFORMED),
        (MEDIACONVERT, {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/Encoder"}, RoleProblemKind.MISSING),
        (MEDIACONVERT, {"role_arn": ROLE.replace("Encoder", "encoder")}, RoleProblemKind.MISSING),
        (MEDIACONVERT, {"role_arn": ROLE.replace(ACCOUNT, "999999999999")}, RoleProblemKind.MISSING),
        (MEDIACONVERT, {"account": AccountId("999999999999")}, RoleProblemKind.MISSING),
    ],
)
def test_what_is_wrong_with_a_role(
    world: World, principal: dict[str, str], changes: dict[str, Any], kind: RoleProblemKind
) -> None:
    """Three kinds, which become three job errors; each is on the record, with what the trust policy said."""
    world.role(principal)

    with pytest.raises(RoleProblem) as error:
        world.assume(**changes)

    assert error.value.kind is kind
    assert [(made.problem, made.access_key_id) for made in world.records] == [(str(kind), None)]
    assert bool(world.records[0].trace) == (kind is RoleProblemKind.NOT_TRUSTED)


def test_every_session_for_a_service_is_on_the_record(world: World) -> None:
    """With the job's attempt and the new key."""
    world.role(MEDIACONVERT)

    given = world.assume(attempt=3)

    (made,) = world.records
    assert (made.access_key_id, made.problem, made.claim.attempt) == (given.access_key_id, None, 3)
    assert made.trace["decision"] == "Allow"


def test_a_dead_claim_gets_nothing(world: World) -> None:
    """Another worker may have the job by now."""
    world.role(MEDIACONVERT)

    with pytest.raises(ClaimNotLive):
        world.assume(is_live=False)

    assert [made.problem for made in world.records] == ["not live"]


def test_a_role_that_loses_its_trust_is_not_lent_again(world: World) -> None:
    """A renewal asks the trust policy anew."""
    world.role(MEDIACONVERT)
    world.assume()
    other = {"Effect": "Allow", "Principal": {"AWS": str(ACCOUNT)}, "Action": "sts:AssumeRole"}
    world.directory.roles.set_trust_policy(
        ACCOUNT, "Encoder", json.dumps({"Version": "2012-10-17", "Statement": [other]})
    )

    with pytest.raises(RoleProblem):
        world.assume()


def test_no_wire_credential_ever_yields_a_service_principal(world: World) -> None:
    """Whatever signs a request, a user's key, root's, a session's or a service's session, is no service.

    Trusting a service therefore lets nobody in who comes over the wire.
    """
    world.role(MEDIACONVERT)
    assert world.bootstrap is not None
    user = world.directory.users.create(ACCOUNT, "mediaconvert.amazonaws.com")
    world.directory.permissions.put(user, "p", ALLOW_ALL)
    role = world.directory.roles.find(ACCOUNT, "Encoder")
    assert role is not None
    credentials = [
        world.bootstrap.key.key.access_key_id,
        world.directory.keys.create(ACCOUNT, user).key.access_key_id,
        world.directory.accounts.create_root_key(ACCOUNT).key.access_key_id,
        world.sessions.assume_role(role, "mediaconvert.amazonaws.com", seconds=900).credentials.access_key_id,
        world.assume().access_key_id,
    ]

    kinds = []
    for access_key_id in credentials:
        key = world.sessions.signing_key(AccessKeyId(access_key_id))
        assert key is not None
        kinds.append(key.caller.principal.kind)
        assert key.caller.context["aws:PrincipalIsAWSService"] == "false"
        assert (key.caller.principal.arn or "").startswith("arn:")

    assert kinds == [
        PrincipalKind.USER,
        PrincipalKind.USER,
        PrincipalKind.ROOT,
        PrincipalKind.ASSUMED_ROLE,
        PrincipalKind.ASSUMED_ROLE,
    ]
