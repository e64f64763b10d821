"""Access rows against the service authorization reference, as `telecine.policy.catalogue` holds it.

Each operation that works is asked for with every parameter that a policy could look at, on things that have tags and
boundaries. What its row then names must be what the reference lists: the action, a resource of one of its types, and
neither a condition key more nor one less. What differs stands below with its reason; the lists may only shrink.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contract import model
from services.access_parameters import ACCOUNT, LIMIT, PARAMETERS, TAGS
from telecine.core.names import AccessKeyId, RequestId
from telecine.policy import catalogue
from telecine.policy.catalogue import ON_REQUEST, Action, ResourceType
from telecine.services.contract import Call, Need, Signature, SignaturePlace

Aws = Any  # the fixture of tests/services/conftest.py

SERVICES = ("iam", "kms", "mediaconvert", "s3", "sts")
CATALOGUE = catalogue.load()

CORPUS = Path(__file__).parents[1] / "corpus" / "settings"
SETTINGS = json.loads((CORPUS / "smallest.json").read_text(encoding="utf-8"))["settings"]
QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"

NEVER_KNOWN: dict[str, str] = {
    **dict.fromkeys(("s3:AccessPointNetworkOrigin", "s3:AccessPointTag/${TagKey}"), "There are no access points."),
    **dict.fromkeys(("s3:DataAccessPointAccount", "s3:DataAccessPointArn"), "There are no access points."),
    **dict.fromkeys(("s3:object-lock-legal-hold", "s3:object-lock-mode"), "There are no locks on objects."),
    **dict.fromkeys(("s3:object-lock-remaining-retention-days",), "There are no locks on objects."),
    **dict.fromkeys(("s3:object-lock-retain-until-date",), "There are no locks on objects."),
    "s3:AccessGrantsInstanceArn": "There are no access grants.",
    "s3:TlsVersion": "Which version of TLS carried a request is not told.",
    "s3:x-amz-website-redirect-location": "The header is refused.",
}
"""Keys that S3's actions list and that no request to S3 here carries: why."""

NEVER_KNOWN_TO_KMS: dict[str, str] = {
    **{
        key: "Nobody attests an enclave."
        for key in CATALOGUE.services["kms"].keys.types
        if key.startswith("kms:RecipientAttestation:")
    },
    "kms:MultiRegionKeyType": "Keys are of one region.",
    "kms:ViaService": "Whoever calls over the wire calls by itself.",
}
"""Keys that KMS's actions list and that no request of the wire carries: why."""

BY_ALIAS = frozenset(
    {
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncrypt",
    }
)
"""Operations of KMS to which an alias may name the key."""

MEMBERS: dict[str, str] = {
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:RequestObjectTag/<key>": "Tagging",
    "s3:RequestObjectTagKeys": "Tagging",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
}
"""Keys that carry one member of the input, where several operations share an action and not all have that member."""

_NEW = "It is not there yet: it has no tags."
_NOT_SET = "The row does not set it yet."
_OTHER_PROVIDERS = "Callers have keys of this server, not tokens of identity providers."

LACKING: dict[tuple[str, str], str] = {
    **{
        (f"iam:Create{noun}", f"{prefix}:ResourceTag/${{TagKey}}"): _NEW
        for prefix in ("aws", "iam")
        for noun in ("InstanceProfile", "Policy", "Role", "ServiceLinkedRole", "User", "VirtualMFADevice")
        if prefix == "aws" or noun in ("Role", "ServiceLinkedRole", "User")
    },
    ("kms:CreateKey", "aws:ResourceTag/${TagKey}"): _NEW,
    ("kms:CreateKey", "kms:ResourceAliases"): _NEW.replace("tags", "aliases"),
    ("iam:GetServiceLinkedRoleDeletionStatus", "aws:ResourceTag/${TagKey}"): "The role is gone.",
    ("iam:GetServiceLinkedRoleDeletionStatus", "iam:ResourceTag/${TagKey}"): "The role is gone.",
    ("iam:AddRoleToInstanceProfile", "iam:AssociatedResourceArn"): "No instance takes part.",
    ("mediaconvert:CreateQueue", "aws:ResourceTag/${TagKey}"): _NEW,
    ("mediaconvert:CreatePreset", "aws:ResourceTag/${TagKey}"): _NEW,
    ("mediaconvert:CreateJob", "iam:AssociatedResourceArn"): "The job has no ARN before the role is passed.",
    **{
        ("iam:EnableMFADevice", f"iam:{key}"): "Devices are virtual, none is a security key."
        for key in (
            "FIDO-FIPS-140-2-certification",
            "FIDO-FIPS-140-3-certification",
            "FIDO-certification",
            "RegisterSecurityKey",
        )
    },
    **{
        ("sts:AssumeRole", key): _OTHER_PROVIDERS
        for key in (
            "accounts.google.com:aud",
            "accounts.google.com:sub",
            "cognito-identity.amazonaws.com:amr",
            "cognito-identity.amazonaws.com:aud",
            "cognito-identity.amazonaws.com:sub",
            "graph.facebook.com:app_id",
            "graph.facebook.com:id",
            "saml:aud",
            "saml:namequalifier",
            "saml:sub",
            "saml:sub_type",
            "www.amazon.com:app_id",
            "www.amazon.com:user_id",
        )
    },
    ("sts:GetFederationToken", "saml:aud"): _OTHER_PROVIDERS,
    **{("s3:CreateBucket", key): _NEW for key in ("aws:ResourceTag/${TagKey}", "s3:BucketTag/${TagKey}")},
    **{
        (f"s3:{operation}", "s3:ExistingObjectTag/<key>"): _NEW
        for operation in ("CopyObject", "CreateMultipartUpload", "PutObject")
    },
    ("s3:ListBuckets", "s3:ResourceAccount"): _NOT_SET,
}
"""Keys that the reference lists for an operation's action, and its row does not set: why."""

_ONE_STATEMENT = "Trust policies put both actions into one statement with the conditions of AssumeRole."
_WITH_ACL = "The keys of the request whose ACL it is."

BEYOND: dict[tuple[str, str], str] = {
    ("sts:AssumeRole", "sts:TagSession"): _ONE_STATEMENT,
    ("sts:AssumeRole", "sts:SetSourceIdentity"): _ONE_STATEMENT,
    ("s3:CopyObject", "s3:PutObjectAcl"): _WITH_ACL,
    ("s3:CreateBucket", "s3:PutBucketAcl"): _WITH_ACL,
    ("s3:CreateMultipartUpload", "s3:PutObjectAcl"): _WITH_ACL,
    ("s3:PutObject", "s3:PutObjectAcl"): _WITH_ACL,
    ("s3:GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"): "How the body is signed is known of all.",
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"): "Uploads are listed by prefix as objects are.",
}
"""Operations whose rows set keys that the reference does not list for the action: why."""

ELSEWHERE: dict[tuple[str, str], str] = {
    ("s3:ListBuckets", "s3:ListAllMyBuckets"): "S3's own examples grant it on arn:aws:s3:::*, others on *.",
    ("sts:GetFederationToken", "sts:TagSession"): "On the federated user, as GetFederationToken itself.",
}
"""Needs on a resource of none of the action's types: why."""


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


_ASKED: list[Asked] = []
"""What every operation asks for: found out once, for it takes a while."""


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> list[Asked]:
    """What every operation asks for."""
    if not _ASKED:
        _ASKED.extend(_everything(request.getfixturevalue("aws")))
    return _ASKED


def _everything(aws: Aws) -> list[Asked]:
    known = {**PARAMETERS, **furnish(aws)}
    faces = {
        "iam": aws.api.ground.directory,
        "kms": aws.api.ground.keys,
        "mediaconvert": aws.api.ground.lifecycle,
        "s3": aws.api.objects,
        "sts": aws.api.ground.sessions,
    }
    found: list[Asked] = []
    for service, operation in operations():
        rows = importlib.import_module(f"telecine.services.{service}.access").ROWS
        for params in requests(service, operation, known):
            for need in rows[operation](faces[service], call(aws), params):
                action = CATALOGUE.action(need.action)
                found.append(Asked(f"{service}:{operation}", need, action, resource_type(action, need.resource)))
    return found


def furnish(aws: Aws) -> dict[str, Any]:
    """One of everything, with tags and boundaries where it can have them; the ids that were given out."""
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
    s3.put_bucket_tagging(Bucket=PARAMETERS["Bucket"], Tagging={"TagSet": TAGS})
    s3.put_bucket_abac(Bucket=PARAMETERS["Bucket"], AbacStatus={"Status": "Enabled"})
    s3.put_object(Bucket=PARAMETERS["Bucket"], Key=PARAMETERS["Key"], Body=b"film", Tagging="Team=film")
    iam.tag_user(UserName="admin", Tags=TAGS)
    mediaconvert = aws.client("mediaconvert")
    mediaconvert.tag_resource(Arn=QUEUE, Tags={"Team": "film"})
    mediaconvert.create_preset(Name="Default", Settings={}, Tags={"Team": "film"})
    outputs = {"OutputGroups": [{"Outputs": [{"Preset": "Default"}]}]}
    for name in ("Default", "Films"):
        mediaconvert.create_job_template(Name=name, Settings=outputs, Tags={"Team": "film"})
    job = mediaconvert.create_job(Role=PARAMETERS["Role"], Settings=SETTINGS, Tags={"Team": "film"})["Job"]
    kms = aws.client("kms")
    key = kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "film"}])["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=PARAMETERS["AliasName"], TargetKeyId=key)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"film")["CiphertextBlob"]
    grant = {name: PARAMETERS[name] for name in ("GranteePrincipal", "Operations", "Constraints")}
    names = dict.fromkeys(("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"), key)
    return {
        **names,
        "CiphertextBlob": sealed,
        "GrantToken": kms.create_grant(KeyId=key, **grant)["GrantToken"],
        "AccessKeyId": iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"],
        "Id": job["Id"],
        "JobId": job["Id"],
    }


def requests(service: str, operation: str, known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The operation with every parameter of its that is known; of S3's with and without a version."""
    shape = model(service).operation_model(operation).input_shape
    members = () if shape is None else shape.members
    given = {
        **known,
        "Arn": known["PolicySourceArn"] if service == "iam" else QUEUE,
        "Tags": {
            "mediaconvert": {"Team": "film"},
            "kms": [{"TagKey": "Team", "TagValue": "film"}],
        }.get(service, TAGS),
    }
    params = {member: given[member] for member in members if member in given}
    if service == "kms" and operation in BY_ALIAS:
        params |= {member: PARAMETERS["AliasName"] for member in members if member.endswith("KeyId")}
    if service == "s3" and "Tagging" in members:
        # A header, or an element of the body.
        params["Tagging"] = "Team=film" if members["Tagging"].type_name == "string" else {"TagSet": TAGS}
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
        request_id=RequestId("r"),
        now=aws.clock.now(),
        base_url="http://127.0.0.1:7700",
        source_ip="127.0.0.1",
        user_agent="",
        is_secure=False,
        signature=Signature(place=SignaturePlace.QUERY, signed_at=aws.clock.now(), content=None),
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


def carries(operation: str, key: str) -> bool:
    """Whether requests for the operation can carry the key at all."""
    service, _, name = operation.partition(":")
    if key in {"s3": NEVER_KNOWN, "kms": NEVER_KNOWN_TO_KMS}.get(service, {}):
        return False
    shape = model(service).operation_model(name).input_shape
    return key not in MEMBERS or (shape is not None and MEMBERS[key] in shape.members)


def test_rows_ask_for_what_the_reference_knows(asked: list[Asked]) -> None:
    """Every action is listed, and every resource is of one of its types: `*` exactly where it has none."""
    unknown = {(one.operation, one.need.action) for one in asked if one.action is None}
    wrong = {
        (one.operation, one.need.action)
        for one in asked
        if one.action is not None and (one.kind is None) is not (one.need.resource == "*" and not one.action.resources)
    }

    assert unknown == set()
    assert wrong == set(ELSEWHERE)


def test_rows_set_the_keys_that_the_reference_lists(asked: list[Asked]) -> None:
    """A policy may ask for any of them, and gets an answer."""
    lacking = {
        (one.operation, key) for one in asked for key in listed(one) - own_keys(one.need) if carries(one.operation, key)
    }

    assert lacking == set(LACKING)


def test_rows_set_no_other_keys(asked: list[Asked]) -> None:
    """What the reference does not list, no policy of AWS's can count on."""
    beyond = {(one.operation, one.need.action) for one in asked if own_keys(one.need) - listed(one)}

    assert beyond == set(BEYOND)


def test_every_operation_is_walked(asked: list[Asked]) -> None:
    """All that work are asked for but the two that need no permission."""
    walked = {one.operation for one in asked}

    assert {f"{service}:{name}" for service, name in operations()} - walked == {
        "sts:GetCallerIdentity",
        "sts:GetSessionToken",
    }


def test_keys_that_are_never_known_are_listed(asked: list[Asked]) -> None:
    """The lists hold none that the reference has not."""
    for service, never in (("s3", NEVER_KNOWN), ("kms", NEVER_KNOWN_TO_KMS)):
        assert set(never) <= {key for one in asked if one.operation.startswith(f"{service}:") for key in listed(one)}
