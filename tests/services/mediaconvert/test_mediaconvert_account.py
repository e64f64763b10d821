"""What belongs to the account as a whole, through boto3: input policy, certificates, versions, endpoints, shares."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccountId
from telecine.services.mediaconvert.model import InputPolicy

World = Any
Door = Any
"""The fixtures of conftest.py."""

ROLE = "arn:aws:iam::111122223333:role/service-role/MediaConvert_Default_Role"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
ALLOWED = {"HttpInputs": "ALLOWED", "HttpsInputs": "ALLOWED", "S3Inputs": "ALLOWED"}
DISALLOWED_INPUT = (
    400,
    "BadRequestException",
    "You specified an input location that your policy disallows. Specify an allowed input location and resubmit your "
    "job.",
)
SETTINGS: dict[str, Any] = {
    "Inputs": [
        {
            "FileInput": "s3://films/in/film.mp4",
            "TimecodeSource": "ZEROBASED",
            "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
        }
    ],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://films/out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": {
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000},
                        }
                    },
                }
            ],
        }
    ],
}


def _refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_without_a_policy_every_kind_of_input_is_allowed(client: Any, world: World) -> None:
    """AWS does not document what GetPolicy answers then: we say what holds."""
    assert client.get_policy()["Policy"] == ALLOWED
    assert world.lifecycle.input_policies.of(world.account) == InputPolicy(s3=True, http=True, https=True)


def test_a_policy_replaces_the_whole_one_before(client: Any, world: World) -> None:
    """What it does not name is allowed again; another account has its own; deleting it, even twice, allows all."""
    put = client.put_policy(Policy={"HttpInputs": "DISALLOWED", "S3Inputs": "ALLOWED"})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert put["Policy"] == client.get_policy()["Policy"] == {**ALLOWED, "HttpInputs": "DISALLOWED"}
    client.put_policy(Policy={"HttpsInputs": "DISALLOWED"})
    assert client.get_policy()["Policy"] == {**ALLOWED, "HttpsInputs": "DISALLOWED"}
    assert world.lifecycle.input_policies.of(world.account).allows("HTTPS://example.com/film.mp4") is False
    assert world.lifecycle.input_policies.of(AccountId("999999999999")) == InputPolicy()

    for _ in range(2):
        assert client.delete_policy()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert client.get_policy()["Policy"] == ALLOWED


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (
            {"S3Inputs": "MAYBE"},
            '/policy/s3Inputs: Should be equal to one of the allowed values in ["ALLOWED","DISALLOWED"]',
        ),
        (None, "/: policy is a required property"),
    ],
)
def test_a_policy_that_cannot_be(client: Any, policy: Any, message: str) -> None:
    """400 with the member's path."""
    members = {} if policy is None else {"Policy": policy}
    assert _refusal(client.put_policy, **members) == (400, "BadRequestException", message)


def test_a_job_with_a_disallowed_input_is_not_made(client: Any) -> None:
    """In the documented words, and without a record; what is submitted already stays."""
    client.create_job(Role=ROLE, Settings=SETTINGS)
    client.put_policy(Policy={"S3Inputs": "DISALLOWED"})

    assert _refusal(client.create_job, Role=ROLE, Settings=SETTINGS) == DISALLOWED_INPUT
    assert len(client.list_jobs()["Jobs"]) == 1


def test_policies_of_iam_can_ask_for_the_input_policy(client: Any, door: Door) -> None:
    """The condition keys of CreateJob tell the account's policy, not where the job's inputs are."""
    keys = ("mediaconvert:HttpInputsAllowed", "mediaconvert:HttpsInputsAllowed", "mediaconvert:S3InputsAllowed")
    client.create_job(Role=ROLE, Settings=SETTINGS)
    assert {key: door.needs[0].context[key] for key in keys} == dict.fromkeys(keys, "true")
    client.put_policy(Policy={"HttpInputs": "DISALLOWED"})
    client.create_job(Role=ROLE, Settings=SETTINGS)
    assert [door.needs[0].context[key] for key in keys] == ["false", "true", "true"]


def test_certificates_come_and_go(client: Any, world: World) -> None:
    """Associated once or twice it is one; 404 once it is gone."""
    for _ in range(2):
        assert client.associate_certificate(Arn=CERTIFICATE)["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert world.lifecycle.certificates.of(world.account) == [CERTIFICATE]
    assert client.disassociate_certificate(Arn=CERTIFICATE)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert world.lifecycle.certificates.of(world.account) == []
    assert _refusal(client.disassociate_certificate, Arn=CERTIFICATE) == (
        404,
        "NotFoundException",
        f"The certificate {CERTIFICATE} is not associated.",
    )


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("film", "/arn: Should be the ARN of a certificate in AWS Certificate Manager"),
        (
            CERTIFICATE.replace(":acm:", ":iam:"),
            "/arn: Should be the ARN of a certificate in AWS Certificate Manager",
        ),
        (f"{CERTIFICATE}/more", "/arn: Should be the ARN of a certificate in AWS Certificate Manager"),
        (
            CERTIFICATE.replace("us-east-1", "eu-west-1"),
            "/arn: Should be a certificate of account 111122223333 in us-east-1",
        ),
        (
            CERTIFICATE.replace("111122223333", "999999999999"),
            "/arn: Should be a certificate of account 111122223333 in us-east-1",
        ),
    ],
)
def test_certificates_that_cannot_be(client: Any, arn: str, message: str) -> None:
    """400, whether they come or go."""
    for call in (client.associate_certificate, client.disassociate_certificate):
        assert _refusal(call, Arn=arn) == (400, "BadRequestException", message)


def test_there_are_no_job_engine_versions(client: Any) -> None:
    """An empty list; the first page is the last."""
    assert client.list_versions()["Versions"] == []
    assert "NextToken" not in client.list_versions(MaxResults=1)
    assert _refusal(client.list_versions, NextToken="x")[:2] == (400, "BadRequestException")
    assert _refusal(client.list_versions, MaxResults=21)[2] == "/maxResults: Should be less than or equal to 20"


def test_an_engine_version_that_was_asked_for_counts_as_expired(client: Any) -> None:
    """As MediaConvert does: the job runs, shows what was asked for, and has no version used."""
    job = client.create_job(Role=ROLE, Settings=SETTINGS, JobEngineVersion="2025-01-31")["Job"]

    assert job["JobEngineVersionRequested"] == "2025-01-31"
    assert "JobEngineVersionUsed" not in job
    assert job["Messages"]["Info"] == [
        "Job engine version 2025-01-31 has expired. The job runs on the version of this server."
    ]


def test_the_only_endpoint_is_this_server(client: Any) -> None:
    """In both modes, on one page."""
    for mode in ({}, {"Mode": "DEFAULT"}, {"Mode": "GET_ONLY", "MaxResults": 1}):
        answer = client.describe_endpoints(**mode)
        assert (answer["Endpoints"], "NextToken" in answer) == ([{"Url": "http://telecine.test"}], False)
    for wrong, message in (
        ({"MaxResults": 0}, "/maxResults: Should be greater than or equal to 1"),
        ({"MaxResults": 21}, "/maxResults: Should be less than or equal to 20"),
        ({"NextToken": "x"}, "/nextToken: The token does not belong to this listing."),
        (
            {"Mode": "ALL"},
            '/mode: Should be equal to one of the allowed values in ["DEFAULT","GET_ONLY"]',
        ),
    ):
        assert _refusal(client.describe_endpoints, **wrong) == (400, "BadRequestException", message)


def test_jobs_cannot_be_shared_with_support(client: Any, door: Door) -> None:
    """Said plainly, of a job that there is; so each is NOT_SHARED."""
    job = client.create_job(Role=ROLE, Settings=SETTINGS)["Job"]
    assert job["ShareStatus"] == "NOT_SHARED"
    for named in (job["Id"], job["Arn"]):
        status, code, message = _refusal(client.create_resource_share, JobId=named, SupportCaseId="1")
        assert (status, code) == (400, "BadRequestException")
        assert message.startswith("Jobs of this server cannot be shared")
        assert [(need.action, need.resource) for need in door.needs] == [
            ("mediaconvert:CreateResourceShare", job["Arn"])
        ]
    other = job["Arn"].replace("111122223333", "999999999999")
    for named in ("1-abcdef", other, "arn:aws:mediaconvert:us-east-1:111122223333:queues/Default"):
        assert _refusal(client.create_resource_share, JobId=named, SupportCaseId="1")[:2] == (404, "NotFoundException")


@pytest.mark.parametrize("name", ["../../etc", "a b", "%2F", "1'; --", "ü", "x" * 500, "1700000000000-abcdef"])
def test_odd_ids_are_not_found(client: Any, name: str) -> None:
    """Whatever stands in the place of an id: 404, and nothing else."""
    for call in (client.get_job, client.cancel_job, client.get_jobs_query_results):
        assert _refusal(call, Id=name)[:2] == (404, "NotFoundException")
    assert _refusal(client.get_queue, Name=name)[:2] == (404, "NotFoundException")
    assert client.list_jobs(Queue=name)["Jobs"] == []
