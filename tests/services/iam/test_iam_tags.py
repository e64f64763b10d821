"""Tags of users, roles and policies, through boto3: the same rules for all."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.core.errors import ApiError
from telecine.services.iam.directory.tagging import merged

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"},
    }
)
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
POLICY = "arn:aws:iam::123456789012:policy/p"


@dataclass(frozen=True, kw_only=True)
class Calls:
    """How the tags of one kind of things are read and written."""

    tag: Any
    untag: Any
    tags: Any
    paginator: Any
    name: dict[str, str]


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


@pytest.fixture(params=["user", "role", "policy"])
def calls(request: pytest.FixtureRequest, iam: Any) -> Calls:
    """One thing without tags, of each kind."""
    if request.param == "user":
        iam.create_user(UserName="bob")
        name, tag, untag, tags = {"UserName": "bob"}, iam.tag_user, iam.untag_user, iam.list_user_tags
    elif request.param == "role":
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        name, tag, untag, tags = {"RoleName": "r"}, iam.tag_role, iam.untag_role, iam.list_role_tags
    else:
        iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)
        name, tag, untag, tags = {"PolicyArn": POLICY}, iam.tag_policy, iam.untag_policy, iam.list_policy_tags
    return Calls(tag=tag, untag=untag, tags=tags, paginator=iam.get_paginator(tags.__name__), name=name)


def pairs(**values: str) -> list[dict[str, str]]:
    """Tags as requests have them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_tags_are_added_overwritten_and_removed(calls: Calls) -> None:
    """By key in whatever case: `team` takes the place of `Team`. Values may be empty."""
    calls.tag(**calls.name, Tags=pairs(Team="film", zone="", Cost="1"))
    calls.tag(**calls.name, Tags=pairs(team="radio", b="2"))
    assert calls.tags(**calls.name)["Tags"] == pairs(b="2", Cost="1", team="radio", zone="")

    calls.untag(**calls.name, TagKeys=["COST", "missing", "zone"])

    found = calls.tags(**calls.name)
    assert (found["Tags"], found["IsTruncated"]) == (pairs(b="2", team="radio"), False)


def test_tags_in_pages(calls: Calls) -> None:
    """By key without regard to case, however long the keys are."""
    long = {f"{letter}{'é' * 127}": "x" for letter in "Cabd"}
    calls.tag(**calls.name, Tags=pairs(**long))

    pages = list(calls.paginator.paginate(**calls.name, PaginationConfig={"PageSize": 3}))

    assert [[tag["Key"][0] for tag in page["Tags"]] for page in pages] == [["a", "b", "C"], ["d"]]


def test_fifty_tags(calls: Calls) -> None:
    """One more is refused and none of the request is written; another value for one of them is not."""
    calls.tag(**calls.name, Tags=pairs(**{f"k{number}": "v" for number in range(50)}))

    with pytest.raises(ClientError) as error:
        calls.tag(**calls.name, Tags=pairs(k0="new", k50="v"))
    calls.tag(**calls.name, Tags=pairs(K1="new"))

    assert refused(error) == ("LimitExceeded", 409, "The number of tags has reached the maximum limit.")
    found = {tag["Key"]: tag["Value"] for tag in calls.tags(**calls.name)["Tags"]}
    assert (len(found), found["k0"], found["K1"]) == (50, "v", "new")


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (pairs(a="1", A="2"), "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        (pairs(**{"aws:a": "1"}), "The tag key 'aws:a' is reserved: keys cannot begin with 'aws:'."),
        (pairs(**{"AWS:a": "1"}), "The tag key 'AWS:a' is reserved: keys cannot begin with 'aws:'."),
    ],
)
def test_tags_that_are_refused(calls: Calls, tags: list[dict[str, str]], message: str) -> None:
    """Before anything is written."""
    with pytest.raises(ClientError) as error:
        calls.tag(**calls.name, Tags=tags)

    assert refused(error) == ("InvalidInput", 400, message)
    assert calls.tags(**calls.name)["Tags"] == []


def test_tags_are_shown_with_the_thing(iam: Any) -> None:
    """GetUser, GetRole and GetPolicy have them; without any there is no member."""
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)
    assert "Tags" not in iam.get_user(UserName="bob")["User"]

    iam.tag_user(UserName="bob", Tags=pairs(a="1"))
    iam.tag_role(RoleName="r", Tags=pairs(a="2"))
    iam.tag_policy(PolicyArn=POLICY, Tags=pairs(a="3"))

    assert iam.get_user(UserName="bob")["User"]["Tags"] == pairs(a="1")
    assert iam.get_role(RoleName="r")["Role"]["Tags"] == pairs(a="2")
    assert iam.get_policy(PolicyArn=POLICY)["Policy"]["Tags"] == pairs(a="3")


def test_policies_of_aws_have_no_tags(iam: Any) -> None:
    """They can be asked for, not written."""
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

    with pytest.raises(ClientError) as error:
        iam.tag_policy(PolicyArn=arn, Tags=pairs(a="1"))

    assert refused(error)[:2] == ("AccessDenied", 403)
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == []


def test_who_may_set_which_tags(aws: Any, iam: Any) -> None:
    """`aws:RequestTag`, `aws:TagKeys` and `aws:ResourceTag` decide on tagging (IAM user guide, "Controlling access")."""
    iam.create_user(UserName="mine", Tags=pairs(Team="film"))
    iam.create_user(UserName="other", Tags=pairs(Team="radio"))
    statement = {
        "Effect": "Allow",
        "Action": ["iam:TagUser", "iam:UntagUser"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:ResourceTag/Team": "film"},
            "StringEqualsIfExists": {"aws:RequestTag/Cost": ["1", "2"]},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["Cost"]},
        },
    }
    bob = aws.client("iam", aws.user("bob", statement))
    bob.tag_user(UserName="mine", Tags=pairs(Cost="2"))
    bob.untag_user(UserName="mine", TagKeys=["Cost"])

    for call in (
        lambda: bob.tag_user(UserName="other", Tags=pairs(Cost="2")),
        lambda: bob.tag_user(UserName="mine", Tags=pairs(Cost="3")),
        lambda: bob.tag_user(UserName="mine", Tags=pairs(Cost="2", Team="radio")),
        lambda: bob.untag_user(UserName="mine", TagKeys=["Team"]),
        lambda: bob.list_user_tags(UserName="mine"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert refused(error)[:2] == ("AccessDenied", 403)


TAGS = st.dictionaries(st.sampled_from(["a", "A", "b", "B", "c"]), st.sampled_from(["1", "2"]))


@settings(max_examples=200)
@given(old=TAGS, new=TAGS)
def test_merging_keeps_keys_unique(old: dict[str, str], new: dict[str, str]) -> None:
    """Whatever is written is there as written, and nothing beside it differs from it in case alone."""
    tags = merged(old, new)

    assert new.items() <= tags.items()
    assert {key.lower() for key in tags} == {key.lower() for key in {**old, **new}}
    assert not [key for key in tags if key not in new and key.lower() in {other.lower() for other in new}]


def test_merging_counts_what_is_left() -> None:
    """Fifty tags may be written over, not added to."""
    full = {f"k{number}": "" for number in range(50)}

    assert len(merged(full, {key.upper(): "new" for key in full})) == 50
    with pytest.raises(ApiError):
        merged(full, {"one more": ""})
