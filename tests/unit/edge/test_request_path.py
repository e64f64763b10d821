"""The request path between authorization and the answer: routing, bodies, uploads, errors, audit."""

import dataclasses
import hashlib
import json
from typing import Any

import pytest
from msgspec import structs

from telecine.edge.arrivals import Deferred, Upload
from telecine.edge.incoming import Incoming
from telecine.edge.limits import BODY_BYTES, LONG_BODY_BYTES
from telecine.wire.http import HttpRequest, HttpResponse

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

World = Any  # the fixture of conftest.py


def _header(response: HttpResponse, name: str) -> str | None:
    return next((value for key, value in response.headers if key.lower() == name), None)


def _incoming(world: World, request: HttpRequest) -> Incoming:
    path = world.pipeline.arrive(request)
    assert isinstance(path, Upload)
    taken = world.pipeline.open(path.identified)
    assert isinstance(taken, Incoming)
    return taken


# ── operations ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("service", "method", "target", "body", "status", "operation"),
    [
        ("mediaconvert", "GET", "/2017-08-29/presets", b"", 501, "ListPresets"),
        ("s3", "GET", "/films?acl", b"", 501, "GetBucketAcl"),
        ("iam", "POST", "/", b"Action=ListGroups&Version=2010-05-08", 501, "ListGroups"),
        ("kms", "POST", "/", b"{}", 501, "Encrypt"),
    ],
)
def test_an_operation_that_is_not_built_is_refused_by_name(
    world: World, service: str, method: str, target: str, body: bytes, status: int, operation: str
) -> None:
    """Every operation of the models answers; those we have not built say which they are."""
    headers = {"X-Amz-Target": "TrentService.Encrypt"} if service == "kms" else FORM if service == "iam" else {}
    response = world.call(service, method, target, body=body, key=world.add_user("ada"), headers=headers)
    assert response.status == status
    assert operation in response.body.decode()
    assert world.records[-1]["eventName"] == operation


def test_headers_of_a_service_stand_on_every_answer_of_it(world: World) -> None:
    """On success, on uploads and on errors alike; another service's answers have none."""
    key = world.add_user("ada", ALLOW_ALL)
    for method, target, body in [("PUT", "/films/a", b"12"), ("GET", "/films/a", b""), ("GET", "/films?acl", b"")]:
        assert _header(world.call("s3", method, target, body=body, key=key), "x-from-the-service") == "always", target
    assert _header(world.call("s3", "GET", "/films/a", key=key, secret="wrong"), "x-from-the-service") == "always"
    assert _header(world.call("mediaconvert", "GET", "/2017-08-29/presets", key=key), "x-from-the-service") is None


def test_only_authenticated_callers_learn_what_is_not_built(world: World) -> None:
    """Without a good signature the answer is about the signature."""
    response = world.call("mediaconvert", "GET", "/2017-08-29/presets", key=world.add_user("ada"), secret="wrong")
    assert response.status == 403


def test_an_operation_that_aws_does_not_have_is_unknown(world: World) -> None:
    """InvalidAction, naming it."""
    body = b"Action=MakeTea&Version=2010-05-08"
    response = world.call("iam", "POST", "/", body=body, key=world.add_user("ada"), headers=FORM)
    assert response.status == 400
    assert b"MakeTea" in response.body


def test_constraints_are_checked_after_authorization(world: World) -> None:
    """A caller who may not is told so, whatever the parameters; one who may is told what is wrong with them."""
    body = b"Action=CreateUser&Version=2010-05-08&UserName=not+a+name%21"
    refused = world.call("iam", "POST", "/", body=body, key=world.add_user("eve"), headers=FORM)
    assert b"AccessDenied" in refused.body
    invalid = world.call("iam", "POST", "/", body=body, key=world.add_user("ada", ALLOW_ALL), headers=FORM)
    assert invalid.status == 400
    assert b"1 validation error detected: Value" in invalid.body


def test_an_operation_may_fail_in_its_own_words(world: World) -> None:
    """An ApiError comes out with code, message and status."""
    response = world.call("mediaconvert", "DELETE", "/2017-08-29/jobs/1", key=world.add_user("ada", ALLOW_ALL))
    assert (response.status, json.loads(response.body)["message"]) == (409, "It is too late.")
    assert _header(response, "x-amzn-errortype") == "ConflictException"


def test_a_bug_shows_the_request_id_and_nothing_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets a 500 without our text; the log has the traceback under the same id."""
    response = world.call("mediaconvert", "GET", "/2017-08-29/queues/x", key=world.add_user("ada", ALLOW_ALL))
    request_id = _header(response, "x-amzn-requestid")
    assert response.status == 500
    assert request_id
    assert b"secret" not in response.body
    assert request_id in caplog.text
    assert "a bug with a secret in its text" in caplog.text


def test_every_answer_has_a_request_id_of_its_own(world: World) -> None:
    """Successes and refusals, each new."""
    key = world.add_user("ada", ALLOW_ALL)
    responses = [world.call("mediaconvert", "GET", "/2017-08-29/queues", key=key) for _ in range(2)]
    responses.append(world.call("mediaconvert", "GET", "/2017-08-29/queues", key=key, secret="wrong"))
    ids = [_header(response, "x-amzn-requestid") for response in responses]
    assert len(set(ids)) == 3
    assert None not in ids


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_beyond_the_limit_is_refused(world: World) -> None:
    """413 for a control call, before it is parsed."""
    body = b"Action=CreateUser&Version=2010-05-08&UserName=" + b"x" * BODY_BYTES
    response = world.call("iam", "POST", "/", body=body, key=world.add_user("ada", ALLOW_ALL), headers=FORM)
    assert response.status == 413


def test_a_body_that_is_not_the_signed_one_is_refused(world: World) -> None:
    """S3 signs a hash; a control call's body must have it."""
    location = (
        b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
    )
    request = world.sign("s3", "PUT", "/films", body=location, key=world.add_user("ada", ALLOW_ALL))
    assert world.client.call(request, location).status == 200
    response = world.client.call(request, location.replace(b"eu-west-1", b"eu-west-2"))
    assert response.status == 400
    assert b"<Code>XAmzContentSHA256Mismatch</Code>" in response.body


def test_a_control_call_with_a_body_is_deferred_until_it_is_there(world: World) -> None:
    """PUT of a bucket looks like an upload, and is none: its body is asked for, with a limit."""
    request = world.sign("s3", "PUT", "/films", body=b"", key=world.add_user("ada", ALLOW_ALL))
    taken = world.pipeline.open(world.pipeline.arrive(request).identified)
    assert isinstance(taken, Deferred)
    assert taken.limit == BODY_BYTES
    assert taken.has_caller
    assert world.pipeline.resume(taken, b"").status == 200


def test_the_bodies_of_strangers_take_no_room_of_callers(world: World) -> None:
    """A call that nobody has signed waits with those that are not verified yet."""
    (s3,) = (service for service in world.services if service.name == "s3")
    world.use(dataclasses.replace(s3, takes_anonymous=True))
    request = HttpRequest(method="PUT", raw_path="/films", raw_query="", headers=(("host", "127.0.0.1"),))
    taken = world.pipeline.open(world.pipeline.arrive(request).identified)
    assert isinstance(taken, Deferred)
    assert not taken.has_caller


@pytest.mark.parametrize("change", ["key", "policy"])
def test_a_body_that_takes_its_time_meets_the_policies_of_its_end(world: World, change: str) -> None:
    """Who loses a key or a permission while the body comes has lost it for this call."""
    key = world.add_user("ada", ALLOW_ALL)
    assert world.call("s3", "PUT", "/films", key=key).status == 200  # policies and key are remembered now
    request = world.sign("s3", "PUT", "/films", body=b"", key=key)
    taken = world.pipeline.open(world.pipeline.arrive(request).identified)
    if change == "key":
        del world.keys[key]
        world.generation += 1
    else:
        world.set_policies("ada")
    assert world.pipeline.resume(taken, b"").status == 403


@pytest.mark.parametrize(
    ("service", "method", "target", "limit"),
    [
        ("s3", "GET", "/films/a", BODY_BYTES),
        ("s3", "DELETE", "/films/a", BODY_BYTES),
        ("mediaconvert", "GET", "/2017-08-29/jobs", BODY_BYTES),
        ("mediaconvert", "POST", "/2017-08-29/jobs", LONG_BODY_BYTES["mediaconvert", "CreateJob"]),
        ("iam", "POST", "/", BODY_BYTES),
    ],
)
def test_what_is_received_of_a_body_before_anybody_is_known(
    world: World, service: str, method: str, target: str, limit: int
) -> None:
    """No more than a call of this method can need."""
    request = world.sign(service, method, target, key="AKIANOBODY")
    assert world.pipeline.arrive(request).limit == limit


# ── uploads ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_upload_arrives_block_by_block(world: World) -> None:
    """The object is there after `finish`, and not before."""
    body = b"0123456789" * 1000
    incoming = _incoming(world, world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL)))
    for at in range(0, len(body), 1000):
        incoming.digest(body[at : at + 1000])
        assert incoming.write(body[at : at + 1000]) is None
    assert world.objects == {}
    response = incoming.finish()
    assert response.status == 200
    assert _header(response, "etag") == '"etag"'
    assert world.objects == {"reel": body}


@pytest.mark.parametrize("body", [b"", b"small"])
def test_an_upload_in_one_piece_is_the_same(world: World, body: bytes) -> None:
    """Also without a body at all."""
    request = world.sign("s3", "PUT", "/films/reel", body=body, key=world.add_user("ada", ALLOW_ALL))
    assert world.client.call(request, body).status == 200
    assert world.objects == {"reel": body}


def test_an_upload_is_refused_before_its_body(world: World) -> None:
    """Who may not write is told so when nothing has been received, and no sink is opened."""
    request = world.sign("s3", "PUT", "/films/reel", body=b"x", key=world.add_user("eve"))
    response = world.pipeline.open(world.pipeline.arrive(request).identified)
    assert isinstance(response, HttpResponse)
    assert response.status == 403
    assert world.aborted == []


def test_an_upload_that_is_not_the_signed_one_leaves_nothing(world: World) -> None:
    """The declared hash is compared before the object exists."""
    incoming = _incoming(
        world, world.sign("s3", "PUT", "/films/reel", body=b"one", key=world.add_user("ada", ALLOW_ALL))
    )
    incoming.digest(b"two")
    incoming.write(b"two")
    response = incoming.finish()
    assert response.status == 400
    assert hashlib.sha256(b"two").hexdigest().encode() in response.body
    assert (world.objects, world.aborted) == ({}, ["reel"])


def test_an_upload_that_is_finished_is_not_taken_back(world: World) -> None:
    """A server that stops breaks off the wait for the answer, while the object is being stored."""
    incoming = _incoming(
        world, world.sign("s3", "PUT", "/films/reel", body=b"one", key=world.add_user("ada", ALLOW_ALL))
    )
    incoming.digest(b"one")
    incoming.write(b"one")
    assert incoming.finish().status == 200
    incoming.abort()
    assert (world.objects, world.aborted) == ({"reel": b"one"}, [])


def test_a_full_disk_ends_an_upload_at_once(world: World) -> None:
    """A 500 that says nothing of the disk, and nothing is left."""
    incoming = _incoming(
        world, world.sign("s3", "PUT", "/films/reel", body=b"one", key=world.add_user("ada", ALLOW_ALL))
    )
    world.broken_disk = OSError(28, "No space left on device", "/secret/path")
    response = incoming.write(b"one")
    assert response is not None
    assert response.status == 500
    assert b"secret" not in response.body
    assert world.aborted == ["reel"]


def test_a_presigned_upload_is_taken_as_it_is(world: World) -> None:
    """A presigned URL leaves the body open: that is the signer's choice."""
    request = world.presign("s3", "PUT", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    assert world.client.call(request, b"anything").status == 200
    assert world.objects == {"reel": b"anything"}


def test_a_presigned_url_ends(world: World) -> None:
    """S3 says that the request has expired."""
    request = world.presign("s3", "PUT", "/films/reel", key=world.add_user("ada", ALLOW_ALL), seconds=60)
    world.clock.advance(61)
    response = world.client.call(request, b"anything")
    assert response.status == 403
    assert b"Request has expired" in response.body
    assert world.objects == {}


def test_a_download_is_read_to_its_end_and_closed(world: World) -> None:
    """The source's blocks are the body."""
    world.objects["reel"] = b"0123456789"
    response = world.call("s3", "GET", "/films/reel", key=world.add_user("ada", ALLOW_ALL))
    assert (response.status, response.body, world.closed) == (200, b"0123456789", 1)
    assert _header(response, "content-length") == "10"
    assert _header(response, "x-amz-request-id")
    assert _header(response, "x-amz-id-2")


# ── audit ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_is_recorded_as_cloudtrail_would(world: World) -> None:
    """Who, what, when, from where; names among the parameters, and no body."""
    key = world.add_user("ada", ALLOW_ALL)
    body = b"Action=CreateUser&Version=2010-05-08&UserName=eve&Path=/private/"
    world.call("iam", "POST", "/", body=body, key=key, headers={**FORM, "User-Agent": "reel/1"})
    (record,) = world.records
    assert record["userIdentity"] == {
        "type": "IAMUser",
        "principalId": "AIDAADAXXXXXXXXXXXXXX",
        "arn": "arn:aws:iam::111122223333:user/ada",
        "accountId": "111122223333",
        "accessKeyId": key,
        "userName": "ada",
    }
    assert record["requestParameters"] == {"userName": "eve"}
    expected = {
        "eventTime": "2030-03-01T12:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "reel/1",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    }
    assert {name: record[name] for name in expected} == expected
    assert "errorCode" not in record
    json.dumps(record)


def test_a_session_is_recorded_with_its_role(world: World) -> None:
    """The role behind a session stands in `sessionIssuer`."""
    world.caller_identity(key=world.add_session(), token="token-of-the-session")
    identity = world.records[0]["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == "arn:aws:iam::111122223333:role/service/worker"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "worker"


def test_an_attempt_with_a_wrong_secret_is_recorded(world: World) -> None:
    """The key that was claimed, and that nobody was behind it."""
    key = world.add_user("ada")
    world.caller_identity(key=key, secret="wrong")
    (record,) = world.records
    assert record["userIdentity"] == {"type": "Unknown", "accessKeyId": key}
    assert record["errorCode"] == "SignatureDoesNotMatch"


def test_every_request_leaves_one_record(world: World) -> None:
    """Whatever becomes of it: answered, refused, broken, uploaded, unreadable."""
    key = world.add_user("ada", ALLOW_ALL)
    world.call("mediaconvert", "GET", "/2017-08-29/queues", key=key)
    world.call("mediaconvert", "GET", "/2017-08-29/queues/x", key=key)
    world.call("mediaconvert", "GET", "/2017-08-29/queues", key=key, secret="wrong")
    world.call("s3", "PUT", "/films/reel", body=b"x", key=key)
    signed = world.sign("s3", "GET", "/films/reel", key=key)
    unreadable = structs.replace(signed, headers=(("host", "x"), ("authorization", "AWS4-HMAC-SHA256 what")))
    world.client.call(unreadable)
    assert len(world.records) == 5


def test_a_record_does_not_grow_with_its_request(world: World) -> None:
    """Whoever reaches the port could fill the disk."""
    key = world.add_user("ada")
    path = f"/films/{'k' * 40_000}"
    world.call("s3", "GET", path, key=key, headers={"User-Agent": "u" * 60_000})
    world.call("s3", "GET", path, key=f"A{'K' * 60_000}", headers={"User-Agent": "u" * 60_000})
    denied, unknown = world.records
    assert denied["errorCode"] == "AccessDenied"
    assert denied["errorMessage"].startswith("User: arn:aws:iam::")
    assert unknown["errorCode"] == "AuthorizationHeaderMalformed"
    assert max(len(json.dumps(record)) for record in world.records) < 8_000
