"""Our own operations under `/_/`: signed and authorized like AWS's own, by whoever signs with SigV4."""

import json
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from services.conftest import ACCOUNT, ENDPOINT, Aws, Keys
from telecine.edge import landing
from telecine.testing.client import InProcess
from telecine.wire import models
from telecine.wire.http import HttpRequest, HttpResponse

MAY_LINT = {"Effect": "Allow", "Action": "access-analyzer:ValidatePolicy", "Resource": "*"}
MAY_LOOK = {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}
POLICY = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}}'


def call(
    aws: Aws, method: str, path: str, body: Any = None, *, keys: Keys | None = None, service: str = models.OWN
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a request that botocore signs."""
    keys = keys or aws.admin
    request = AWSRequest(method=method, url=f"{ENDPOINT}{path}", data=b"" if body is None else json.dumps(body))
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    botocore.auth.SigV4Auth(credentials, service, aws.region).add_auth(request)
    return answer(
        aws, method, path, tuple((name.lower(), value) for name, value in request.headers.items()), request.data
    )


def answer(
    aws: Aws, method: str, path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes | str = b""
) -> tuple[int, dict[str, Any]]:
    raw_path, _, query = path.partition("?")
    response: HttpResponse = InProcess(aws.api.pipeline).call(
        HttpRequest(
            method=method,
            raw_path=raw_path,
            raw_query=query,
            headers=(("host", "127.0.0.1:7700"), *(pair for pair in headers if pair[0] != "host")),
            client_address="127.0.0.1",
        ),
        body.encode() if isinstance(body, str) else body,
    )
    return response.status, json.loads(response.body)


def test_a_policy_is_linted(aws: Aws) -> None:
    """Findings in Access Analyzer's shape."""
    ada = aws.user("ada", MAY_LINT)
    status, found = call(aws, "POST", "/_/lint", {"policy": POLICY, "kind": "identity"}, keys=ada)

    assert status == 200
    assert [(one["findingType"], one["issueCode"]) for one in found["findings"]] == [("ERROR", "INVALID_ACTION")]
    start = found["findings"][0]["locations"][0]["span"]["start"]
    assert POLICY[start["offset"] :].startswith('"s3:GetObjekt"')
    assert found["findings"][0]["locations"][0]["path"] == [
        {"value": "Statement"},
        {"value": "Action"},
    ]


def test_whoever_may_not_lint_is_told_so(aws: Aws) -> None:
    """The sentence of every service, with the action that is missing."""
    nobody = aws.user("nobody", MAY_LOOK)
    status, found = call(aws, "POST", "/_/lint", {"policy": POLICY, "kind": "identity"}, keys=nobody)

    assert status == 403
    assert found["message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform: access-analyzer:ValidatePolicy because "
        "no identity-based policy allows the access-analyzer:ValidatePolicy action"
    )


@pytest.mark.parametrize("path", ["/_/lint", "/_/audit"])
def test_unsigned_requests_are_refused(aws: Aws, path: str) -> None:
    """As AWS's own services refuse them."""
    status, found = answer(aws, "POST" if path == "/_/lint" else "GET", path)

    assert (status, found["message"]) == (403, "Missing Authentication Token")


def test_a_signature_for_another_service_does_not_count(aws: Aws) -> None:
    """Nor does one of ours for S3."""
    status, found = call(aws, "GET", "/_/audit", service="s3")
    assert (status, "telecine" in found["message"]) == (403, True)

    assert answer_of_s3(aws) == 400


def answer_of_s3(aws: Aws) -> int:
    request = AWSRequest(method="GET", url=f"{ENDPOINT}/films", data=b"")
    botocore.auth.SigV4Auth(
        Credentials(aws.admin.access_key_id, aws.admin.secret_access_key), models.OWN, aws.region
    ).add_auth(request)
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    return (
        InProcess(aws.api.pipeline)
        .call(
            HttpRequest(method="GET", raw_path="/films", raw_query="", headers=(("host", "127.0.0.1:7700"), *headers))
        )
        .status
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "identity"}, "Value null at 'policy' failed to satisfy constraint: Member must not be null"),
        ({"policy": POLICY, "kind": "bucket"}, "Member must satisfy enum value set"),
        ({"policy": "x" * 32769, "kind": "scp"}, "Member must have length less than or equal to 32768"),
    ],
)
def test_what_breaks_the_model_is_told(aws: Aws, body: dict[str, str], told: str) -> None:
    """ValidationException, as AWS words it."""
    status, found = call(aws, "POST", "/_/lint", body)
    assert (status, told in found["message"]) == (400, True)


def flush(aws: Aws) -> None:
    """Have the audit log written; nothing is recorded after it."""
    aws.api.ground.audit.close()


def test_a_caller_finds_the_record_of_a_request(aws: Aws) -> None:
    """By its id, whole, with the trace of the denial."""
    eve = aws.user("eve")
    with pytest.raises(ClientError) as caught:
        aws.client("mediaconvert", eve).list_jobs()
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    flush(aws)
    status, found = call(aws, "GET", f"/_/audit?requestId={request_id}", keys=aws.admin)

    assert status == 200
    (record,) = found["records"]
    assert (record["eventName"], record["username"], record["errorCode"]) == (
        "ListJobs",
        "eve",
        "AccessDeniedException",
    )
    assert json.loads(record["cloudTrailEvent"])["telecine"]["trace"]["decision"] == "ImplicitDeny"
    assert "nextToken" not in found


def test_pages_hold_every_record_once_and_the_newest_first(aws: Aws) -> None:
    """A token goes on where the page before it ended, and belongs to its listing."""
    for _ in range(7):
        aws.client("sts").get_caller_identity()
        aws.clock.advance(seconds=1)
    flush(aws)
    seen: list[dict[str, Any]] = []
    path = "/_/audit?maxResults=3"
    token = ""
    for _ in range(5):
        status, found = call(aws, "GET", path + (f"&nextToken={token}" if token else ""))
        assert status == 200
        assert len(found["records"]) <= 3
        seen += found["records"]
        token = found.get("nextToken", "")
        if not token:
            break

    assert token == ""
    assert [one["eventName"] for one in seen] == ["GetCallerIdentity"] * 7
    assert len({one["eventId"] for one in seen}) == 7
    assert [one["eventTime"] for one in seen] == sorted((one["eventTime"] for one in seen), reverse=True)


def test_a_token_of_another_listing_is_refused(aws: Aws) -> None:
    """Nobody carries a position from one listing into another."""
    for _ in range(3):
        aws.client("sts").get_caller_identity()
    flush(aws)
    _, found = call(aws, "GET", "/_/audit?maxResults=1")
    for path in (f"/_/audit?requestId=x&nextToken={found['nextToken']}", "/_/audit?nextToken=x"):
        status, refused = call(aws, "GET", path)
        assert (status, "nextToken" in refused["message"]) == (400, True)


def test_records_of_other_accounts_are_not_shown(aws: Aws) -> None:
    """Whatever the request id, the log of an account is its own."""
    other = aws.api.ground.directory.accounts.create(name="other", email="root@other.example")
    key = aws.api.ground.directory.accounts.create_root_key(other.account)
    keys = Keys(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)
    mine = aws.client("sts").get_caller_identity()["ResponseMetadata"]["RequestId"]
    theirs = aws.client("sts", keys).get_caller_identity()["ResponseMetadata"]["RequestId"]
    flush(aws)

    for keys_of, shown, hidden in ((aws.admin, mine, theirs), (keys, theirs, mine)):
        assert len(call(aws, "GET", f"/_/audit?requestId={shown}", keys=keys_of)[1]["records"]) == 1
        assert call(aws, "GET", f"/_/audit?requestId={hidden}", keys=keys_of)[1]["records"] == []
        listed = call(aws, "GET", "/_/audit", keys=keys_of)[1]["records"]
        assert hidden not in {one["requestId"] for one in listed}


def test_boto3_speaks_our_own_service_too(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folder of the model on botocore's path, a client like any other."""
    monkeypatch.setenv("AWS_DATA_PATH", str(models._OWN_MODELS))
    client = aws.client(models.OWN)

    assert client.lint(policy=POLICY, kind="identity")["findings"][0]["issueCode"] == "INVALID_ACTION"
    assert client.lookup_audit(requestId="none")["records"] == []


def test_the_six_services_stay_six() -> None:
    """Our own stands beside them: no table of AWS's operations lists it."""
    assert models.OWN not in models.SERVICES
    assert landing.answer(HttpRequest(method="GET", raw_path="/_/health", raw_query="", headers=())) is not None
