"""Console sessions: who is signed in, the credentials they get, and what ends them."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import func, select

from telecine.services.iam.model import SignedIn, SignInSource
from telecine.services.sts.errors import MustChangePassword, NotSignedIn
from telecine.services.sts.tables import CONSOLE_SESSIONS

ACCOUNT = "123456789012"
PASSWORD = "Correct-Horse-7"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class Browser:
    """Somebody at the console."""

    def __init__(self, aws: Any, name: str | None, *, with_mfa: bool = False, **changes: Any) -> None:
        """`name` is a user with a password, None the root user."""
        now = aws.clock.now()
        directory = aws.api.ground.directory
        who = SignedIn(
            account=aws.account,
            user=None if name is None else directory.users.get(aws.account, name),
            at=now,
            mfa_at=now if with_mfa else None,
            must_change_password=False,
        )
        self._aws = aws
        self.session = aws.api.console_sessions.sign_in(replace(who, **changes))

    def who(self) -> Any:
        """Who is signed in."""
        return self._aws.api.console_sessions.who(self.session.token)

    def keys(self) -> Any:
        """New credentials."""
        given = self._aws.api.console_sessions.credentials(self.session.token)
        return type(self._aws.admin)(
            access_key_id=given.access_key_id,
            secret_access_key=given.secret_access_key,
            session_token=given.session_token,
        )

    def is_signed_in(self) -> bool:
        """Whether the session still gives credentials, and says who it is."""
        try:
            self.who()
        except NotSignedIn:
            with pytest.raises(NotSignedIn):
                self.keys()
            return False
        self.keys()
        return True


@pytest.fixture
def bob(aws: Any) -> Browser:
    """A user who may do everything, signed in."""
    aws.user("bob", ALLOW_ALL)
    aws.client("iam").create_login_profile(UserName="bob", Password=PASSWORD)
    return Browser(aws, "bob")


def test_the_console_acts_as_the_user(aws: Any, bob: Browser) -> None:
    """With temporary credentials to which all is open that the user may, IAM and STS among it."""
    keys = bob.keys()
    caller = aws.api.ground.sessions.signing_key(keys.access_key_id).caller

    assert aws.client("sts", keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/bob"
    aws.client("iam", keys).list_users()
    aws.client("sts", keys).get_access_key_info(AccessKeyId=keys.access_key_id)
    assert (caller.is_temporary, caller.is_limited) == (True, False)
    assert caller.context["aws:MultiFactorAuthPresent"] == "false"
    assert (bob.who().user.name, bob.who().mfa_at) == ("bob", None)


def test_mfa_goes_from_the_sign_in_into_the_credentials(aws: Any, bob: Browser) -> None:
    """And counts from the sign-in, however often they are renewed."""
    fresh = {**ALLOW_ALL, "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}}
    aws.user("ada", fresh)
    aws.client("iam").create_login_profile(UserName="ada", Password=PASSWORD)
    ada = Browser(aws, "ada", with_mfa=True)

    aws.client("iam", ada.keys()).list_users()
    aws.clock.advance(3600)
    with pytest.raises(ClientError):
        aws.client("iam", ada.keys()).list_users()


def test_credentials_last_an_hour_and_are_renewed(aws: Any, bob: Browser) -> None:
    """Until the session runs out, after 12 hours: then neither."""
    sessions, token = aws.api.console_sessions, bob.session.token
    start = aws.clock.now()

    assert bob.session.expires_at == start + timedelta(hours=12)
    assert sessions.credentials(token).expires_at == start + timedelta(hours=1)
    aws.clock.advance(11 * 3600 + 1800)
    assert sessions.credentials(token).expires_at == start + timedelta(hours=12)
    aws.clock.advance(1799)
    last = bob.keys()
    aws.clock.advance(1)
    assert not bob.is_signed_in()
    with pytest.raises(ClientError) as error:
        aws.client("sts", last).get_caller_identity()
    assert error.value.response["Error"]["Code"] == "ExpiredToken"


def test_renewed_credentials_are_as_old_as_the_sign_in(aws: Any, bob: Browser) -> None:
    """So a policy that revokes what is older than now ends the session's use as well."""
    aws.clock.advance(600)
    revoke = {
        **ALLOW_ALL,
        "Effect": "Deny",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2030-03-01T12:10:00Z"}},
    }
    directory = aws.api.ground.directory
    user = directory.users.get(aws.account, "bob")
    aws.client("iam", bob.keys()).list_users()
    directory.permissions.put(user, "revoke", json.dumps({"Version": "2012-10-17", "Statement": [revoke]}))

    with pytest.raises(ClientError):
        aws.client("iam", bob.keys()).list_users()
    aws.client("iam", Browser(aws, "bob").keys()).list_users()


def test_signing_out(aws: Any, bob: Browser) -> None:
    """Ends this session and no other; credentials that were given run out by themselves."""
    other, keys = Browser(aws, "bob"), bob.keys()

    aws.api.console_sessions.sign_out(bob.session.token)
    aws.api.console_sessions.sign_out(bob.session.token)

    assert not bob.is_signed_in()
    assert other.is_signed_in()
    aws.client("sts", keys).get_caller_identity()


@pytest.mark.parametrize("end", ["password changed", "password taken away", "password given anew", "user deleted"])
def test_what_ends_a_users_sessions(aws: Any, bob: Browser, end: str) -> None:
    """From the next look on; whoever signs in afterwards is signed in."""
    iam = aws.client("iam")
    aws.clock.advance(60)
    if end == "password changed":
        iam.update_login_profile(UserName="bob", Password=PASSWORD + "!")
    else:
        iam.delete_login_profile(UserName="bob")
    if end == "password given anew":
        iam.create_login_profile(UserName="bob", Password=PASSWORD)
    if end == "user deleted":
        for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="bob", PolicyName="given")
        iam.delete_user(UserName="bob")

    assert not bob.is_signed_in()
    if end in {"password changed", "password given anew"}:
        assert Browser(aws, "bob").is_signed_in()


def test_the_root_user_at_the_console(aws: Any) -> None:
    """As root, until its password changes."""
    accounts = aws.api.ground.directory.accounts
    accounts.set_root_password(aws.account, PASSWORD)
    browser = Browser(aws, None)

    assert aws.client("sts", browser.keys()).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    aws.client("iam", browser.keys()).list_users()
    assert browser.who().user is None
    aws.clock.advance(1)
    accounts.set_root_password(aws.account, PASSWORD + "!")
    assert not browser.is_signed_in()
    assert Browser(aws, None).is_signed_in()


def test_who_must_change_the_password_is_not_signed_in(aws: Any, bob: Browser) -> None:
    """That comes first."""
    with pytest.raises(MustChangePassword):
        Browser(aws, "bob", must_change_password=True)


@pytest.mark.parametrize("token", ["", "x" * 64])
def test_tokens_that_are_none(aws: Any, bob: Browser, token: str) -> None:
    """Nobody is behind them."""
    with pytest.raises(NotSignedIn):
        aws.api.console_sessions.who(token)


def test_only_the_digest_of_a_token_is_stored(aws: Any, bob: Browser) -> None:
    """Whoever reads the database is not signed in; sessions that ran out go with the next sign-in."""
    database = aws.api.ground.database
    with database.read() as connection:
        (row,) = [str(tuple(row)) for row in connection.execute(select(CONSOLE_SESSIONS))]
    assert bob.session.token not in row
    assert bob.session.token not in repr(bob.session)

    aws.clock.advance(12 * 3600 + 1)
    Browser(aws, "bob")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(CONSOLE_SESSIONS)).scalar_one() == 1


def test_a_real_sign_in_opens_a_session(aws: Any, bob: Browser) -> None:
    """What the directory found out about somebody with a password is what the console needs."""
    signed_in = aws.api.ground.directory.sign_in.check(
        aws.account, "bob", PASSWORD, source=SignInSource(address="127.0.0.1")
    )
    session = aws.api.console_sessions.sign_in(signed_in)

    assert aws.api.console_sessions.who(session.token).user.name == "bob"
