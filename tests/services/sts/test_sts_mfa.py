"""MFA with GetSessionToken and AssumeRole, through boto3."""

import json
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccessKeyId

ACCOUNT = "123456789012"
ANYBODY_HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LIST_JOBS = {"Effect": "Allow", "Action": "mediaconvert:ListJobs", "Resource": "*"}
PROTECTED = {**LIST_JOBS, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
MFA_FAILED = "MultiFactorAuthentication failed"


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def policy(*statements: Any) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def session_of(aws: Any, keys: Any, **parameters: Any) -> Any:
    """What GetSessionToken gives to whoever signs with `keys`."""
    given = aws.client("sts", keys).get_session_token(**parameters)["Credentials"]
    return type(keys)(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def caller(aws: Any, keys: Any) -> Any:
    """Who signs with `keys`, as the edge takes it."""
    return aws.api.ground.sessions.signing_key(AccessKeyId(keys.access_key_id)).caller


class Device:
    """An MFA device of a user. It shows another code every 30 seconds."""

    def __init__(self, aws: Any, user: str) -> None:
        self._aws = aws
        iam = aws.client("iam")
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
        self.serial_number: str = made["SerialNumber"]
        self._seed = pyotp.TOTP(made["Base32StringSeed"].decode())
        first, second = self.code(-30), self.code()
        iam.enable_mfa_device(
            UserName=user,
            SerialNumber=self.serial_number,
            AuthenticationCode1=first,
            AuthenticationCode2=second,
        )
        aws.clock.advance(60)

    def code(self, seconds: int = 0) -> str:
        """What it shows in so many seconds."""
        return self._seed.at(self._aws.clock.now() + timedelta(seconds=seconds))

    def shown(self, seconds: int = 0) -> dict[str, str]:
        """The parameters of a request that tells of it."""
        return {"SerialNumber": self.serial_number, "TokenCode": self.code(seconds)}


def test_mfa_opens_what_asks_for_it(aws: Any) -> None:
    """IAM user guide, "Configuring MFA-protected API access": neither the long-term key nor a session without it."""
    bob = aws.user("bob", PROTECTED)
    device = Device(aws, "bob")

    aws.client("mediaconvert", session_of(aws, bob, **device.shown())).list_jobs()
    for keys in (bob, session_of(aws, bob)):
        with pytest.raises(ClientError) as error:
            aws.client("mediaconvert", keys).list_jobs()
        assert refused(error)[0] == "AccessDeniedException"


def test_how_long_ago_mfa_was_is_known_at_each_request(aws: Any) -> None:
    """The same session may, and after a while it may not any more."""
    fresh = {**LIST_JOBS, "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "600"}}}
    bob = aws.user("bob", fresh)
    session = aws.client("mediaconvert", session_of(aws, bob, **Device(aws, "bob").shown()))

    session.list_jobs()
    aws.clock.advance(599)
    session.list_jobs()
    aws.clock.advance(1)
    with pytest.raises(ClientError) as error:
        session.list_jobs()
    assert refused(error)[0] == "AccessDeniedException"


def test_mfa_that_is_none(aws: Any) -> None:
    """A wrong code, one that has counted, half of it, another's device: each says so, and none gives a session."""
    bob = aws.user("bob")
    device, others = Device(aws, "bob"), Device(aws, "admin")
    sts = aws.client("sts", bob)
    used = device.shown()
    sts.get_session_token(**used)

    answers = []
    for wrong in (
        used,
        {**used, "TokenCode": device.code(300)},
        {**used, "SerialNumber": others.serial_number},
        {"SerialNumber": used["SerialNumber"]},
        {"TokenCode": used["TokenCode"]},
    ):
        with pytest.raises(ClientError) as error:
            sts.get_session_token(**wrong)
        code, status, message = refused(error)
        assert (code, status) == ("AccessDenied", 403)
        answers.append(message)

    assert answers == [
        f"{MFA_FAILED} with invalid MFA one time pass code.",
        f"{MFA_FAILED} with invalid MFA one time pass code.",
        f"{MFA_FAILED}, unable to validate MFA code.  Please verify your MFA serial number is valid and associated "
        "with this user.",
        f"{MFA_FAILED}, must provide both MFA serial number and one time pass code.",
        f"{MFA_FAILED}, must provide both MFA serial number and one time pass code.",
    ]


def test_roles_can_ask_for_mfa(aws: Any) -> None:
    """With the request that assumes the role, or by a session that had it. The role's session itself tells of none."""
    bob = aws.user("bob", ALLOW_ALL)
    statement = {
        "Effect": "Allow",
        "Principal": ANYBODY_HERE,
        "Action": "sts:AssumeRole",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
        },
    }
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=policy(statement))["Role"]["Arn"]
    device = Device(aws, "bob")

    by_request = aws.assume(role, bob, **device.shown())
    aws.clock.advance(60)
    by_session = aws.assume(role, session_of(aws, bob, **device.shown()))
    for keys in (bob, session_of(aws, bob)):
        with pytest.raises(ClientError) as error:
            aws.assume(role, keys)
        assert "because no role trust policy allows the sts:AssumeRole action" in refused(error)[2]

    for session in (by_request, by_session):
        assert caller(aws, session).context["aws:MultiFactorAuthPresent"] == "false"
        assert caller(aws, session).mfa_at is None


def test_mfa_with_assume_role_that_is_none(aws: Any) -> None:
    """A wrong code refuses whatever the role asks for; a role's session has no device; what is no code is invalid."""
    bob = aws.user("bob", ALLOW_ALL)
    role = aws.role("r", ANYBODY_HERE, ALLOW_ALL)
    device = Device(aws, "bob")

    answers = []
    for keys, shown in (
        (bob, {**device.shown(), "TokenCode": device.code(300)}),
        (bob, {"TokenCode": device.code()}),
        (aws.assume(role), device.shown()),
        (bob, {**device.shown(), "TokenCode": "letter"}),
    ):
        with pytest.raises(ClientError) as error:
            aws.assume(role, keys, **shown)
        answers.append(refused(error))

    assert [answer[0] for answer in answers] == ["AccessDenied"] * 3 + ["ValidationError"]
    assert "invalid MFA one time pass code" in answers[0][2]
    assert "must provide both" in answers[1][2]
    assert "unable to validate MFA code" in answers[2][2]


def test_mfa_opens_iam_to_a_users_session(aws: Any) -> None:
    """Which is closed to it otherwise (STS API reference, "GetSessionToken")."""
    bob = aws.user("bob", ALLOW_ALL)

    aws.client("iam", session_of(aws, bob, **Device(aws, "bob").shown())).list_users()
    with pytest.raises(ClientError) as error:
        aws.client("iam", session_of(aws, bob)).list_users()
    assert refused(error)[1] == 403


def test_guessing_codes_is_stopped(aws: Any) -> None:
    """After several wrong ones not even the right one counts for a while."""
    bob = aws.user("bob")
    device = Device(aws, "bob")
    sts = aws.client("sts", bob)

    codes = set()
    for _ in range(20):
        with pytest.raises(ClientError) as error:
            sts.get_session_token(**{**device.shown(), "TokenCode": device.code(3000)})
        codes.add(refused(error)[0])
    assert codes == {"AccessDenied", "Throttling"}
    with pytest.raises(ClientError) as right:
        sts.get_session_token(**device.shown())
    assert refused(right)[0] == "Throttling"
