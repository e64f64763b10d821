"""GetSessionToken, GetFederationToken and GetAccessKeyInfo, through boto3."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccessKeyId
from telecine.policy import PrincipalKind

ACCOUNT = "123456789012"
ANYBODY_HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LIST_JOBS = {"Effect": "Allow", "Action": "mediaconvert:ListJobs", "Resource": "*"}


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def policy(*statements: Any) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def keys_of(aws: Any, answer: Any) -> Any:
    """The credentials of an answer of STS, as clients take them."""
    given = answer["Credentials"]
    return type(aws.admin)(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def session_of(aws: Any, keys: Any, **parameters: Any) -> Any:
    """What GetSessionToken gives to whoever signs with `keys`."""
    return keys_of(aws, aws.client("sts", keys).get_session_token(**parameters))


def federated(aws: Any, keys: Any, name: str = "Carol", **parameters: Any) -> Any:
    """What GetFederationToken gives to whoever signs with `keys`."""
    return keys_of(aws, aws.client("sts", keys).get_federation_token(Name=name, **parameters))


def root(aws: Any) -> Any:
    """The root user's long-term key."""
    new = aws.api.ground.directory.accounts.create_root_key(aws.account)
    return type(aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)


def caller(aws: Any, keys: Any) -> Any:
    """Who signs with `keys`, as the edge takes it."""
    return aws.api.ground.sessions.signing_key(AccessKeyId(keys.access_key_id)).caller


# ── GetSessionToken ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_session_token_is_the_user_itself(aws: Any) -> None:
    """Same name, same permissions, without any policy that allows it, even against one that denies it."""
    bob = aws.user("bob", LIST_JOBS, {"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    session = session_of(aws, bob)

    aws.client("mediaconvert", session).list_jobs()
    shown = aws.client("sts", session).get_caller_identity()
    assert shown["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert shown["UserId"] == aws.client("iam").get_user(UserName="bob")["User"]["UserId"]
    with pytest.raises(ClientError) as error:
        aws.client("mediaconvert", session).list_queues()
    assert refused(error)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 43_200), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 129_600}, 129_600)]
)
def test_how_long_a_users_session_lasts(aws: Any, asked: dict[str, int], seconds: int) -> None:
    """12 hours, or from 15 minutes up to 36 hours."""
    given = aws.client("sts").get_session_token(**asked)

    assert given["Credentials"]["Expiration"] == aws.clock.now() + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "seconds"), [({}, 3600), ({"DurationSeconds": 900}, 900), ({"DurationSeconds": 43_200}, 3600)]
)
def test_how_long_roots_sessions_last(aws: Any, asked: dict[str, int], seconds: int) -> None:
    """An hour at most, whatever is asked for."""
    sts = aws.client("sts", root(aws))

    for given in (sts.get_session_token(**asked), sts.get_federation_token(Name="Carol", **asked)):
        assert given["Credentials"]["Expiration"] == aws.clock.now() + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [899, 129_601])
def test_lifetimes_that_are_refused(aws: Any, seconds: int) -> None:
    """Neither shorter nor longer."""
    sts = aws.client("sts", parameter_validation=False)
    for call, more in ((sts.get_session_token, {}), (sts.get_federation_token, {"Name": "Carol"})):
        with pytest.raises(ClientError) as error:
            call(DurationSeconds=seconds, **more)
        assert refused(error)[0] == "ValidationError"


def test_the_context_of_a_users_session(aws: Any) -> None:
    """As with the long-term key, and when it was issued, and that there was no MFA: the long-term key says neither."""
    bob = aws.user("bob")
    aws.client("iam").tag_user(UserName="bob", Tags=[{"Key": "Team", "Value": "film"}])
    user_id = aws.client("iam").get_user(UserName="bob")["User"]["UserId"]

    found = caller(aws, session_of(aws, bob))

    assert (found.principal, found.identity_id) == (caller(aws, bob).principal, user_id)
    assert (found.is_temporary, found.is_limited, found.mfa_at, found.session_policies) == (True, True, None, None)
    assert dict(found.context) == {
        "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "User",
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": user_id,
        "aws:username": "bob",
        "aws:TokenIssueTime": "2030-03-01T12:00:00Z",
        "aws:MultiFactorAuthPresent": "false",
        "aws:PrincipalTag/Team": "film",
    }
    assert "aws:MultiFactorAuthPresent" not in caller(aws, bob).context


def test_roots_session(aws: Any) -> None:
    """It may what root may."""
    session = session_of(aws, root(aws))
    found = caller(aws, session)

    aws.client("mediaconvert", session).list_jobs()
    assert aws.client("sts", session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert (found.principal.kind, found.user_id, found.identity_id) == (PrincipalKind.ROOT, ACCOUNT, None)
    assert found.context["aws:PrincipalType"] == "Account"
    assert found.context["aws:MultiFactorAuthPresent"] == "false"


def test_sessions_of_users_die_with_them(aws: Any) -> None:
    """A namesake does not wake them; their keys' deletion leaves them alone."""
    iam = aws.client("iam")
    bob = aws.user("bob", ALLOW_ALL)
    sessions = [session_of(aws, bob), federated(aws, bob)]
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)

    for session in sessions:
        aws.client("sts", session).get_caller_identity()
    iam.delete_user_policy(UserName="bob", PolicyName="given")
    iam.delete_user(UserName="bob")
    aws.user("bob", ALLOW_ALL)
    for session in sessions:
        with pytest.raises(ClientError) as error:
            aws.client("sts", session).get_caller_identity()
        assert refused(error)[0] == "InvalidClientTokenId"


# ── GetFederationToken ──────────────────────────────────────────────────────────────────────────────────────────────

FEDERATE = {"Effect": "Allow", "Action": ["sts:GetFederationToken", "sts:TagSession"], "Resource": "*"}


def test_what_a_federation_token_gives(aws: Any) -> None:
    """A name of its own, and as much as the user and the session policy both allow."""
    bob = aws.user("bob", FEDERATE, LIST_JOBS)
    both = policy(LIST_JOBS, {**LIST_JOBS, "Action": "mediaconvert:ListQueues"})
    answer = aws.client("sts", bob).get_federation_token(Name="Carol", Policy=both)
    session = keys_of(aws, answer)

    assert answer["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:Carol",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/Carol",
    }
    assert answer["PackedPolicySize"] == -(-100 * len(both) // 2048)
    assert aws.client("sts", session).get_caller_identity()["UserId"] == f"{ACCOUNT}:Carol"
    aws.client("mediaconvert", session).list_jobs()
    with pytest.raises(ClientError) as error:
        aws.client("mediaconvert", session).list_queues()
    assert refused(error)[2].startswith(f"User: arn:aws:sts::{ACCOUNT}:federated-user/Carol is not authorized")
    assert "because no identity-based policy allows" in refused(error)[2]


@pytest.mark.parametrize("issuer", ["user", "root"])
def test_without_a_session_policy_nobody_may_anything(aws: Any, issuer: str) -> None:
    """Whatever the issuer may: with one, its words count."""
    keys = aws.user("bob", ALLOW_ALL) if issuer == "user" else root(aws)

    with pytest.raises(ClientError) as error:
        aws.client("mediaconvert", federated(aws, keys)).list_jobs()
    assert "because no session policy allows the mediaconvert:ListJobs action" in refused(error)[2]
    aws.client("mediaconvert", federated(aws, keys, Policy=policy(LIST_JOBS))).list_jobs()


def test_managed_session_policies_of_a_federated_user(aws: Any) -> None:
    """Those of the issuer's account; one that is not there is refused."""
    session = federated(
        aws, aws.admin, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AWSElementalMediaConvertReadOnly"}]
    )

    aws.client("mediaconvert", session).list_jobs()
    with pytest.raises(ClientError) as error:
        federated(aws, aws.admin, PolicyArns=[{"arn": f"arn:aws:iam::{ACCOUNT}:policy/ghost"}])
    assert refused(error)[0] == "ValidationError"


def test_the_context_of_a_federated_user(aws: Any) -> None:
    """No user name; the issuer's tags below the session's."""
    bob = aws.user("bob", FEDERATE)
    aws.client("iam").tag_user(UserName="bob", Tags=[{"Key": "Team", "Value": "film"}, {"Key": "Kept", "Value": "1"}])
    found = caller(aws, federated(aws, bob, Tags=[{"Key": "team", "Value": "sound"}]))
    user_id = aws.client("iam").get_user(UserName="bob")["User"]["UserId"]

    assert found.principal.kind is PrincipalKind.FEDERATED_USER
    assert found.principal.issuer_arn == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert (found.principal.unique_id, found.identity_id, found.session_policies) == (user_id, user_id, ())
    assert dict(found.context) == {
        "aws:PrincipalArn": f"arn:aws:sts::{ACCOUNT}:federated-user/Carol",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "FederatedUser",
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": f"{ACCOUNT}:Carol",
        "aws:TokenIssueTime": "2030-03-01T12:00:00Z",
        "aws:MultiFactorAuthPresent": "false",
        "aws:PrincipalTag/team": "sound",
        "aws:PrincipalTag/Kept": "1",
    }


def test_who_may_federate_whom(aws: Any) -> None:
    """The name is a resource that policies can limit; tags need sts:TagSession beside it."""
    temporary = {
        "Effect": "Allow",
        "Action": "sts:GetFederationToken",
        "Resource": f"arn:aws:sts::{ACCOUNT}:federated-user/temp-*",
    }
    bob = aws.user("bob", temporary)

    federated(aws, bob, "temp-carol")
    with pytest.raises(ClientError) as by_name:
        federated(aws, bob, "carol")
    with pytest.raises(ClientError) as by_tags:
        federated(aws, bob, "temp-carol", Tags=[{"Key": "a", "Value": "b"}])

    assert refused(by_name)[2] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: sts:GetFederationToken on resource: "
        f"arn:aws:sts::{ACCOUNT}:federated-user/carol because no identity-based policy allows the "
        "sts:GetFederationToken action"
    )
    assert "sts:TagSession" in refused(by_tags)[2]


@pytest.mark.parametrize("name", ["C", "C" * 33, "Car ol"])
def test_names_that_federated_users_cannot_have(aws: Any, name: str) -> None:
    """2 to 32 letters without spaces."""
    with pytest.raises(ClientError) as error:
        aws.client("sts", parameter_validation=False).get_federation_token(Name=name)

    assert refused(error)[0] == "ValidationError"


# ── what sessions cannot do ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["role", "user", "root", "federated"])
def test_sessions_get_no_tokens(aws: Any, kind: str) -> None:
    """Temporary credentials open no further sessions of that sort (IAM user guide, "Comparing the STS operations")."""
    keys = {
        "role": lambda: aws.assume(aws.role("r", ANYBODY_HERE, ALLOW_ALL)),
        "user": lambda: session_of(aws, aws.admin),
        "root": lambda: session_of(aws, root(aws)),
        "federated": lambda: federated(aws, aws.admin, Policy=policy(ALLOW_ALL)),
    }[kind]()
    sts = aws.client("sts", keys)

    sts.get_caller_identity()
    with pytest.raises(ClientError) as token:
        sts.get_session_token()
    with pytest.raises(ClientError) as federation:
        sts.get_federation_token(Name="Carol")
    assert refused(token) == ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials")
    assert refused(federation) == ("AccessDenied", 403, "Cannot call GetFederationToken with session credentials")


def test_what_else_of_sts_is_closed_to_sessions(aws: Any) -> None:
    """Users' sessions may assume roles and nothing more, federated users not even that; roles' sessions may more."""
    role = aws.role("r", ANYBODY_HERE, ALLOW_ALL)
    users, others = session_of(aws, aws.admin), federated(aws, aws.admin, Policy=policy(ALLOW_ALL))

    roles = aws.assume(role, users)
    aws.client("sts", roles).get_access_key_info(AccessKeyId=users.access_key_id)
    for keys in (users, others):
        with pytest.raises(ClientError) as error:
            aws.client("sts", keys).get_access_key_info(AccessKeyId=users.access_key_id)
        assert refused(error)[2] == "Cannot call GetAccessKeyInfo with session credentials"
    with pytest.raises(ClientError) as assuming:
        aws.assume(role, others)
    assert refused(assuming) == ("AccessDenied", 403, "Cannot call AssumeRole with session credentials")


def test_a_users_session_chains_roles(aws: Any) -> None:
    """The role's session lasts an hour at most."""
    statement = {"Effect": "Allow", "Principal": ANYBODY_HERE, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName="long", MaxSessionDuration=7200, AssumeRolePolicyDocument=policy(statement)
    )["Role"]["Arn"]

    aws.assume(role, DurationSeconds=7200)
    with pytest.raises(ClientError) as error:
        aws.assume(role, session_of(aws, aws.admin), DurationSeconds=3601)
    assert "role chaining" in refused(error)[2]


# ── GetAccessKeyInfo ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whose_key_it_is(aws: Any) -> None:
    """The account of any key, whatever its state; not of one that nobody has."""
    iam = aws.client("iam")
    bob = aws.user("bob")
    session = aws.assume(aws.role("r", ANYBODY_HERE))
    iam.update_access_key(UserName="bob", AccessKeyId=bob.access_key_id, Status="Inactive")
    iam.delete_role(RoleName="r")
    sts = aws.client("sts")

    for keys in (bob, session):
        assert sts.get_access_key_info(AccessKeyId=keys.access_key_id)["Account"] == ACCOUNT
    for ghost in ("AKIAAAAAAAAAAAAAAAAA", "ASIAAAAAAAAAAAAAAAAA"):
        with pytest.raises(ClientError) as error:
            sts.get_access_key_info(AccessKeyId=ghost)
        assert refused(error)[0] == "InvalidClientTokenId"


def test_asking_whose_key_it_is_needs_a_permission(aws: Any) -> None:
    """On `*`: keys are no resources."""
    nobody = aws.user("nobody")
    with pytest.raises(ClientError) as error:
        aws.client("sts", nobody).get_access_key_info(AccessKeyId=nobody.access_key_id)

    assert refused(error)[2] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform: sts:GetAccessKeyInfo "
        "because no identity-based policy allows the sts:GetAccessKeyInfo action"
    )


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("assume_root", {"TargetPrincipal": ACCOUNT, "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/x"}}),
        ("get_web_identity_token", {"Audience": ["x"], "SigningAlgorithm": "RS256"}),
        ("get_delegated_access_token", {"TradeInToken": "x"}),
    ],
)
def test_what_is_not_implemented_says_so(aws: Any, operation: str, parameters: dict[str, Any]) -> None:
    """By its name."""
    with pytest.raises(ClientError) as error:
        getattr(aws.client("sts"), operation)(**parameters)

    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert operation.replace("_", "") in refused(error)[2].lower()


# ── what sessions cannot do elsewhere, and what resources grant them ────────────────────────────────────────────────


def test_sessions_of_users_are_kept_out_of_iam(aws: Any) -> None:
    """Without MFA; federated users always; roles' sessions never (STS API reference, "GetSessionToken")."""
    bob = aws.user("bob", ALLOW_ALL)

    aws.client("iam", aws.assume(aws.role("r", ANYBODY_HERE, ALLOW_ALL), bob)).list_users()
    for keys in (session_of(aws, bob), federated(aws, bob, Policy=policy(ALLOW_ALL))):
        with pytest.raises(ClientError) as error:
            aws.client("iam", keys).list_users()
        assert refused(error)[1] == 403


def test_a_bucket_policy_can_let_a_federated_user_in(aws: Any) -> None:
    """The one whose session it names, though there is no session policy (IAM user guide, "Permissions for
    GetFederationToken")."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="productionapp")
    s3.put_object(Bucket="productionapp", Key="reel", Body=b"frames")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/Carol"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::productionapp/*",
    }
    s3.put_bucket_policy(Bucket="productionapp", Policy=policy(statement))
    bob = aws.user("bob", FEDERATE)

    carol, dave = [aws.client("s3", federated(aws, bob, name)) for name in ("Carol", "Dave")]

    assert carol.get_object(Bucket="productionapp", Key="reel")["Body"].read() == b"frames"
    with pytest.raises(ClientError) as error:
        dave.get_object(Bucket="productionapp", Key="reel")
    assert refused(error)[0] == "AccessDenied"
