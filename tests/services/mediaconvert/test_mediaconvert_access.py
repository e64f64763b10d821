"""Who may do what to whose jobs and queues: roles that are passed, tags that decide, accounts that end there."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.wire import recurring

Aws = Any  # the fixture of tests/services/conftest.py

OTHER = "444455556666"
CREATE = {"Effect": "Allow", "Action": "mediaconvert:*", "Resource": "*"}
TRUST = {"Service": "mediaconvert.amazonaws.com"}


def _refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.fixture
def strangers(aws: Aws) -> Any:
    """The credentials of another account's administrator."""
    made: list[Any] = []
    aws.api.ground.directory.accounts.create("Strangers", "root@strangers.example", OTHER, hand_over=made.append)
    key = made[0].key
    return type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)


def test_the_roles_tags_and_the_service_decide_who_may_pass_it(aws: Aws) -> None:
    """`aws:ResourceTag`, `iam:ResourceTag` and `iam:PassedToService` stand in the context of iam:PassRole."""
    role = aws.role("Night", TRUST)
    aws.client("iam").tag_role(RoleName="Night", Tags=[{"Key": "team", "Value": "night"}])
    for at, (key, value, is_allowed) in enumerate(
        (
            ("aws:ResourceTag/team", "night", True),
            ("iam:ResourceTag/team", "night", True),
            ("iam:PassedToService", "mediaconvert.amazonaws.com", True),
            ("aws:ResourceTag/team", "day", False),
            ("iam:PassedToService", "ec2.amazonaws.com", False),
            ("iam:AssociatedResourceArn", "*", False),
        )
    ):
        condition = {"StringLike": {key: value}}
        statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition}
        client = aws.client("mediaconvert", aws.user(f"user{at}", CREATE, statement))
        code, _, message = _refusal(client.create_job, Role=role, Settings={})
        if is_allowed:
            assert code == "BadRequestException"  # of a job without settings
        else:
            assert message == (
                f"User: arn:aws:iam::{aws.account}:user/user{at} is not authorized to perform: iam:PassRole on resource: "
                f"{role} because no identity-based policy allows the iam:PassRole action"
            )


@pytest.mark.parametrize("role", ["nonsense", "arn:aws:iam::123456789012:role/missing"])
def test_a_role_that_is_none_is_the_jobs_trouble(aws: Aws, role: str) -> None:
    """Whoever may pass every role gets as far as the job."""
    assert _refusal(aws.client("mediaconvert").create_job, Role=role, Settings={})[0] == "BadRequestException"


def test_a_role_of_another_account_cannot_be_passed(aws: Aws, strangers: Any) -> None:
    """Not even by who may do everything at home, whether there is such a role or not."""
    theirs = aws.client("iam", strangers).create_role(
        RoleName="Theirs",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
        '"Principal":{"Service":"mediaconvert.amazonaws.com"},"Action":"sts:AssumeRole"}}',
    )["Role"]["Arn"]
    for role in (theirs, f"arn:aws:iam::{OTHER}:role/missing"):
        assert _refusal(aws.client("mediaconvert").create_job, Role=role, Settings={}) == (
            "AccessDeniedException",
            403,
            "Cross-account pass role is not allowed.",
        )


def test_nothing_of_another_account_can_be_reached(aws: Aws, strangers: Any) -> None:
    """Queues and jobs cannot be shared: the same denial whether they exist or not, and nothing of theirs is changed."""
    other = aws.client("mediaconvert", strangers)
    queue = f"arn:aws:mediaconvert:{aws.region}:{OTHER}:queues/Default"
    other.tag_resource(Arn=queue, Tags={"mine": "yes"})
    client = aws.client("mediaconvert")
    missing = f"arn:aws:mediaconvert:{aws.region}:{OTHER}:jobs/1700000000000-abcdef"
    for call, parameters in (
        (client.get_queue, {"Name": queue}),
        (client.list_jobs, {"Queue": queue}),
        (client.create_job, {"Queue": queue, "Role": aws.role("Own", TRUST), "Settings": {}}),
        (client.list_tags_for_resource, {"Arn": queue}),
        (client.list_tags_for_resource, {"Arn": missing}),
        (client.tag_resource, {"Arn": queue, "Tags": {"a": "b"}}),
        (client.untag_resource, {"Arn": queue, "TagKeys": ["mine"]}),
    ):
        code, status, message = _refusal(call, **parameters)
        assert (code, status) == ("AccessDeniedException", 403)
        assert "because no resource-based policy allows the mediaconvert:" in message
    assert other.list_tags_for_resource(Arn=queue)["ResourceTags"]["Tags"] == {"mine": "yes"}
    # Nor do its tags show in what a Deny of one's own answers.
    asking = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Null": {"aws:ResourceTag/mine": "false"}},
    }
    curious = aws.client("mediaconvert", aws.user("curious", CREATE, asking))
    for call, parameters in ((curious.get_queue, {"Name": queue}), (curious.list_tags_for_resource, {"Arn": queue})):
        assert "because no resource-based policy allows" in _refusal(call, **parameters)[2]
    assert [queue["Arn"] for queue in client.list_queues()["Queues"]] == [
        f"arn:aws:mediaconvert:{aws.region}:{aws.account}:queues/Default"
    ]
    assert client.list_jobs()["Jobs"] == []


def test_tags_of_queues_and_requests_decide(aws: Aws) -> None:
    """The guide's policy that denies what is tagged as denied, and one that wants a tag with each job."""
    admin = aws.client("mediaconvert")
    queue = f"arn:aws:mediaconvert:{aws.region}:{aws.account}:queues/Default"
    denied = {"StringLike": {"aws:ResourceTag/access": ["deny*", "denied"]}}
    deny = {"Effect": "Deny", "Action": ["mediaconvert:GetQueue"], "Resource": "*", "Condition": denied}
    client = aws.client("mediaconvert", aws.user("ada", CREATE, deny))
    assert client.get_queue(Name="Default")["Queue"]["Arn"] == queue
    admin.tag_resource(Arn=queue, Tags={"Access": "deny-for-now"})
    assert "explicit deny" in _refusal(client.get_queue, Name="Default")[2]

    role = aws.role("Night", TRUST)
    tagged = {"StringEquals": {"aws:RequestTag/team": "night"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    statements = (
        {**CREATE, "Action": "mediaconvert:CreateJob", "Condition": tagged},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role},
    )
    bob = aws.client("mediaconvert", aws.user("bob", *statements))
    for tags, code in (
        ({"team": "night"}, "BadRequestException"),
        ({"team": "day"}, "AccessDeniedException"),
        ({"team": "night", "more": "x"}, "AccessDeniedException"),
        ({}, "AccessDeniedException"),
    ):
        assert _refusal(bob.create_job, Role=role, Settings={}, Tags=tags)[0] == code


def test_outputs_of_callers_who_may_not_call_are_not_kept(aws: Aws) -> None:
    """Whoever may not create jobs cannot fill the memory of outputs that come again; those who may have theirs kept."""
    role = aws.role("Night", TRUST)
    kept = recurring.of("mediaconvert")._seen["Output"]
    both = (CREATE, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role})
    for name, statements, is_kept in (("eve", (), False), ("mallory", (CREATE,), False), ("ada", both, True)):
        settings = {"OutputGroups": [{"Outputs": [{"NameModifier": f"_of_{name}"}]}]}
        client = aws.client("mediaconvert", aws.user(name, *statements))
        code, *_ = _refusal(client.create_job, Role=role, Settings=settings)
        assert code == ("BadRequestException" if is_kept else "AccessDeniedException")
        assert (kept.get(f'{{"nameModifier":"_of_{name}"}}'.encode()) is not None) == is_kept
