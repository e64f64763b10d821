"""`telecine why` on the log of a real server: from the id in an error's answer to what to change."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from services.conftest import ACCOUNT, Aws, Keys
from telecine.cli import folder
from telecine.cli.verdict import of_record
from telecine.cli.why import UnknownId, app
from telecine.core.names import JobId
from telecine.services.sts.errors import RoleProblem
from telecine.services.sts.model import ServiceClaim

FILMS = {"Sid": "Films", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/public/*"}


def refused(aws: Aws, keys: Keys, service: str, operation: str, **parameters: Any) -> str:
    """The request id of a call that is refused."""
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service, keys), operation)(**parameters)
    request_id: str = caught.value.response["ResponseMetadata"]["RequestId"]
    return request_id


def why(aws: Aws, name: str, *options: str) -> str:
    """What the command prints."""
    aws.api.ground.audit.close()
    folder.write_endpoint(aws.folder, url="http://127.0.0.1:1", account=ACCOUNT, region="us-east-1")
    named = [name] if name else []
    result = CliRunner().invoke(app, [*named, "--data-dir", str(aws.folder), *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_denial_is_explained_and_mended(aws: Aws) -> None:
    """Who, what, when; the family; the statement that came near; the statement to write. Following it helps."""
    aws.client("s3").create_bucket(Bucket="films")
    aws.client("s3").put_object(Bucket="films", Key="private/reel.mp4", Body=b"film")
    ada = aws.user("ada", FILMS)
    request_id = refused(aws, ada, "s3", "get_object", Bucket="films", Key="private/reel.mp4")
    text = why(aws, request_id)

    for piece in (
        f"2030-03-01 12:00:00 UTC  arn:aws:iam::{ACCOUNT}:user/ada (access key {ada.access_key_id})",
        "called s3:GetObject",
        "It was refused: AccessDenied.",
        "s3:GetObject on arn:aws:s3:::films/private/reel.mp4",
        "No identity-based policy allows it",
        'statement "Films"',
        "arn:aws:s3:::films/public/*",
        "What to change:",
    ):
        assert piece in text

    (told,) = json.loads(why(aws, request_id, "--json"))
    statement = told["remedy"]["statement"]
    assert statement["Action"] == "s3:GetObject"
    assert told["record"]["requestID"] == request_id
    aws.client("iam").put_user_policy(
        UserName="ada",
        PolicyName="mended",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )

    assert aws.client("s3", ada).get_object(Bucket="films", Key="private/reel.mp4")["Body"].read() == b"film"


def test_an_explicit_deny_names_its_statement(aws: Aws) -> None:
    """With the place in the policy's text."""
    deny = {"Sid": "NoJobs", "Effect": "Deny", "Action": "mediaconvert:*", "Resource": "*"}
    eve = aws.user("eve", {"Effect": "Allow", "Action": "*", "Resource": "*"}, deny)
    text = why(aws, refused(aws, eve, "mediaconvert", "list_queues"))

    assert "A Deny applies, and a Deny outweighs every Allow" in text
    assert 'statement "NoJobs" of policy "given" (line 1,' in text


def test_a_request_that_was_answered_says_so(aws: Aws) -> None:
    """There is nothing to mend."""
    request_id = aws.client("sts").get_caller_identity()["ResponseMetadata"]["RequestId"]

    assert "It was answered: nothing was refused." in why(aws, request_id)


def test_an_error_that_is_no_denial_says_so(aws: Aws) -> None:
    """Policies had no part in it."""
    text = why(aws, refused(aws, aws.admin, "iam", "get_user", UserName="nobody"))

    assert "It failed: NoSuchEntity." in text
    assert "No policy had a say in this" in text


@pytest.mark.parametrize("name", ["5f0c7a3e-0000-4000-8000-000000000000", "1893499200000-abc123", "what is this?"])
def test_an_unknown_id_is_a_clear_error(aws: Aws, name: str) -> None:
    """It names the id and where to find the right one."""
    with pytest.raises(UnknownId, match=r"has no request|neither"):
        why(aws, name)


QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"


def session(aws: Aws, role_arn: str, job_id: str) -> Keys:
    """What the engine gets for the first attempt of a job."""
    claim = ServiceClaim(
        service="mediaconvert.amazonaws.com",
        account=ACCOUNT,
        role_arn=role_arn,
        source_arn=QUEUE,
        source_account=ACCOUNT,
        session_name=f"MediaConvert-{job_id}",
        job_id=JobId(job_id),
        attempt=1,
        owner="worker",
    )
    given = aws.api.ground.sessions.assume_for_service(claim, lambda: True)
    return Keys(
        access_key_id=given.access_key_id,
        secret_access_key=given.secret_access_key,
        session_token=given.session_token,
    )


def test_a_job_tells_what_its_role_lacked(aws: Aws) -> None:
    """Each refusal of its sessions once, with its count; what others were refused is left out."""
    aws.client("s3").create_bucket(Bucket="films")
    role = aws.role("Encoder", {"Service": "mediaconvert.amazonaws.com"}, FILMS)
    job, other = (aws.api.ground.ids.job_id(aws.clock.now()) for _ in range(2))
    keys = session(aws, role, job)
    for _ in range(3):
        refused(aws, keys, "s3", "get_object", Bucket="films", Key="private/reel.mp4")
    refused(aws, session(aws, role, other), "s3", "list_objects_v2", Bucket="films")
    text = why(aws, job)

    assert f"Job {job}: 3 requests were refused of 4 that its sessions made." in text
    assert text.count("It was refused: AccessDenied.") == 1
    assert "The same 2 times more" in text
    assert f"an identity-based policy of the role Encoder (arn:aws:iam::{ACCOUNT}:role/Encoder)" in " ".join(
        text.split()
    )
    assert "ListBucket" not in text


def test_a_job_tells_why_its_role_could_not_be_assumed(aws: Aws) -> None:
    """With the statement that the trust policy lacks."""
    role = aws.role("Encoder", {"Service": "ec2.amazonaws.com"})
    job = aws.api.ground.ids.job_id(aws.clock.now())
    with pytest.raises(RoleProblem):
        session(aws, role, job)
    text = why(aws, job)

    assert f"mediaconvert.amazonaws.com, for job {job}" in text
    assert "The role's trust policy does not allow it" in text
    assert '"Service": "mediaconvert.amazonaws.com"' in text


def test_a_job_without_a_role_says_so(aws: Aws) -> None:
    """There was no policy to ask."""
    job = aws.api.ground.ids.job_id(aws.clock.now())
    with pytest.raises(RoleProblem):
        session(aws, f"arn:aws:iam::{ACCOUNT}:role/Nobody", job)

    assert "There is no such role. Name one that exists in the job's Role." in why(aws, job)


def test_a_refusal_without_a_policy_is_the_last_one_too(aws: Aws) -> None:
    """Some calls are refused whatever policies say."""
    ada = aws.user("ada", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    refused(aws, aws.user("eve"), "iam", "list_roles")
    aws.clock.advance(1)
    given = aws.client("sts", ada).get_session_token()["Credentials"]
    keys = Keys(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    refused(aws, keys, "sts", "get_session_token")
    text = why(aws, "")

    assert "called sts:GetSessionToken" in text
    assert "It was refused: AccessDenied." in text
    assert "No policy had a say in this" in text


def test_across_accounts_it_says_who_must_allow() -> None:
    """The resource's own policy, which need not exist in one account."""
    record = {
        "eventTime": "2030-03-01T12:00:00Z",
        "errorCode": "AccessDenied",
        "telecine": {
            "action": "s3:ListBucket",
            "resource": "arn:aws:s3:::films",
            "trace": {
                "decision": "ImplicitDeny",
                "blockedBy": "resource",
                "request": {"account": "222233334444", "resourceAccount": ACCOUNT, "action": "s3:ListBucket"},
            },
        },
    }
    text = " ".join(of_record(record).split())

    assert "The resource's own policy does not allow it, or it has none." in text
    assert f"It must, because 222233334444 asks for what belongs to {ACCOUNT}." in text


def test_without_an_id_it_tells_of_the_last_refusal(aws: Aws) -> None:
    """The newest refused request, whatever was allowed since."""
    ada = aws.user("ada", FILMS)
    refused(aws, ada, "iam", "list_users")
    last = refused(aws, ada, "iam", "list_roles")
    aws.client("iam").list_users()

    (told,) = json.loads(why(aws, "", "--json"))
    assert told["record"]["requestID"] == last
    assert "iam:ListRoles" in why(aws, "")
