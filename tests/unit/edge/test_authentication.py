"""Who calls: a good signature by a key in force, and nothing else, gets through."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from telecine.core.names import AccessKeyId
from telecine.wire.http import HttpRequest

TOKEN = "token-of-the-session"

World = Any  # the fixture of conftest.py


def test_a_signed_call_is_answered_and_knows_its_caller(world: World) -> None:
    """GetCallerIdentity tells the ARN of the user whose key signed."""
    response = world.caller_identity(key=world.add_user("ada"))
    assert response.status == 200
    assert b"<Arn>arn:aws:iam::111122223333:user/ada</Arn>" in response.body


def test_the_call_carries_what_the_operation_may_know(world: World) -> None:
    """Account, region of the signature, request id, address, user agent."""
    world.caller_identity(key=world.add_user("ada"), region="us-east-1")
    (call,) = world.calls
    assert (call.account, call.region, call.base_url) == ("111122223333", "us-east-1", "http://127.0.0.1:7700")
    assert (call.source_ip, call.is_secure, call.now) == ("127.0.0.1", False, world.clock.now())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"key": "AKIANOBODYXXXXXXXXXX"}, "InvalidClientTokenId"),
        ({"token": "none of ours"}, "InvalidClientTokenId"),
        ({"region": "ap-south-1"}, "SignatureDoesNotMatch"),
    ],
    ids=["wrong secret", "unknown key", "a token with a long-term key", "another region"],
)
def test_what_is_no_good_is_refused(world: World, change: dict[str, str], code: str) -> None:
    """Each way in which a signature is no good has AWS's own code, at 403."""
    response = world.caller_identity(**{"key": world.add_user("ada"), **change})
    assert response.status == 403
    assert f"<Code>{code}</Code>".encode() in response.body
    assert not world.calls


@pytest.mark.parametrize(
    ("service", "target", "code", "status"),
    [
        ("mediaconvert", "/2017-08-29/queues", "UnrecognizedClientException", 403),
        ("s3", "/bucket/key", "InvalidAccessKeyId", 403),
        ("kms", "/", "UnrecognizedClientException", 400),
    ],
)
def test_an_unknown_key_is_called_by_each_service_in_its_own_way(
    world: World, service: str, target: str, code: str, status: int
) -> None:
    """The code and its status follow the protocol."""
    response = world.call(service, "GET", target, key="AKIANOBODYXXXXXXXXXX")
    assert response.status == status
    assert code in str(response)


def test_an_inactive_key_is_no_key(world: World) -> None:
    """A key that was made inactive is answered like one that does not exist."""
    response = world.caller_identity(key=world.add_user("ada", is_active=False))
    assert response.status == 403
    assert b"InvalidClientTokenId" in response.body


@pytest.mark.parametrize("minutes", [-16, 16], ids=["too old", "from the future"])
def test_a_clock_that_is_off_is_refused(world: World, minutes: int) -> None:
    """More than 15 minutes either way."""
    response = world.caller_identity(key=world.add_user("ada"), at=world.clock.now() + timedelta(minutes=minutes))
    assert response.status == 403
    assert b"SignatureDoesNotMatch" in response.body


def test_a_body_that_was_changed_is_refused(world: World) -> None:
    """One more byte, and the signature is no good."""
    body = b"Action=CreateUser&Version=2010-05-08&UserName=eve"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = world.sign("iam", "POST", "/", body=body, key=world.add_user("ada", _ALLOW_ALL), headers=headers)
    assert world.client.call(request, body).status == 200
    assert world.client.call(request, body + b"x").status == 403


def test_an_unsigned_request_is_told_so(world: World) -> None:
    """MissingAuthenticationToken, or S3's AccessDenied: no operation is open to everybody."""
    headers = (("host", "127.0.0.1:7700"),)
    queues = HttpRequest(method="GET", raw_path="/2017-08-29/queues", raw_query="", headers=headers)
    assert b"Missing Authentication Token" in world.client.call(queues).body
    thing = HttpRequest(method="GET", raw_path="/bucket/key", raw_query="", headers=headers)
    assert b"<Code>AccessDenied</Code>" in world.client.call(thing).body
    assert world.key_reads == 0


def test_a_session_needs_its_own_token(world: World) -> None:
    """A temporary key is good with its token, and with no other, and not without."""
    key = world.add_session()
    assert world.caller_identity(key=key, token=TOKEN).status == 200
    assert world.caller_identity(key=key, token=TOKEN + "x").status == 403
    assert world.caller_identity(key=key).status == 403


def test_a_token_that_is_not_signed_does_not_count(world: World) -> None:
    """A token put onto a finished request changes what must be signed."""
    key = world.add_session()
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    request = world.sign("sts", "POST", "/", body=body, key=key)
    forged = structs.replace(request, headers=(*request.headers, ("x-amz-security-token", TOKEN)))
    assert world.client.call(forged, body).status == 403


def test_a_session_ends(world: World) -> None:
    """After its expiry the answer is ExpiredToken."""
    key = world.add_session(lasts=timedelta(minutes=15))
    world.clock.advance(15 * 60)
    response = world.caller_identity(key=key, token=TOKEN)
    assert response.status == 403
    assert b"<Code>ExpiredToken</Code>" in response.body


def test_a_wrong_secret_of_an_expired_session_learns_nothing_of_it(world: World) -> None:
    """Without the secret nobody is told that a session has expired."""
    key = world.add_session(lasts=timedelta(minutes=15))
    world.clock.advance(15 * 60)
    assert b"SignatureDoesNotMatch" in world.caller_identity(key=key, token=TOKEN, secret="wrong").body


def test_a_deleted_key_counts_for_nothing_from_the_next_call_on(world: World) -> None:
    """Keys are remembered, but never beyond a change of IAM."""
    key = world.add_user("ada")
    for _ in range(3):
        assert world.caller_identity(key=key).status == 200
    assert world.key_reads == 1
    del world.keys[AccessKeyId(key)]
    world.generation += 1
    assert world.caller_identity(key=key).status == 403


def test_a_session_is_read_once_and_asked_for_its_time_and_token_at_each_use(world: World) -> None:
    """It is remembered until IAM changes, never longer than it lasts, and never without its token."""
    key = world.add_session(lasts=timedelta(minutes=15))
    for _ in range(3):
        assert world.caller_identity(key=key, token=TOKEN).status == 200
    assert world.key_reads == 1
    assert b"InvalidClientTokenId" in world.caller_identity(key=key, token="another").body
    assert b"InvalidClientTokenId" in world.caller_identity(key=key).body
    world.clock.advance(15 * 60)
    assert b"ExpiredToken" in world.caller_identity(key=key, token=TOKEN).body
    assert world.key_reads == 1


def test_a_session_ends_with_a_change_of_iam_that_ends_it(world: World) -> None:
    """The role was deleted: its sessions sign nothing from the next call on."""
    key = world.add_session()
    assert world.caller_identity(key=key, token=TOKEN).status == 200
    del world.keys[AccessKeyId(key)]
    world.generation += 1
    assert world.caller_identity(key=key, token=TOKEN).status == 403


def test_that_a_key_does_not_exist_is_not_remembered(world: World) -> None:
    """A session made the next moment works, although IAM has not changed."""
    key = world.add_session()
    made = world.keys.pop(key)
    assert world.caller_identity(key=key, token=TOKEN).status == 403
    world.keys[key] = made
    assert world.caller_identity(key=key, token=TOKEN).status == 200


def test_what_is_used_is_noted(world: World) -> None:
    """Long-term keys by their id, sessions by their role; not what is refused."""
    ada, session = world.add_user("ada"), world.add_session()
    world.caller_identity(key=ada, secret="wrong")
    world.caller_identity(key=ada, region="us-east-1")
    world.caller_identity(key=session, token=TOKEN)
    now = world.clock.now()
    assert world.uses == [(ada, "sts", "us-east-1", now), ("AROAWORKERXXXXXXXXXXX", "eu-west-1", now)]


_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
