"""An answer that is given again is the one that would be worked out anew, whatever has changed meanwhile."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from services.conftest import policy
from services.edge.reads import BODY, DENY, READ, Aws, answer, warmed
from telecine.app.api import build_api
from telecine.app.ground import Config
from telecine.core.names import RequestId
from telecine.core.seen import Seen
from telecine.policy import PolicySet, Principal, PrincipalKind, ResourcePolicy, ResourceRule, compile_policy
from telecine.services import deciding
from telecine.services.contract import Call, Caller, Signature, SignaturePlace
from telecine.services.s3 import access
from telecine.services.s3.operations import LASTING
from telecine.testing.ids import seeded_ids


def test_a_read_that_comes_again_is_decided_once(films: Aws, decided: list[str]) -> None:
    """Another object, another query, another caller: each is a question of its own."""
    ada, bob = films.user("ada", READ), films.user("bob", READ)
    warmed(films, ada, decided)
    assert answer(films, ada, Range="bytes=0-1") == b"he"
    assert answer(films, ada, "head_object") == films.client("s3").head_object(Bucket="films", Key="a")["ETag"]
    assert answer(films, bob) == BODY
    assert decided == ["s3:GetObject"] * 4


def test_every_read_is_recorded_and_has_an_id_of_its_own(
    films: Aws, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records say the same of both, but for when and which request it was."""
    records: list[dict[str, Any]] = []
    monkeypatch.setattr(films.api.ground.audit, "write", records.append)
    s3 = films.client("s3", films.user("ada", READ))
    ids, headers = [], []
    for _ in range(3):
        got = s3.get_object(Bucket="films", Key="a")["ResponseMetadata"]
        ids.append(got["RequestId"])
        headers.append({name: value for name, value in got["HTTPHeaders"].items() if "-id" not in name})
        films.clock.advance(1)
    reads = [record for record in records if record["eventName"] == "GetObject"]
    assert [record["requestID"] for record in reads] == ids
    assert (len(set(ids)), len({record["eventID"] for record in reads})) == (3, 3)
    own = ("requestID", "eventID", "eventTime")
    assert [{key: value for key, value in read.items() if key not in own} for read in reads[1:]] == [
        {key: value for key, value in reads[0].items() if key not in own}
    ] * 2
    assert headers[1:] == headers[:1] * 2
    assert decided.count("s3:GetObject") == 1


def test_a_signature_is_verified_each_time(films: Aws, decided: list[str]) -> None:
    """Whoever knows the key's id and what was asked, but not the secret, gets nothing."""
    ada = films.user("ada", READ)
    warmed(films, ada, decided)
    assert answer(films, replace(ada, secret_access_key="guessed")) == "SignatureDoesNotMatch"


def _inactive(aws: Aws, keys: Any) -> None:
    aws.client("iam").update_access_key(UserName="ada", AccessKeyId=keys.access_key_id, Status="Inactive")


def _bounded(aws: Aws, _keys: Any) -> None:
    iam = aws.client("iam")
    arn = iam.create_policy(PolicyName="bound", PolicyDocument=policy({**READ, "Action": "iam:*"}))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=arn)


def _grouped(aws: Aws, _keys: Any) -> None:
    iam = aws.client("iam")
    iam.create_group(GroupName="outside")
    iam.put_group_policy(GroupName="outside", PolicyName="no", PolicyDocument=policy({**READ, "Effect": "Deny"}))
    iam.add_user_to_group(GroupName="outside", UserName="ada")


def _key_disabled(aws: Aws, _keys: Any) -> None:
    s3, kms = aws.client("s3"), aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    s3.put_object(Bucket="films", Key="a", Body=BODY, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    for _ in range(3):
        assert answer(aws, aws.admin) == BODY
    kms.disable_key(KeyId=key)


@pytest.mark.parametrize(
    ("change", "caller", "then"),
    [
        (
            lambda aws, _keys: aws.client("iam").delete_user_policy(UserName="ada", PolicyName="given"),
            "",
            "AccessDenied",
        ),
        (_inactive, "", "InvalidAccessKeyId"),
        (_bounded, "", "AccessDenied"),
        (_grouped, "", "AccessDenied"),
        (
            lambda aws, _keys: aws.client("s3").put_bucket_policy(Bucket="films", Policy=policy(DENY)),
            "",
            "AccessDenied",
        ),
        (lambda aws, _keys: aws.client("s3").delete_object(Bucket="films", Key="a"), "admin", "NoSuchKey"),
        (lambda aws, _keys: aws.client("s3").put_object(Bucket="films", Key="a", Body=b"new"), "", b"new"),
        (_key_disabled, "admin", "KMS.DisabledException"),
    ],
    ids=["policy", "key", "boundary", "group", "bucket policy", "deleted", "replaced", "KMS key disabled"],
)
def test_a_change_counts_from_the_next_read_on(
    films: Aws, decided: list[str], change: Callable[[Aws, Any], object], caller: str, then: Any
) -> None:
    """Whatever it was that the answer depended on."""
    keys = films.admin if caller else films.user("ada", READ)
    warmed(films, keys, decided)
    change(films, keys)
    assert [answer(films, keys) for _ in range(3)] == [then] * 3


def test_another_process_changes_it_just_as_well(films: Aws, decided: list[str]) -> None:
    """A policy that was taken away there counts for nothing here."""
    there = build_api(
        Config(data_dir=films.folder, account=films.account, region=films.region),
        clock=films.clock,
        ids=seeded_ids(99),
    )
    try:
        ada = films.user("ada", READ)
        warmed(films, ada, decided)
        replace(films, api=there).client("iam").delete_user_policy(UserName="ada", PolicyName="given")
    finally:
        there.close()
    assert answer(films, ada) == "AccessDenied"


@pytest.mark.parametrize("key", ["aws:CurrentTime", "AWS:currenttime"])
@pytest.mark.parametrize("where", ["identity", "resource"])
def test_what_is_allowed_until_a_time_is_allowed_until_then(
    films: Aws, decided: list[str], key: str, where: str
) -> None:
    """A policy that asks for the time is asked each time."""
    until = (films.clock.now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    statement = {**READ, "Resource": "arn:aws:s3:::films/*", "Condition": {"DateLessThan": {key: until}}}
    if where == "identity":
        ada = films.user("ada", statement)
    else:
        ada = films.user("ada")
        principal = {"AWS": f"arn:aws:iam::{films.account}:user/ada"}
        films.client("s3").put_bucket_policy(Bucket="films", Policy=policy({**statement, "Principal": principal}))
    assert [answer(films, ada) for _ in range(3)] == [BODY] * 3
    films.clock.advance(360)
    assert answer(films, ada) == "AccessDenied"


def test_every_condition_key_that_changes_with_time_is_known_for_it(films: Aws) -> None:
    """Of a caller who has every one of them, a moment later."""
    now = films.clock.now()
    caller = Caller(
        principal=Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::1:user/ada", account="1"),
        user_id="AIDA",
        access_key_id=None,
        mfa_at=now - timedelta(minutes=1),
    )
    call = Call(
        caller=caller,
        account=films.account,
        region=films.region,
        request_id=RequestId("1"),
        now=now,
        base_url="http://127.0.0.1",
        source_ip="127.0.0.1",
        user_agent="films",
        is_secure=True,
    )
    before = deciding.global_context(call, "http://films.invalid/")
    after = deciding.global_context(structs.replace(call, now=now + timedelta(hours=1)), "http://films.invalid/")
    signature = Signature(place=SignaturePlace.HEADER, signed_at=now, content="UNSIGNED-PAYLOAD")
    needed = [
        access.ROWS[operation](
            films.api.objects,
            structs.replace(call, now=moment, signature=structs.replace(signature, signed_at=moment)),
            {"Bucket": "films", "Key": "a"},
        )
        for operation in LASTING.operations
        for moment in (now, now + timedelta(hours=1))
    ]
    assert needed[0::2] == needed[1::2]
    changing = {key for key in before if before[key] != after[key]}
    assert changing == {"aws:CurrentTime", "aws:EpochTime", "aws:MultiFactorAuthAge"}
    for key in (*changing, "s3:signatureAge"):
        text = policy({**READ, "Condition": {"StringEquals": {key: "x"}}})
        resource = ResourcePolicy(text=text, rule=ResourceRule.SUFFICIENT)
        assert not deciding.lasts(PolicySet(resource=resource))
        everywhere = (compile_policy(text),)
        for family in ("identity", "boundary", "session", "endpoint"):
            assert not deciding.lasts(PolicySet(**{family: everywhere}))
        assert not deciding.lasts(PolicySet(scp=((), everywhere)))
        assert not deciding.lasts(PolicySet(rcp=(everywhere,)))
    steady = policy({**READ, "Condition": {"StringEquals": {"aws:username": "ada"}}})
    assert deciding.lasts(PolicySet(identity=(compile_policy(steady),)))


def test_a_variable_of_the_time_is_read_each_time(films: Aws) -> None:
    """`${aws:CurrentTime}` in a resource is another one a second later."""
    now = films.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    films.client("s3").put_object(Bucket="films", Key=now, Body=b"x")
    ada = films.user("ada", {**READ, "Resource": "arn:aws:s3:::films/${aws:CurrentTime}"})
    s3 = films.client("s3", ada)
    assert [s3.get_object(Bucket="films", Key=now)["Body"].read() for _ in range(3)] == [b"x"] * 3
    films.clock.advance(1)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="films", Key=now)


def test_a_session_ends_when_it_ends(films: Aws, decided: list[str]) -> None:
    """Nothing is committed at that moment."""
    session = films.assume(films.role("reader", {"AWS": "*"}, READ), DurationSeconds=900)
    warmed(films, session, decided)
    assert answer(films, replace(session, session_token="another")) == "InvalidToken"
    films.clock.advance(901)
    assert answer(films, session) == "ExpiredToken"


def test_a_date_in_the_future_asks_for_nothing_until_it_is_past(films: Aws) -> None:
    """S3 ignores an If-Modified-Since that lies in the future."""
    since = films.clock.now() + timedelta(minutes=5)
    assert [answer(films, None, IfModifiedSince=since) for _ in range(3)] == [BODY] * 3
    films.clock.advance(360)
    assert answer(films, None, IfModifiedSince=since) == "304"


ACTIONS: dict[str, Callable[[Aws, Any], object]] = {
    "get": answer,
    "head": lambda aws, keys: answer(aws, keys, "head_object"),
    "part": lambda aws, keys: answer(aws, keys, Range="bytes=0-0"),
    "anonymous": lambda aws, _keys: answer(aws, None, config={"signature_version": UNSIGNED}),
    "put": lambda aws, _keys: aws.client("s3").put_object(Bucket="films", Key="a", Body=aws.clock.now().isoformat()),
    "tag": lambda aws, _keys: aws.client("s3").put_object_tagging(
        Bucket="films", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": aws.clock.now().isoformat()}]}
    ),
    "remove": lambda aws, _keys: aws.client("s3").delete_object(Bucket="films", Key="a"),
    "deny": lambda aws, _keys: aws.client("s3").put_bucket_policy(Bucket="films", Policy=policy(DENY)),
    "publish": lambda aws, _keys: aws.client("s3").put_bucket_policy(
        Bucket="films", Policy=policy({**DENY, "Effect": "Allow"})
    ),
    "open": lambda aws, _keys: aws.client("s3").delete_bucket_policy(Bucket="films"),
    "forbid": lambda aws, _keys: aws.client("iam").put_user_policy(
        UserName="ada", PolicyName="given", PolicyDocument=policy({**READ, "Effect": "Deny"})
    ),
    "allow": lambda aws, _keys: aws.client("iam").put_user_policy(
        UserName="ada", PolicyName="given", PolicyDocument=policy(READ)
    ),
    "briefly": lambda aws, _keys: aws.client("iam").put_user_policy(
        UserName="ada",
        PolicyName="given",
        PolicyDocument=policy(
            {
                **READ,
                "Condition": {
                    "DateLessThan": {"aws:CurrentTime": (aws.clock.now() + timedelta(seconds=90)).isoformat()}
                },
            }
        ),
    ),
    "wait": lambda aws, _keys: aws.clock.advance(60),
}
READS = ("get", "head", "part", "anonymous")


@pytest.fixture
def ada(films: Aws) -> Any:
    """Who reads, in a bucket that may be opened to everybody."""
    films.client("s3").delete_public_access_block(Bucket="films")
    return films.user("ada", READ)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=3, max_size=14))
def test_an_answer_is_always_the_one_of_a_server_that_remembers_nothing(
    films: Aws, ada: Any, actions: list[str]
) -> None:
    """In any order of reads and changes: twice as it is, and once with all of it forgotten."""
    for action in (*actions, *READS):
        if action not in READS:
            with suppress(films.client("s3").exceptions.NoSuchKey):
                ACTIONS[action](films, ada)
            continue
        remembered = [ACTIONS[action](films, ada) for _ in range(3)]
        films.api.pipeline._precedents._known = (-1, Seen(0))
        assert [ACTIONS[action](films, ada)] * 3 == remembered
