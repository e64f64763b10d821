"""What each kind of caller brings along: the condition keys that policies see of it, and what its session keeps it from.

IAM user guide, "AWS global condition context keys" and "Where you can use policy variables" (the table of request
values). A key that a kind of caller does not have is absent, which conditions tell from every value.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from telecine.policy import Request
from telecine.services import deciding

Aws = Any  # the fixture of tests/services/conftest.py

ACCOUNT = "123456789012"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW_ALL]})
TAGS = [{"Key": "team", "Value": "night"}]
KEPT_OUT = ("InvalidClientTokenId", 403, "The security token included in the request is invalid.")

EVERYBODY = {
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:UserAgent",
    "aws:ViaAWSService",
}
"""What every request has, whoever sends it; `aws:UserAgent` because boto3 says what it is."""


@dataclass
class Callers:
    """Credentials of every kind, by name."""

    aws: Aws

    def keys(self, answer: Any) -> Any:
        given = answer["Credentials"]
        return type(self.aws.admin)(
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
            session_token=given["SessionToken"],
        )

    def user(self) -> Any:
        """The user `ada`, of whom everything is allowed, with a tag."""
        keys = self.aws.user("ada", ALLOW_ALL)
        self.aws.client("iam").tag_user(UserName="ada", Tags=TAGS)
        return keys

    def root(self) -> Any:
        new = self.aws.api.ground.directory.accounts.create_root_key(self.aws.account)
        return type(self.aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)

    def user_session(self, **parameters: Any) -> Any:
        return self.keys(self.aws.client("sts", self.user()).get_session_token(**parameters))

    def user_session_with_mfa(self) -> Any:
        """A session that was opened with an MFA device a minute ago."""
        user, iam = self.user(), self.aws.client("iam")
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ada")["VirtualMFADevice"]
        code = pyotp.TOTP(device["Base32StringSeed"].decode())
        now = self.aws.clock.now()
        iam.enable_mfa_device(
            UserName="ada",
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=code.at(now - timedelta(seconds=30)),
            AuthenticationCode2=code.at(now),
        )
        self.aws.clock.advance(60)
        shown = {"SerialNumber": device["SerialNumber"], "TokenCode": code.at(self.aws.clock.now())}
        session = self.keys(self.aws.client("sts", user).get_session_token(**shown))
        self.aws.clock.advance(60)
        return session

    def root_session(self) -> Any:
        return self.keys(self.aws.client("sts", self.root()).get_session_token())

    def federated(self) -> Any:
        sts = self.aws.client("sts", self.user())
        return self.keys(sts.get_federation_token(Name="Carol", Policy=POLICY))

    def role_session(self, **parameters: Any) -> Any:
        iam = self.aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}
        role = iam.create_role(
            RoleName="Night",
            Path="/crew/",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
            Tags=TAGS,
        )["Role"]["Arn"]
        iam.put_role_policy(RoleName="Night", PolicyName="all", PolicyDocument=POLICY)
        return self.aws.assume(role, RoleSessionName="shift", **parameters)

    def tagged_role_session(self) -> Any:
        tags = [{"Key": "Team", "Value": "day"}, {"Key": "film", "Value": "reel"}]
        return self.role_session(Tags=tags, SourceIdentity="ada")


@pytest.fixture
def callers(aws: Aws) -> Callers:
    return Callers(aws)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The questions that reach the policy engine, as they are decided on."""
    found: list[Request] = []
    evaluate = deciding.evaluate

    def noted(request: Request, policies: Any) -> Any:
        found.append(request)
        return evaluate(request, policies)

    monkeypatch.setattr(deciding, "evaluate", noted)
    return found


KINDS: list[tuple[str, dict[str, str]]] = [
    (
        "user",
        {
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "aws:PrincipalType": "User",
            "aws:PrincipalTag/team": "night",
            "aws:userid": "<ada>",
            "aws:username": "ada",
        },
    ),
    (
        "root",
        {
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:root",
            "aws:PrincipalType": "Account",
            "aws:userid": ACCOUNT,
        },
    ),
    (
        "user_session",
        {
            "aws:MultiFactorAuthPresent": "false",
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "aws:PrincipalType": "User",
            "aws:PrincipalTag/team": "night",
            "aws:TokenIssueTime": "<now>",
            "aws:userid": "<ada>",
            "aws:username": "ada",
        },
    ),
    (
        "user_session_with_mfa",
        {
            "aws:MultiFactorAuthAge": "60",
            "aws:MultiFactorAuthPresent": "true",
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "aws:PrincipalType": "User",
            "aws:PrincipalTag/team": "night",
            "aws:TokenIssueTime": "<a minute ago>",
            "aws:userid": "<ada>",
            "aws:username": "ada",
        },
    ),
    (
        "root_session",
        {
            "aws:MultiFactorAuthPresent": "false",
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:root",
            "aws:PrincipalType": "Account",
            "aws:TokenIssueTime": "<now>",
            "aws:userid": ACCOUNT,
        },
    ),
    (
        "federated",
        {
            "aws:MultiFactorAuthPresent": "false",
            "aws:PrincipalArn": f"arn:aws:sts::{ACCOUNT}:federated-user/Carol",
            "aws:PrincipalType": "FederatedUser",
            "aws:PrincipalTag/team": "night",
            "aws:TokenIssueTime": "<now>",
            "aws:userid": f"{ACCOUNT}:Carol",
        },
    ),
    (
        "role_session",
        {
            "aws:MultiFactorAuthPresent": "false",
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/crew/Night",
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalTag/team": "night",
            "aws:TokenIssueTime": "<now>",
            "aws:userid": "<Night>:shift",
        },
    ),
    (
        "tagged_role_session",
        {
            "aws:MultiFactorAuthPresent": "false",
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/crew/Night",
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalTag/Team": "day",
            "aws:PrincipalTag/film": "reel",
            "aws:SourceIdentity": "ada",
            "aws:TokenIssueTime": "<now>",
            "aws:userid": "<Night>:shift",
        },
    ),
]


@pytest.mark.parametrize(("kind", "own"), KINDS, ids=[kind for kind, _ in KINDS])
def test_the_context_of_each_kind_of_caller(
    aws: Aws, callers: Callers, asked: list[Request], kind: str, own: dict[str, str]
) -> None:
    """Exactly these keys reach the engine, with these values, and no other."""
    keys = getattr(callers, kind)()
    client = aws.client("mediaconvert", keys, user_agent="reel/1")
    asked.clear()
    client.list_queues()

    now = aws.clock.now()
    (request,) = asked
    common = {
        "aws:CurrentTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalIsAWSService": "false",
        "aws:RequestedRegion": "us-east-1",
        "aws:ResourceAccount": ACCOUNT,
        "aws:SecureTransport": "false",
        "aws:SourceIp": "127.0.0.1",
        "aws:UserAgent": "reel/1",
        "aws:ViaAWSService": "false",
    }
    iam = aws.client("iam")
    meant = {
        "<now>": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "<a minute ago>": f"{now - timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}",
    }
    if "ada" in str(own):
        meant["<ada>"] = "" if "Night" in str(own) else iam.get_user(UserName="ada")["User"]["UserId"]
    if "Night" in str(own):
        meant["<Night>:shift"] = f"{iam.get_role(RoleName='Night')['Role']['RoleId']}:shift"
    context = dict(request.context)
    assert context["aws:UserAgent"].startswith("reel/1")
    assert {**context, "aws:UserAgent": "reel/1"} == {**common, **{key: meant.get(own[key], own[key]) for key in own}}


def test_the_context_of_an_anonymous_caller(aws: Aws, asked: list[Request]) -> None:
    """Its type, `anonymous` for its account, and nothing else of a principal."""
    aws.client("s3").create_bucket(Bucket="films")
    asked.clear()
    with pytest.raises(ClientError):
        aws.client("s3", signature_version=UNSIGNED).list_objects_v2(Bucket="films")

    (request,) = asked
    assert request.principal.arn is None
    assert set(request.context) == EVERYBODY | {"s3:ResourceAccount"}
    assert request.context["aws:PrincipalType"] == "Anonymous"
    assert request.context["aws:PrincipalAccount"] == "anonymous"
    assert request.context["aws:ResourceAccount"] == ACCOUNT


def test_keys_of_the_request_itself(aws: Aws, asked: list[Request]) -> None:
    """A referer is there when one is sent, the owner of the resource whoever asks."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="films")
    s3.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header("Referer", "http://x/"))
    asked.clear()
    s3.list_objects_v2(Bucket="films")
    assert asked[0].context["aws:Referer"] == "http://x/"


def test_the_age_of_mfa_grows_with_the_session(aws: Aws, callers: Callers, asked: list[Request]) -> None:
    """Though the session is remembered: a policy may ask for MFA of the last five minutes."""
    client = aws.client("mediaconvert", callers.user_session_with_mfa())
    client.list_queues()
    aws.clock.advance(300)
    asked.clear()
    client.list_queues()
    assert asked[0].context["aws:MultiFactorAuthAge"] == "360"


def _refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize("kind", ["user_session", "root_session", "federated"])
def test_sessions_that_are_kept_out_of_iam(aws: Aws, callers: Callers, kind: str) -> None:
    """Without MFA, or federated: no operation of IAM, though policies allow every one; other services are open."""
    keys = getattr(callers, kind)()
    iam = aws.client("iam", keys)
    for call in (iam.list_users, iam.get_user, iam.list_roles, iam.get_account_summary):
        assert _refusal(call) == KEPT_OUT
    assert _refusal(iam.create_user, UserName="x") == KEPT_OUT
    assert aws.client("mediaconvert", keys).list_queues()["Queues"]
    assert aws.client("sts", keys).get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize("kind", ["user", "root", "user_session_with_mfa", "role_session"])
def test_who_may_call_iam(aws: Aws, callers: Callers, kind: str) -> None:
    """Long-term keys, role sessions, and sessions with MFA."""
    names = {user["UserName"] for user in aws.client("iam", getattr(callers, kind)()).list_users()["Users"]}
    assert "admin" in names


def test_a_federated_user_has_what_its_user_and_its_session_policies_share(aws: Aws) -> None:
    """Without a session policy it has nothing."""
    listing = {"Effect": "Allow", "Action": ["mediaconvert:List*", "sts:GetFederationToken"], "Resource": "*"}
    ada = aws.user("ada", listing)
    sts = aws.client("sts", ada)

    def federated(**parameters: Any) -> Any:
        return aws.client("mediaconvert", Callers(aws).keys(sts.get_federation_token(Name="Carol", **parameters)))

    queues = json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW_ALL, "Action": "mediaconvert:*Queue*"}]})
    assert federated(Policy=queues).list_queues()["Queues"]
    assert "no session policy allows" in _refusal(federated(Policy=queues).list_jobs)[2]
    assert "no identity-based policy allows" in _refusal(federated(Policy=queues).get_queue, Name="Default")[2]
    assert "no session policy allows" in _refusal(federated().list_queues)[2]


# ── last used ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_when_a_key_was_last_used(aws: Aws) -> None:
    """Service and region of the last request, allowed or not; `N/A` of a key that was never used."""
    iam, ada = aws.client("iam"), aws.user("ada")
    unused = iam.get_access_key_last_used(AccessKeyId=ada.access_key_id)
    assert (unused["UserName"], unused["AccessKeyLastUsed"]) == ("ada", {"ServiceName": "N/A", "Region": "N/A"})
    _refusal(aws.client("mediaconvert", ada).list_queues)
    aws.clock.advance(5)
    used = iam.get_access_key_last_used(AccessKeyId=ada.access_key_id)["AccessKeyLastUsed"]
    at = aws.clock.now() - timedelta(seconds=5)
    assert used == {"LastUsedDate": at, "ServiceName": "mediaconvert", "Region": "us-east-1"}


def test_who_may_ask_when_a_key_was_used(aws: Aws, callers: Callers) -> None:
    """iam:GetAccessKeyLastUsed on the key's user; a key of another account is as good as none."""
    ada = aws.user("ada")
    arn = f"arn:aws:iam::{ACCOUNT}:user/ada"
    reading = {"Effect": "Allow", "Action": "iam:GetAccessKeyLastUsed", "Resource": arn}
    bob = aws.client("iam", aws.user("bob", reading))
    assert bob.get_access_key_last_used(AccessKeyId=ada.access_key_id)["UserName"] == "ada"
    assert (
        f"on resource: arn:aws:iam::{ACCOUNT}:user/admin"
        in _refusal(bob.get_access_key_last_used, AccessKeyId=aws.admin.access_key_id)[2]
    )
    root = callers.root()
    assert "UserName" not in aws.client("iam").get_access_key_last_used(AccessKeyId=root.access_key_id)

    made: list[Any] = []
    accounts = aws.api.ground.directory.accounts
    accounts.create("Strangers", "root@strangers.example", "444455556666", hand_over=made.append)
    for foreign in (made[0].key.key.access_key_id, "AKIANOBODYNOBODYNOBO"):
        code, status, message = _refusal(aws.client("iam").get_access_key_last_used, AccessKeyId=foreign)
        assert (code, status) == ("AccessDenied", 403)
        assert message.endswith(f"iam:GetAccessKeyLastUsed on resource: access key {foreign}")


def test_uses_are_written_down_without_a_change_of_iam(aws: Aws, callers: Callers) -> None:
    """Roles show it too, and nothing that is remembered of IAM grows old by it."""
    session, directory = callers.role_session(), aws.api.ground.directory
    aws.client("mediaconvert", session).list_queues()
    generation = directory.generation()
    directory.flush_uses()
    assert directory.generation() == generation
    used = aws.client("iam").get_role(RoleName="Night")["Role"]["RoleLastUsed"]
    assert used == {"LastUsedDate": aws.clock.now(), "Region": "us-east-1"}
