"""Several accounts on one server: each for itself, whatever its policies say."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.app.api import AnotherAccount, build_api
from telecine.app.ground import Config
from telecine.core.names import AccountId, Region
from telecine.services.iam.model import Bootstrap

OTHER = AccountId("444455556666")
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
SETTINGS = {
    "Inputs": [{"FileInput": "s3://media-in/clip.mp4"}],
    "OutputGroups": [
        {
            "OutputGroupSettings": {
                "Type": "FILE_GROUP_SETTINGS",
                "FileGroupSettings": {"Destination": "s3://media-out/"},
            },
            "Outputs": [
                {
                    "ContainerSettings": {"Container": "MP4"},
                    "VideoDescription": {
                        "Width": 640,
                        "Height": 360,
                        "CodecSettings": {
                            "Codec": "H_264",
                            "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000},
                        },
                    },
                }
            ],
        }
    ],
}


@pytest.fixture
def other(aws: Any) -> Any:
    """The administrator of a second account."""
    handed: list[Bootstrap] = []
    aws.api.ground.directory.accounts.create("Studio", "studio@example.com", OTHER, hand_over=handed.append)
    key = handed[0].key
    return type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    """Code and HTTP status."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_each_administrator_is_in_an_account_of_their_own(aws: Any, other: Any) -> None:
    """Both are called `admin`."""
    callers = [aws.client("sts", keys).get_caller_identity()["Arn"] for keys in (aws.admin, other)]
    assert callers == [f"arn:aws:iam::{aws.account}:user/admin", f"arn:aws:iam::{OTHER}:user/admin"]


def test_names_in_one_account_are_free_in_the_other(aws: Any, other: Any) -> None:
    """Users, roles, policies, devices: nothing of one is seen from the other."""
    trust = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}'
    grant = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'
    for keys in (aws.admin, other):
        iam = aws.client("iam", keys)
        iam.create_user(UserName="Bob")
        iam.create_role(RoleName="Encoder", AssumeRolePolicyDocument=trust)
        iam.create_policy(PolicyName="Media", PolicyDocument=grant)
        iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")
        assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin", "Bob"]
        assert len(iam.list_roles()["Roles"]) == 1
        assert len(iam.list_policies(Scope="Local")["Policies"]) == 1
        assert len(iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1

    mine, theirs = aws.client("iam"), aws.client("iam", other)
    theirs.create_user(UserName="Eve")
    for operation in (mine.get_user, mine.delete_user, mine.create_access_key, mine.list_mfa_devices):
        with pytest.raises(ClientError) as error:
            operation(UserName="Eve")
        assert refused(error) == ("NoSuchEntity", 404)
    with pytest.raises(ClientError):
        mine.get_policy(PolicyArn=f"arn:aws:iam::{OTHER}:policy/Media")
    with pytest.raises(ClientError):
        mine.delete_virtual_mfa_device(SerialNumber=f"arn:aws:iam::{OTHER}:mfa/phone")


def test_password_policies_are_the_accounts_own(aws: Any, other: Any) -> None:
    """One account's counts for its users alone."""
    aws.client("iam").update_account_password_policy(MinimumPasswordLength=40)
    theirs = aws.client("iam", other)
    with pytest.raises(ClientError) as error:
        theirs.get_account_password_policy()
    assert refused(error) == ("NoSuchEntity", 404)
    theirs.create_user(UserName="Bob")
    theirs.create_login_profile(UserName="Bob", Password="Correct-horse-9")


def test_each_account_has_buckets_of_its_own(aws: Any, other: Any) -> None:
    """Names are one space; what is in them is not."""
    mine, theirs = aws.client("s3"), aws.client("s3", other)
    mine.create_bucket(Bucket="media-mine")
    theirs.create_bucket(Bucket="media-theirs")
    theirs.put_object(Bucket="media-theirs", Key="clip.mp4", Body=b"film")
    assert [bucket["Name"] for bucket in mine.list_buckets()["Buckets"]] == ["media-mine"]
    assert [bucket["Name"] for bucket in theirs.list_buckets()["Buckets"]] == ["media-theirs"]

    with pytest.raises(ClientError) as error:
        mine.create_bucket(Bucket="media-theirs")
    assert refused(error) == ("BucketAlreadyExists", 409)
    for operation, parameters in (
        (mine.get_object, {"Bucket": "media-theirs", "Key": "clip.mp4"}),
        (mine.list_objects_v2, {"Bucket": "media-theirs"}),
        (mine.put_object, {"Bucket": "media-theirs", "Key": "x", "Body": b""}),
        (mine.delete_object, {"Bucket": "media-theirs", "Key": "clip.mp4"}),
    ):
        with pytest.raises(ClientError) as error:
            operation(**parameters)
        assert refused(error) == ("AccessDenied", 403)


def test_mediaconvert_is_not_shared(aws: Any, other: Any) -> None:
    """Each account has its queue and its jobs; the other's are not there, even with a policy of `*`."""
    mine, theirs = (aws.client("mediaconvert", keys) for keys in (aws.admin, other))
    jobs = []
    for client, keys, account in ((mine, aws.admin, aws.account), (theirs, other, OTHER)):
        role = f"arn:aws:iam::{account}:role/Encoder"
        trust = (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
            '"Principal":{"Service":"mediaconvert.amazonaws.com"},"Action":"sts:AssumeRole"}}'
        )
        aws.client("iam", keys).create_role(RoleName="Encoder", AssumeRolePolicyDocument=trust)
        assert [queue["Arn"] for queue in client.list_queues()["Queues"]] == [
            f"arn:aws:mediaconvert:{aws.region}:{account}:queues/Default"
        ]
        jobs.append(client.create_job(Role=role, Settings=SETTINGS)["Job"])

    assert [job["Arn"].split(":")[4] for job in jobs] == [aws.account, OTHER]
    assert [job["Id"] for job in mine.list_jobs()["Jobs"]] == [jobs[0]["Id"]]
    for operation in (mine.get_job, mine.cancel_job):
        with pytest.raises(ClientError) as error:
            operation(Id=jobs[1]["Id"])
        assert refused(error) == ("NotFoundException", 404)
    assert theirs.get_job(Id=jobs[1]["Id"])["Job"]["Status"] == "SUBMITTED"


@pytest.mark.parametrize(
    "given",
    [
        {"Queue": f"arn:aws:mediaconvert:us-east-1:{OTHER}:queues/Default"},
        {"Role": f"arn:aws:iam::{OTHER}:role/Encoder"},
    ],
    ids=["queue", "role"],
)
def test_a_job_uses_nothing_of_another_account(aws: Any, other: Any, given: dict[str, str]) -> None:
    """Neither its queue nor its role, though the caller may do everything, and the role would trust the service."""
    trust = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
        '"Principal":{"Service":"mediaconvert.amazonaws.com"},"Action":"sts:AssumeRole"}}'
    )
    for keys in (aws.admin, other):
        aws.client("iam", keys).create_role(RoleName="Encoder", AssumeRolePolicyDocument=trust)
        aws.client("mediaconvert", keys).list_queues()
    mine = aws.client("mediaconvert")
    parameters = {"Role": f"arn:aws:iam::{aws.account}:role/Encoder", "Settings": SETTINGS}

    with pytest.raises(ClientError) as error:
        mine.create_job(**{**parameters, **given})

    assert refused(error) == ("AccessDeniedException", 403)
    assert mine.list_jobs()["Jobs"] == aws.client("mediaconvert", other).list_jobs()["Jobs"] == []
    mine.create_job(**parameters)


def test_who_may_do_nothing_may_do_nothing_in_either(aws: Any, other: Any) -> None:
    """A user without policies, in each account."""
    for keys in (aws.admin, other):
        iam = aws.client("iam", keys)
        iam.create_user(UserName="Nobody")
        key = iam.create_access_key(UserName="Nobody")["AccessKey"]
        nobody = type(aws.admin)(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
        mediaconvert, s3 = aws.client("mediaconvert", nobody), aws.client("s3", nobody)
        attempts: list[tuple[Callable[..., object], dict[str, Any]]] = [
            (mediaconvert.list_queues, {}),
            (mediaconvert.create_job, {"Role": "x", "Settings": SETTINGS}),
            (s3.create_bucket, {"Bucket": "media-nobody"}),
        ]
        for attempt, parameters in attempts:
            with pytest.raises(ClientError) as error:
                attempt(**parameters)
            assert refused(error)[1] == 403


def test_root_of_each_account_may_do_everything_in_it(aws: Any, other: Any) -> None:
    """And nothing in the other."""
    new = aws.api.ground.directory.accounts.create_root_key(OTHER)
    root = type(aws.admin)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)
    assert aws.client("sts", root).get_caller_identity()["Arn"] == f"arn:aws:iam::{OTHER}:root"
    aws.client("iam", root).create_user(UserName="Made")
    aws.client("s3", root).create_bucket(Bucket="media-root")
    assert aws.client("mediaconvert", root).list_queues()["Queues"]
    aws.client("s3").create_bucket(Bucket="media-mine")
    with pytest.raises(ClientError) as error:
        aws.client("s3", root).list_objects_v2(Bucket="media-mine")
    assert refused(error) == ("AccessDenied", 403)


def test_calls_are_recorded_for_the_callers_account(aws: Any, other: Any) -> None:
    """`recipientAccountId` is the account whose call it was."""
    aws.client("iam", other).create_user(UserName="Marked")
    aws.api.close()
    log = "".join(path.read_text() for path in (aws.folder / "audit").glob("*.jsonl"))
    line = next(line for line in log.splitlines() if "Marked" in line)
    assert f'"recipientAccountId":"{OTHER}"' in line


def test_a_server_starts_with_its_first_account_only(aws: Any, other: Any) -> None:
    """`--account-id` names the account of the first start, however many there are."""

    def start(account: str) -> Callable[[], None]:
        config = Config(data_dir=aws.folder, account=AccountId(account), region=Region("us-east-1"))
        return build_api(config).close

    aws.api.close()
    start(aws.account)()
    for account in (OTHER, "999999999999"):
        with pytest.raises(AnotherAccount):
            start(account)
