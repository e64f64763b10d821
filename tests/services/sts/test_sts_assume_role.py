"""AssumeRole and GetCallerIdentity, through boto3."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccessKeyId

ACCOUNT = "123456789012"
ANYBODY_HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def tagging_role(aws: Any, name: str, *actions: str) -> str:
    """A role that lets everybody of the account assume it and pass tags and a source identity, or do `actions`."""
    statement = {
        "Effect": "Allow",
        "Principal": ANYBODY_HERE,
        "Action": list(actions or ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")),
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    return arn


def test_who_one_is(aws: Any) -> None:
    """A user and a session each see their own name and id, without any permission."""
    role = aws.role("Encoder", ANYBODY_HERE)
    session = aws.client("sts", aws.assume(role, RoleSessionName="night"))
    role_id = aws.client("iam").get_role(RoleName="Encoder")["Role"]["RoleId"]
    shown = session.get_caller_identity()

    assert aws.client("sts", aws.user("bob")).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    assert shown["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/night"
    assert shown["UserId"] == f"{role_id}:night"
    assert shown["Account"] == ACCOUNT


def test_what_assume_role_gives(aws: Any) -> None:
    """A key of its own, an hour's time, and the session's names; the role's path is not in them."""
    statement = {"Effect": "Allow", "Principal": ANYBODY_HERE, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName="Encoder",
        Path="/service-role/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]

    given = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night")

    assert given["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert given["Credentials"]["Expiration"] == aws.clock.now() + timedelta(hours=1)
    assert given["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role['RoleId']}:night",
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/night",
    }
    assert "PackedPolicySize" not in given


def test_a_session_may_what_its_role_may(aws: Any) -> None:
    """And nothing of what the caller may who assumed it."""
    role = aws.role("lister", ANYBODY_HERE, {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    iam = aws.client("iam", aws.assume(role))

    iam.list_users()
    with pytest.raises(ClientError) as error:
        iam.list_roles()

    assert refused(error)[2] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/lister/session is not authorized to perform: iam:ListRoles "
        "because no identity-based policy allows the iam:ListRoles action"
    )


def test_a_session_runs_out(aws: Any) -> None:
    """To the second, and is told so."""
    session = aws.client("sts", aws.assume(aws.role("r", ANYBODY_HERE), DurationSeconds=900))

    aws.clock.advance(899)
    session.get_caller_identity()
    aws.clock.advance(1)
    with pytest.raises(ClientError) as error:
        session.get_caller_identity()

    assert refused(error) == ("ExpiredToken", 403, "The security token included in the request is expired")


def test_a_session_dies_with_its_role(aws: Any) -> None:
    """A new role of the same name does not wake it."""
    session = aws.client("sts", aws.assume(aws.role("r", ANYBODY_HERE)))
    iam = aws.client("iam")

    iam.delete_role(RoleName="r")
    with pytest.raises(ClientError) as dead:
        session.get_caller_identity()
    aws.role("r", ANYBODY_HERE)
    with pytest.raises(ClientError) as still_dead:
        session.get_caller_identity()

    assert refused(dead)[0] == refused(still_dead)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize("change", ["missing", "another", "changed"])
def test_a_key_counts_only_with_its_own_token(aws: Any, change: str) -> None:
    """Without it, or with another session's, nothing is accepted."""
    role = aws.role("r", ANYBODY_HERE)
    mine, other = aws.assume(role), aws.assume(role)
    token = {"missing": None, "another": other.session_token, "changed": mine.session_token[:-1] + "!"}[change]
    forged = type(mine)(access_key_id=mine.access_key_id, secret_access_key=mine.secret_access_key, session_token=token)

    with pytest.raises(ClientError) as error:
        aws.client("sts", forged).get_caller_identity()

    assert refused(error)[0] == "InvalidClientTokenId"


def test_the_trust_policy_alone_can_let_a_user_in(aws: Any) -> None:
    """A named user needs no policy of its own; others of the account are refused whatever theirs say."""
    bob, eve = aws.user("bob"), aws.user("eve", ALLOW_ALL)
    role = aws.role("r", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})

    aws.assume(role, bob)
    with pytest.raises(ClientError) as error:
        aws.assume(role, eve)

    assert refused(error) == (
        "AccessDenied",
        403,
        f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: sts:AssumeRole "
        "because no role trust policy allows the sts:AssumeRole action",
    )


def test_trusting_the_account_leaves_it_to_identity_policies(aws: Any) -> None:
    """Then the caller needs sts:AssumeRole on the role."""
    role = aws.role("r", ANYBODY_HERE)
    bob, eve = aws.user("bob", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}), aws.user("eve")

    aws.assume(role, bob)
    with pytest.raises(ClientError) as error:
        aws.assume(role, eve)

    assert refused(error)[2] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: sts:AssumeRole on resource: {role} "
        "because no identity-based policy allows the sts:AssumeRole action"
    )


DENY_ROLES = {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ((), "on resource: {arn} because no identity-based policy allows the sts:AssumeRole action"),
        ((ALLOW_ALL,), "because no role trust policy allows the sts:AssumeRole action"),
        ((ALLOW_ALL, DENY_ROLES), "on resource: {arn} with an explicit deny in an identity-based policy"),
    ],
)
def test_a_missing_role_answers_as_a_forbidden_one(aws: Any, statements: tuple[Any, ...], why: str) -> None:
    """Nobody learns which roles there are, whatever else he may: what he hears follows from his own policies."""
    bob = aws.user("bob", *statements)
    roles = [
        aws.role("closed", {"Service": "mediaconvert.amazonaws.com"}),
        f"arn:aws:iam::{ACCOUNT}:role/ghost",
        "arn:aws:iam::999999999999:role/closed",
    ]
    if ALLOW_ALL not in statements or DENY_ROLES in statements:
        roles.append(aws.role("open", ANYBODY_HERE))  # which would let in whoever may

    for arn in roles:
        with pytest.raises(ClientError) as error:
            aws.assume(arn, bob)
        assert refused(error) == (
            "AccessDenied",
            403,
            f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: sts:AssumeRole "
            + why.format(arn=arn),
        )


def test_what_is_no_role_at_all(aws: Any) -> None:
    """An administrator is told so; others learn nothing."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/admin"

    with pytest.raises(ClientError) as told:
        aws.assume(arn)
    with pytest.raises(ClientError) as untold:
        aws.assume(arn, aws.user("bob"))

    assert refused(told) == ("ValidationError", 400, f"{arn} is invalid")
    assert refused(untold)[0] == "AccessDenied"


def test_root_assumes_nothing(aws: Any) -> None:
    """Even where the account is trusted."""
    new = aws.api.ground.directory.accounts.create_root_key(aws.account)
    keys = type(aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)

    with pytest.raises(ClientError) as error:
        aws.assume(aws.role("r", ANYBODY_HERE), keys)

    assert refused(error) == ("AccessDenied", 403, "Roles may not be assumed by root accounts.")


def test_the_external_id_is_a_condition(aws: Any) -> None:
    """As it is for every third party that acts in one's account."""
    statement = {
        "Effect": "Allow",
        "Principal": ANYBODY_HERE,
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "secret-1"}, "StringLike": {"sts:RoleSessionName": "s*"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]

    aws.assume(role, ExternalId="secret-1")
    for wrong in ({}, {"ExternalId": "secret-2"}, {"ExternalId": "secret-1", "RoleSessionName": "other"}):
        with pytest.raises(ClientError) as error:
            aws.assume(role, **wrong)
        assert refused(error)[0] == "AccessDenied"


def test_durations(aws: Any) -> None:
    """Up to the role's maximum; an hour when one role assumes another."""
    statement = {"Effect": "Allow", "Principal": ANYBODY_HERE, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName="long",
        MaxSessionDuration=7200,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    aws.client("iam").put_role_policy(
        RoleName="long",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ALLOW_ALL]}),
    )
    session = aws.assume(role, DurationSeconds=7200)

    with pytest.raises(ClientError) as too_long:
        aws.assume(role, DurationSeconds=7201)
    with pytest.raises(ClientError) as chained:
        aws.assume(role, session, DurationSeconds=3601)

    aws.assume(role, session, DurationSeconds=3600)
    message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert refused(too_long) == ("ValidationError", 400, message)
    assert refused(chained) == (
        "ValidationError",
        400,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("ProvidedContexts", [{"ProviderArn": "arn:aws:iam::aws:contextProvider/x", "ContextAssertion": "assert"}]),
        ("MinimumSessionTokenSize", 4096),
    ],
)
def test_what_is_not_there_is_refused_by_name(aws: Any, member: str, value: Any) -> None:
    """Never ignored."""
    role = aws.role("r", ANYBODY_HERE)

    with pytest.raises(ClientError) as error:
        aws.assume(role, **{member: value})

    message = f"The parameter {member} of AssumeRole is not supported by this server."
    assert refused(error) == ("ValidationError", 400, message)
    aws.assume(role, MinimumSessionTokenSize=64)


def test_session_policies_limit(aws: Any) -> None:
    """What role and session policy both allow; the managed one is read when it counts."""
    role = aws.role("r", ANYBODY_HERE, ALLOW_ALL)
    admin = aws.client("iam")
    listing = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [listing]})
    managed = admin.create_policy(PolicyName="p", PolicyDocument=document.replace("Users", "Roles"))["Policy"]["Arn"]
    limited = aws.client("iam", aws.assume(role, Policy=document, PolicyArns=[{"arn": managed}]))

    limited.list_users()
    limited.list_roles()
    with pytest.raises(ClientError) as beyond:
        limited.list_policies()

    assert "because no session policy allows the iam:ListPolicies action" in refused(beyond)[2]


def test_a_session_policy_that_is_gone_closes_the_session(aws: Any) -> None:
    """It may have been the one that denied: without it the others allow nothing, however much they say."""
    role = aws.role("r", ANYBODY_HERE, ALLOW_ALL)
    admin = aws.client("iam")
    barring = json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW_ALL, "Effect": "Deny"}]})
    managed = admin.create_policy(PolicyName="p", PolicyDocument=barring.replace('"*"', '"iam:ListUsers"', 1))
    allowing = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW_ALL]})
    arn = managed["Policy"]["Arn"]
    limited = aws.client("iam", aws.assume(role, Policy=allowing, PolicyArns=[{"arn": arn}]))

    limited.list_roles()
    with pytest.raises(ClientError) as denied:
        limited.list_users()
    admin.delete_policy(PolicyArn=arn)
    with pytest.raises(ClientError) as still_denied:
        limited.list_users()
    with pytest.raises(ClientError) as closed:
        limited.list_roles()

    assert "with an explicit deny in a session policy" in refused(denied)[2]
    assert "because no session policy allows the iam:ListUsers action" in refused(still_denied)[2]
    assert "because no session policy allows the iam:ListRoles action" in refused(closed)[2]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": " " * 2049}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::{ACCOUNT}:policy/ghost"}]}, "ValidationError"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/IAMFullAccess"}] * 11}, "ValidationError"),
    ],
)
def test_session_policies_that_are_refused(aws: Any, parameters: dict[str, Any], code: str) -> None:
    """Broken, too large, too many or not there."""
    role = aws.role("r", ANYBODY_HERE)

    with pytest.raises(ClientError) as error:
        aws.assume(role, **parameters)

    assert refused(error)[:2] == (code, 400)


def test_packed_policy_size(aws: Any) -> None:
    """How much of the room is taken, in percent, rounded up."""
    role = aws.role("r", ANYBODY_HERE)
    given = aws.client("sts").assume_role(
        RoleArn=role, RoleSessionName="session", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMFullAccess"}]
    )

    assert given["PackedPolicySize"] == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"Policy": " " * 2049}, "Packed policy consumes 101% of allotted space, please use smaller policy."),
        (
            {"Tags": [{"Key": f"{number:0128}", "Value": "v" * 256} for number in range(6)]},
            "Packed size of session tags consumes 113% of allotted space.",
        ),
    ],
)
def test_what_takes_too_much_room(aws: Any, parameters: dict[str, Any], message: str) -> None:
    """Policies and tags share it."""
    role = tagging_role(aws, "r")

    with pytest.raises(ClientError) as error:
        aws.assume(role, **parameters)

    assert refused(error) == ("PackedPolicyTooLarge", 400, message)


def test_the_context_of_a_session(aws: Any) -> None:
    """IAM user guide, "Where you can use policy variables": no user name, the role's ARN with its path."""
    trust = {"Effect": "Allow", "Principal": ANYBODY_HERE, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName="r",
        Path="/deep/",
        Tags=[{"Key": "Team", "Value": "film"}],
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    keys = aws.assume(role["Arn"], RoleSessionName="night")

    caller = aws.api.ground.sessions.signing_key(AccessKeyId(keys.access_key_id)).caller

    assert caller.identity_id == caller.principal.unique_id == role["RoleId"]
    assert caller.session_policies is None
    assert dict(caller.context) == {
        "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/deep/r",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": f"{role['RoleId']}:night",
        "aws:TokenIssueTime": "2030-03-01T12:00:00Z",
        "aws:MultiFactorAuthPresent": "false",
        "aws:PrincipalTag/Team": "film",
    }
