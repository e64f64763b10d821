"""Whoever may not is refused, with AWS's code and a message that names who, what and on what."""

import http.client
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from acceptance.studio import Studio

pytestmark = pytest.mark.media

EDITOR = "arn:aws:iam::000000000000:user/editor"


@pytest.fixture(scope="module")
def film(server: Any, short_clip: Path) -> Studio:
    """A studio with a user, a role and a clip."""
    return Studio(server, short_clip)


def _refused(call: Callable[[], object]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_an_unsigned_request_is_refused(film: Studio, server: Any) -> None:
    """Without credentials nothing answers but a missing token."""
    client = boto3.client(
        "mediaconvert", region_name="us-east-1", endpoint_url=server.url, config=Config(signature_version=UNSIGNED)
    )

    assert _refused(client.list_queues) == (403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_a_wrong_secret_is_refused(film: Studio, server: Any) -> None:
    """A signature made with another secret does not match."""
    key = film.stranger["aws_access_key_id"]
    client = server.client("mediaconvert", aws_access_key_id=key, aws_secret_access_key="x" * 40)

    status, code, message = _refused(client.list_queues)

    assert (status, code) == (403, "InvalidSignatureException")
    assert message.startswith("The request signature we calculated does not match")


def test_an_unknown_key_is_refused(film: Studio, server: Any) -> None:
    """A key that nobody has is an invalid token."""
    client = server.client("mediaconvert", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x" * 40)

    assert _refused(client.list_queues)[:2] == (403, "UnrecognizedClientException")


def test_a_body_changed_on_the_way_is_refused(film: Studio, server: Any) -> None:
    """One changed byte in the body breaks the signature."""
    body = b'{"role":"arn:aws:iam::000000000000:role/a","settings":{}}'
    request = AWSRequest(method="POST", url=f"{server.url}/2017-08-29/jobs", data=body)
    credentials = Credentials(film.stranger["aws_access_key_id"], film.stranger["aws_secret_access_key"])
    SigV4Auth(credentials, "mediaconvert", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.request(
        "POST", "/2017-08-29/jobs", body=body.replace(b"role/a", b"role/b"), headers=dict(request.headers.items())
    )
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert (answer.status, answer.getheader("x-amzn-ErrorType")) == (403, "InvalidSignatureException")


def test_a_foreign_session_token_is_refused(film: Studio, server: Any) -> None:
    """The token of one session does not serve another session's key."""
    first, second = film.session(), film.session()
    client = server.client("sts", **{**first, "aws_session_token": second["aws_session_token"]})

    assert _refused(client.get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_a_session_key_without_its_token_is_refused(film: Studio, server: Any) -> None:
    """A temporary key alone is worth nothing."""
    session = film.session()
    session.pop("aws_session_token")

    assert _refused(server.client("sts", **session).get_caller_identity)[:2] == (403, "InvalidClientTokenId")


def test_a_user_without_create_job_is_told_so(film: Studio, server: Any) -> None:
    """The message names the user, mediaconvert:CreateJob and the queue."""
    client = film.user("no-jobs", [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}])("mediaconvert")

    assert _refused(lambda: client.create_job(Role=film.role, Settings=film.ladder())) == (
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:user/no-jobs is not authorized to perform: mediaconvert:CreateJob on resource: "
        "arn:aws:mediaconvert:us-east-1:000000000000:queues/Default because no identity-based policy allows the "
        "mediaconvert:CreateJob action",
    )


def test_a_user_without_pass_role_is_told_so(film: Studio, server: Any) -> None:
    """The message names the user, iam:PassRole and the role."""
    client = film.user("no-pass", [{"Effect": "Allow", "Action": "mediaconvert:*", "Resource": "*"}])("mediaconvert")

    assert _refused(lambda: client.create_job(Role=film.role, Settings=film.ladder())) == (
        403,
        "AccessDeniedException",
        f"User: arn:aws:iam::000000000000:user/no-pass is not authorized to perform: iam:PassRole on resource: {film.role} "
        "because no identity-based policy allows the iam:PassRole action",
    )


def test_the_submitting_user_cannot_touch_the_media(film: Studio) -> None:
    """Who may submit jobs still may neither read the input nor list its bucket."""
    s3 = film.editor("s3")
    bucket, key = film.INPUT

    assert _refused(lambda: s3.get_object(Bucket=bucket, Key=key)) == (
        403,
        "AccessDenied",
        f'User: {EDITOR} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/{key}" '
        "because no identity-based policy allows the s3:GetObject action",
    )
    assert _refused(lambda: s3.list_objects_v2(Bucket=bucket))[:2] == (403, "AccessDenied")


def test_an_explicit_deny_beats_an_allow(film: Studio, server: Any) -> None:
    """The message says that a statement denies."""
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "mediaconvert:List*", "Resource": "*"},
    ]
    client = film.user("denied", statements)("mediaconvert")

    status, code, message = _refused(client.list_queues)

    assert (status, code) == (403, "AccessDeniedException")
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_deleted_key_stops_working_at_once(film: Studio, server: Any) -> None:
    """The request after DeleteAccessKey is refused."""
    client = film.user("leaver", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])("mediaconvert")
    client.list_queues()
    iam = server.client("iam")
    key = iam.list_access_keys(UserName="leaver")["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName="leaver", AccessKeyId=key)

    assert _refused(client.list_queues)[:2] == (403, "UnrecognizedClientException")
