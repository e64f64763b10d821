"""Who may call what: every operation that works, called by every kind of caller, held against a golden matrix.

The matrix is tests/corpus/permissions/matrix.txt. A change of it is reviewed as carefully as code; to write it anew:
`TELECINE_WRITE_GOLDEN=1 .venv/bin/pytest tests/services/test_permission_matrix.py`.
"""

import importlib
import os
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED, xform_name
from botocore.exceptions import ClientError

from services.conftest import ACCOUNT, Keys
from telecine.core.names import AccountId
from telecine.services.iam.model import NewAccessKey

GOLDEN = Path(__file__).parents[1] / "corpus" / "permissions" / "matrix.txt"
SERVICES = ("iam", "kms", "mediaconvert", "s3", "sts")
MANAGED = "arn:aws:iam::aws:policy/"
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "403",
    "InvalidClientTokenId",  # what IAM says to sessions that may not call it at all
    "MethodNotAllowed",  # what S3 says to other accounts that ask for a bucket's policy
}

VALUES: dict[str, Any] = {
    "AbacStatus": {"Status": "Disabled"},
    "ActionNames": ["iam:GetUser"],
    "AliasName": "alias/missing",
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "Arn": "arn:aws:mediaconvert:us-east-1:123456789012:queues/Default",
    "AssumeRolePolicyDocument": "{}",
    "Body": b"",
    "Bucket": "golden-bucket",
    "CopySource": "golden-bucket/object",
    "CORSConfiguration": {"CORSRules": []},
    "Delete": {"Objects": [{"Key": "missing"}]},
    "Description": "golden",
    "DryRun": True,
    "Id": "1700000000000-abcdef",
    "JobId": "1700000000000-abcdef",
    "Key": "missing",
    "MultipartUpload": {"Parts": []},
    "Name": "Default",
    "ObjectAttributes": ["ETag"],
    "Operations": ["Decrypt"],
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "PartNumber": 1,
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/missing",
    "Plaintext": b"x",
    "Policy": "{}",
    "PolicyArn": "arn:aws:iam::123456789012:policy/missing",
    "PolicyDocument": "{}",
    "PolicyInputList": ["{}"],
    "PolicySourceArn": "arn:aws:iam::123456789012:user/missing",
    "PublicAccessBlockConfiguration": {},
    "Role": "arn:aws:iam::123456789012:role/missing",
    "RoleArn": "arn:aws:iam::123456789012:role/golden-role",
    "RoleSessionName": "golden",
    "SerialNumber": "arn:aws:iam::123456789012:mfa/missing",
    "ServerSideEncryptionConfiguration": {"Rules": []},
    "ServiceNamespaces": ["iam"],
    "Settings": {},
    "Status": "Active",
    "TagKeys": ["a"],
    "Tagging": {"TagSet": []},
    "Tags": {"a": "b"},
    "UploadId": "missing",
    "VersionId": "v1",
    "VersioningConfiguration": {"Status": "Suspended"},
}
"""What stands for each required parameter. Names of IAM entities are missing ones, so that no call changes what another is allowed."""

NEEDED: dict[str, tuple[str, ...]] = {
    "Decrypt": ("CiphertextBlob",),
    "ReEncrypt": ("CiphertextBlob",),
    "RetireGrant": ("GrantToken", "DryRun"),
    "TagResource": ("Tags", "TagKeys"),
    "UntagResource": ("Tags", "TagKeys"),
}
"""Parameters that a call needs although the model does not say so."""


@pytest.fixture
def callers(aws: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Columns of the matrix: how to make a client of a service for each kind of caller.

    `group` has its policy from a group alone, `bounded` may do everything within AmazonS3ReadOnlyAccess; `session` is
    admin's GetSessionToken, `federated` admin's GetFederationToken, `stranger` the administrator of another account.
    """
    aws.client("s3").create_bucket(Bucket="golden-bucket")
    # With an object in it, nobody can delete the bucket while the matrix is made.
    aws.client("s3").put_object(Bucket="golden-bucket", Key="object", Body=b"")
    iam = aws.client("iam")

    def user(name: str, *policies: str) -> Any:
        keys = aws.user(name)
        for policy in policies:
            iam.attach_user_policy(UserName=name, PolicyArn=MANAGED + policy)
        return lambda service: aws.client(service, keys)

    # A key that is there, of somebody who may change nothing: neither its own nor another's.
    monkeypatch.setitem(VALUES, "AccessKeyId", aws.user("owner").access_key_id)
    # Whoever may, changes its state; what it can do then is another error than that of who may not.
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:root", Operations=["Decrypt"])
    monkeypatch.setitem(VALUES, "CiphertextBlob", kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    monkeypatch.setitem(VALUES, "GrantToken", grant["GrantToken"])
    for member in ("DestinationKeyId", "KeyId", "TargetKeyId"):
        monkeypatch.setitem(VALUES, member, key)
    role = aws.role("golden-role", {"AWS": "arn:aws:iam::123456789012:root"})
    iam.attach_role_policy(RoleName="golden-role", PolicyArn=MANAGED + "AmazonS3FullAccess")
    session = aws.assume(role)
    accounts = aws.api.ground.directory.accounts
    root = _keys(accounts.create_root_key(ACCOUNT))
    handed: list[Any] = []
    accounts.create("Elsewhere", "elsewhere@example.com", AccountId("444455556666"), hand_over=handed.append)
    stranger = _keys(handed[0].key)
    sts = aws.client("sts")
    user_session = _session(sts.get_session_token())
    federated = _session(sts.get_federation_token(Name="golden", PolicyArns=[{"arn": MANAGED + "AdministratorAccess"}]))
    iam.create_group(GroupName="golden-group")
    iam.attach_group_policy(GroupName="golden-group", PolicyArn=MANAGED + "IAMReadOnlyAccess")
    member = aws.user("member")
    iam.add_user_to_group(GroupName="golden-group", UserName="member")
    bounded = aws.user("bounded", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    boundary = MANAGED + "AmazonS3ReadOnlyAccess"
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=boundary)
    return {
        "unsigned": lambda service: aws.client(service, signature_version=UNSIGNED),
        "nobody": user("nobody"),
        "mc-read": user("mc-read", "AWSElementalMediaConvertReadOnly"),
        "mc-full": user("mc-full", "AWSElementalMediaConvertFullAccess"),
        "s3-read": user("s3-read", "AmazonS3ReadOnlyAccess"),
        "s3-role": lambda service: aws.client(service, session),
        "iam-read": user("iam-read", "IAMReadOnlyAccess"),
        "iam-full": user("iam-full", "IAMFullAccess"),
        "group": lambda service: aws.client(service, member),
        "bounded": lambda service: aws.client(service, bounded),
        "session": lambda service: aws.client(service, user_session),
        "federated": lambda service: aws.client(service, federated),
        "stranger": lambda service: aws.client(service, stranger),
        "admin": aws.client,
        "root": lambda service: aws.client(service, root),
    }


def _keys(new: NewAccessKey) -> Keys:
    return Keys(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)


def _session(answer: Any) -> Keys:
    given = answer["Credentials"]
    return Keys(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def test_who_may_call_what(callers: dict[str, Any]) -> None:
    """Each caller is refused exactly what the matrix says."""
    matrix = _matrix(callers)
    if os.environ.get("TELECINE_WRITE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(matrix, encoding="utf-8")

    assert matrix.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def _matrix(callers: dict[str, Any]) -> str:
    width = max(len(name) for name in callers) + 2
    lines = [f"{'':44}" + "".join(f"{name:{width}}" for name in callers)]
    for service in SERVICES:
        module = importlib.import_module(f"telecine.services.{service}.operations")
        clients = [make(service) for make in callers.values()]
        for operation in sorted({**module.OPERATIONS, **getattr(module, "STREAMS", {})}):
            cells = "".join(f"{_answer(client, operation):{width}}" for client in clients)
            lines.append(f"{service + ':' + operation + ' ':44}{cells}".rstrip())
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _answer(client: Any, operation: str) -> str:
    """`yes` when the caller was let through, whatever came of the call itself; `-` when it was refused."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    required = shape.required_members if shape is not None else []
    params = {name: VALUES.get(name, "missing-name") for name in required}
    params.update({name: VALUES[name] for name in NEEDED.get(operation, ()) if name in shape.members})
    if "Tags" in params and shape.members["Tags"].type_name == "list":
        key, value = shape.members["Tags"].member.members
        params["Tags"] = [{key: "a", value: "b"}]
    if "Policy" in params and shape.members["Policy"].type_name == "structure":
        params["Policy"] = {}  # MediaConvert's input policy, which is no document
    try:
        answer = getattr(client, xform_name(operation))(**params)
    except ClientError as error:
        return "-" if error.response["Error"]["Code"] in DENIED else "yes"
    # DeleteObjects answers for each key.
    return "-" if DENIED & {error["Code"] for error in answer.get("Errors", ())} else "yes"
