"""Access rows against the service authorization reference, as `telecine.policy.catalogue` holds it.

Each operation that works is asked for with every parameter that a policy could look at, on things that have tags and
boundaries. What its row then names must be what the reference lists: the action, a resource of one of its types, and
neither a condition key more nor one less. What differs stands below with its reason; the lists may only shrink.
"""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.session import get_session

from telecine.core.names import AccessKeyId
from telecine.policy import catalogue
from telecine.policy.catalogue import ON_REQUEST, Action, ResourceType
from telecine.services.contract import Call, Need, Signature

Aws = Any  # the fixture of tests/services/conftest.py

SERVICES = ("iam", "mediaconvert", "s3", "sts")
ACCOUNT = "123456789012"
LIMIT = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
TAGS = [{"Key": "Team", "Value": "film"}]
CATALOGUE = catalogue.load()

PARAMETERS: dict[str, Any] = {
    "AWSServiceName": "ops.apigateway.amazonaws.com",
    "AssumeRolePolicyDocument": "{}",
    "DeletionTaskId": "task/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway/1",
    "GroupName": "Editors",
    "InstanceProfileName": "Machines",
    "PermissionsBoundary": LIMIT,
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/media/Films",
    "PolicyName": "Films",
    "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/team/bob",
    "RoleName": "Encoder",
    "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/phone",
    "TagKeys": ["Team"],
    "UserName": "bob",
    "VirtualMFADeviceName": "tablet",
    "NewUserName": "rob",
    "NewGroupName": "Cutters",
    "ACL": "private",
    "Bucket": "films-of-ours",
    "BucketNamespace": "global",
    "CopySource": "films-of-ours/in/film.mp4",
    "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
    "Delete": {"Objects": [{"Key": "in/film.mp4"}]},
    "Delimiter": "/",
    "GrantFullControl": "id=1",
    "GrantRead": "id=1",
    "GrantReadACP": "id=1",
    "GrantWrite": "id=1",
    "GrantWriteACP": "id=1",
    "IfMatch": '"tag"',
    "IfNoneMatch": "*",
    "Key": "in/film.mp4",
    "MaxKeys": 10,
    "MetadataDirective": "COPY",
    "ObjectOwnership": "BucketOwnerEnforced",
    "Prefix": "in/",
    "SSECustomerAlgorithm": "AES256",
    "SSEKMSKeyId": "key",
    "ServerSideEncryption": "aws:kms",
    "StorageClass": "STANDARD",
    "UploadId": "missing",
    "Queue": "Default",
    "Role": f"arn:aws:iam::{ACCOUNT}:role/service-role/Encoder",
    "Name": "Default",
    "ExternalId": "film-7",
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/service-role/Encoder",
    "RoleSessionName": "session",
    "SourceIdentity": "bob",
    "TokenCode": "none",
    "TransitiveTagKeys": ["Team"],
}
"""By member, of whatever operation has it. `Arn`, `AccessKeyId` and `Tags` are made below."""

QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"

NEVER_KNOWN: dict[str, str] = {
}

LACKING: dict[tuple[str, str], str] = {
}
"""Keys that the reference lists for an operation's action, and its row does not set: why."""

BEYOND: dict[tuple[str, str], str] = {
}
"""Keys that a row sets, and the reference does not list for its action: why."""

ELSEWHERE: dict[str, str] = {
}
"""Needs whose resource is of none of the action's types: why."""


class Asked(NamedTuple):
    """One need of one operation."""

    operation: str
    need: Need
    action: Action | None
    kind: ResourceType | None
    """What type the resource is of; None for `*`, and for what is of none of the action's types."""


def operations() -> Iterator[tuple[str, str]]:
    """Every operation that works, with its service."""
    for service in SERVICES:
        module = importlib.import_module(f"telecine.services.{service}.operations")
        for operation in sorted({**module.OPERATIONS, **getattr(module, "STREAMS", {})}):
            yield service, operation


@pytest.fixture
def asked(aws: Aws) -> list[Asked]:
    """What every operation asks for."""
    furnish(aws)
    faces = {
        "iam": aws.api.ground.directory,
        "mediaconvert": aws.api.ground.lifecycle,
        "s3": aws.api.objects,
        "sts": aws.api.ground.sessions,
    }
    found: list[Asked] = []
    for service, operation in operations():
        rows = importlib.import_module(f"telecine.services.{service}.access").ROWS
        for params in requests(aws, service, operation):
            for need in rows[operation](faces[service], call(aws), params):
                action = CATALOGUE.action(need.action)
                found.append(Asked(f"{service}:{operation}", need, action, resource_type(action, need.resource)))
    return found


def furnish(aws: Aws) -> None:
    """One of everything, with tags and boundaries where it can have them."""
    iam, s3 = aws.client("iam"), aws.client("s3")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    film = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.create_user(UserName="bob", Path="/team/", Tags=TAGS, PermissionsBoundary=LIMIT)
    iam.create_group(GroupName="Editors", Path="/film/")
    iam.create_role(
        RoleName="Encoder",
        Path="/service-role/",
        Tags=TAGS,
        PermissionsBoundary=LIMIT,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [film]})
    iam.create_policy(PolicyName="Films", Path="/media/", PolicyDocument=document, Tags=TAGS)
    iam.create_instance_profile(InstanceProfileName="Machines", Tags=TAGS)
    iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=TAGS)
    s3.create_bucket(Bucket=PARAMETERS["Bucket"])
    s3.put_object(Bucket=PARAMETERS["Bucket"], Key=PARAMETERS["Key"], Body=b"film")
    aws.client("mediaconvert").tag_resource(Arn=QUEUE, Tags={"Team": "film"})


def requests(aws: Aws, service: str, operation: str) -> Iterator[dict[str, Any]]:
    """The operation with every parameter of its that stands above; of S3's with and without a version."""
    shape = get_session().get_service_model(service).operation_model(operation).input_shape
    key = aws.client("iam").create_access_key(UserName="bob")["AccessKey"] if operation == "GetAccessKeyLastUsed" else {}
    known = {
        **PARAMETERS,
        "AccessKeyId": key.get("AccessKeyId", ""),
        "Arn": PARAMETERS["PolicySourceArn"] if service == "iam" else QUEUE,
        "Tags": {"Team": "film"} if service == "mediaconvert" else TAGS,
    }
    members = () if shape is None else shape.members
    params = {member: known[member] for member in members if member in known}
    yield params
    if "VersionId" in members and service == "s3":
        yield {**params, "VersionId": "null"}


def call(aws: Aws) -> Call:
    """By the administrator, signed in a query string."""
    key = aws.api.ground.sessions.signing_key(AccessKeyId(aws.admin.access_key_id))
    return Call(
        caller=key.caller,
        account=aws.account,
        region=aws.region,
        request_id="r",
        now=aws.clock.now(),
        base_url="http://127.0.0.1:7700",
        source_ip="127.0.0.1",
        user_agent="",
        is_secure=False,
        signature=Signature(is_presigned=True, signed_at=aws.clock.now(), content=None),
    )


def resource_type(action: Action | None, resource: str) -> ResourceType | None:
    types = () if action is None else CATALOGUE.resource_types(action)
    return next((one for one in types if pattern(one.arn).fullmatch(resource)), None)


def pattern(arn: str) -> re.Pattern[str]:
    """What ARNs of a type look like: only the last part, a name with its path, holds slashes."""
    parts = re.split(r"\$\{[^}]*\}", arn)
    *heads, last = map(re.escape, parts)
    return re.compile("[^:/]+".join(heads) + ".+" + last)


def own_keys(need: Need) -> set[str]:
    """The condition keys of a need, as the reference spells them, without those that every request has."""
    spelled = {key: CATALOGUE.key(key) for key in need.context}
    return {
        key if found is None else found[0]
        for key, found in spelled.items()
        if not key.lower().startswith("aws:") or key.lower().startswith(ON_REQUEST)
    }


def listed(one: Asked) -> set[str]:
    """The condition keys that the reference lists for the action, and for the type of its resource."""
    assert one.action is not None
    return {*one.action.keys, *(() if one.kind is None else one.kind.keys)}


def test_explore(asked):
    for o in asked:
        if o.action is None: print("NOACTION",o.operation,o.need.action); continue
        if o.action.resources:
            if o.kind is None: print("NOTYPE",o.operation,o.need.action,o.need.resource,o.action.resources)
        elif o.need.resource!="*": print("RES",o.operation,o.need.action,o.need.resource)
        b=own_keys(o.need)-listed(o); l=listed(o)-own_keys(o.need)
        if b: print("BEYOND",o.operation,o.need.action,sorted(b))
        if l: print("LACK",o.operation,o.need.action,sorted(l))
