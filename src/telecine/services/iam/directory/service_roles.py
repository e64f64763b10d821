"""Roles for services that work in a customer's name, as the guides tell to make them. Plans only: nothing is stored.

MediaConvert user guide, "Set up IAM permissions": a role is made with full permissions, or with those that its input
and output locations ask for. What a plan holds is what a person would send to IAM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from telecine.core.arn import Arn, MalformedArn
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId, is_bucket_name
from telecine.core.tags import Tags
from telecine.services.iam.directory.managed import API_GATEWAY_INVOKE_FULL_ACCESS, S3_FULL_ACCESS

Document = Mapping[str, Any]
"""A policy document."""

SERVICE_ROLE_PATH = "/service-role/"
"""Where the consoles of services put the roles that they make."""


class UnusableChoice(TelecineError):
    """What was chosen for a role cannot be meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UseCase:
    """What a role is for, as IAM's console lists it below the trusted service."""

    service: str
    """`mediaconvert.amazonaws.com`: the only principal of the trust policy."""
    description: str
    default_name: str
    predefined_policies: tuple[str, ...]
    """ARNs of the managed policies of a role with full permissions."""


USE_CASES: Mapping[str, UseCase] = {
    "mediaconvert": UseCase(
        service="mediaconvert.amazonaws.com",
        description="Allows MediaConvert service to call S3 APIs and API Gateway on your behalf.",
        default_name="MediaConvert_Default_Role",
        predefined_policies=(S3_FULL_ACCESS, API_GATEWAY_INVOKE_FULL_ACCESS),
    ),
}
"""By the name of the service's API."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """Keys in a bucket that begin alike; a folder, when the prefix ends with a slash."""

    bucket: str
    prefix: str
    """Empty: every key."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The location that `s3://bucket/prefix` spells. Raises `UnusableChoice`."""
        scheme, _, rest = text.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme.lower() == "s3" and bucket and not is_bucket_name(bucket):
            raise UnusableChoice(
                f"{bucket!r} can be no bucket: names have 3 to 63 lower-case letters, digits, dots and hyphens."
            )
        if scheme.lower() != "s3" or not bucket:
            raise UnusableChoice(f"{text!r} is no location in S3: write s3://bucket or s3://bucket/folder/.")
        return cls(bucket=bucket, prefix=prefix)

    @property
    def bucket_arn(self) -> str:
        return str(Arn.of("s3", "", self.bucket))

    @property
    def objects_arn(self) -> str:
        """A pattern of the keys. What is no letter in a policy is quoted, should a key hold it."""
        quoted = "".join(f"${{{letter}}}" if letter in "*?$" else letter for letter in self.prefix)
        return f"{self.bucket_arn}/{quoted}*"


@dataclass(frozen=True, kw_only=True, slots=True)
class FullPermissions:
    """All of S3, and every API of API Gateway: "This approach doesn't follow the security best practice"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfiguredPermissions:
    """Access to some locations, and to APIs or not."""

    inputs: Sequence[Location]
    outputs: Sequence[Location]
    may_invoke_apis: bool
    """For key servers of digital rights management (SPEKE), and for Nielsen watermarks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceConditions:
    """In whose name alone the service may assume the role (guide page "Cross-service confused deputy prevention")."""

    queue_arn: str | None = None
    """Of the queue that the job runs in; `*` stands for any run of letters."""
    account: AccountId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleChoices:
    """What a person chooses for a service role."""

    permissions: FullPermissions | ConfiguredPermissions
    name: str | None = None
    """None: the use case's own."""
    kms_keys: Sequence[str] = ()
    """ARNs of the keys that encrypt the buckets."""
    source: SourceConditions = SourceConditions()
    boundary_arn: str | None = None
    tags: Tags | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RolePlan:
    """Everything that IAM is told to make a role."""

    name: str
    path: str
    description: str
    trust_policy: Document
    attached: tuple[str, ...]
    """ARNs of managed policies."""
    inline: Mapping[str, Document]
    """By name."""
    boundary_arn: str | None
    tags: Tags


def plan_role(use_case: UseCase, choices: RoleChoices) -> RolePlan:
    """The role that these choices make. Raises `UnusableChoice`."""
    permissions = choices.permissions
    inline: dict[str, Document] = {}
    if isinstance(permissions, ConfiguredPermissions):
        inline["S3Locations"] = _document(*_reading(permissions.inputs), *_writing(permissions.outputs))
        if permissions.may_invoke_apis:
            inline["APIGatewayInvocation"] = _document(
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*"}
            )
    if choices.kms_keys:
        inline["EncryptedBuckets"] = _document(_decrypting(choices.kms_keys))
    return RolePlan(
        name=choices.name or use_case.default_name,
        path=SERVICE_ROLE_PATH,
        description=use_case.description,
        trust_policy=_trust(use_case.service, choices.source),
        attached=use_case.predefined_policies if isinstance(permissions, FullPermissions) else (),
        inline=inline,
        boundary_arn=choices.boundary_arn,
        tags=choices.tags or {},
    )


def _trust(service: str, source: SourceConditions) -> Document:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    conditions: dict[str, dict[str, str]] = {}
    if source.queue_arn is not None:
        account = _queue_account(source.queue_arn)
        if source.account is None and not (len(account) == 12 and account.isdecimal()):
            raise UnusableChoice(f"{source.queue_arn} leaves the account open: name it with the account of the source.")
        if source.account is not None and account not in ("*", source.account):
            raise UnusableChoice(f"{source.queue_arn} is not a queue of the account {source.account}.")
        conditions["ArnLike"] = {"aws:SourceArn": source.queue_arn}
    if source.account is not None:
        conditions["StringEquals"] = {"aws:SourceAccount": source.account}
    return _document({**statement, "Condition": conditions} if conditions else statement)


def _queue_account(text: str) -> str:
    try:
        arn = Arn.parse(text)
    except MalformedArn as error:
        raise UnusableChoice(f"{text!r} is no ARN of a queue.") from error
    if arn.service != "mediaconvert" or not (arn.resource == "*" or arn.resource.startswith("queues/")):
        raise UnusableChoice(f"{text} is no ARN of a queue.")
    return arn.account


def _reading(locations: Sequence[Location]) -> list[dict[str, Any]]:
    if not locations:
        return []
    return [
        _allow("ReadInputs", ["s3:GetObject"], [location.objects_arn for location in locations]),
        # Without it S3 says of a file that is not there what it says of one that may not be read (jobs end with 1401).
        _allow("TellMissingInputs", ["s3:ListBucket"], [location.bucket_arn for location in locations]),
    ]


def _writing(locations: Sequence[Location]) -> list[dict[str, Any]]:
    if not locations:
        raise UnusableChoice("A job writes to S3: name at least one output location.")
    # A failed or canceled job takes back what it has written: finished objects and unfinished uploads.
    return [
        _allow(
            "WriteOutputs",
            ["s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
            [location.objects_arn for location in locations],
        ),
        _allow(
            "FindUnfinishedOutputs",
            ["s3:ListBucketMultipartUploads"],
            [location.bucket_arn for location in locations],
        ),
    ]


def _decrypting(keys: Sequence[str]) -> dict[str, Any]:
    """Guide page "Granting permissions for MediaConvert to access encrypted S3 buckets", for these keys alone."""
    for key in keys:
        _require_key(key)
    statement = _allow("UseKeysOfBuckets", ["kms:Decrypt", "kms:GenerateDataKey"], list(keys))
    return {**statement, "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}


def _require_key(text: str) -> None:
    message = f"{text!r} is no ARN of a KMS key: policies take neither ids nor aliases."
    try:
        arn = Arn.parse(text)
    except MalformedArn as error:
        raise UnusableChoice(message) from error
    if arn.service != "kms" or not arn.resource.startswith("key/"):
        raise UnusableChoice(message)


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(dict.fromkeys(resources))}


def _document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
