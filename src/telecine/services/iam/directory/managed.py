"""The managed policies that AWS itself provides, as data: those that matter to what this server does.

Texts, versions and dates as published in the "AWS managed policy reference guide" (to the minute, where it does not say
the second); of each policy AWS publishes the default version alone, and so do we. They can be read and attached;
nobody can change them. One policy a file in `managed_policies/`.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from telecine.core.names import UniqueId
from telecine.services.iam.model import AWS_ACCOUNT, SERVICE_LINKED_PATH, ManagedPolicy, PolicyVersion

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
S3_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
API_GATEWAY_INVOKE_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess"


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPolicy:
    """One policy of AWS's with the text of its default version, the only one that we carry."""

    policy: ManagedPolicy
    version: PolicyVersion


def _load() -> Mapping[str, AwsPolicy]:
    folder = files("telecine.services.iam.directory").joinpath("managed_policies")
    read = (_policy(json.loads(file.read_text(encoding="utf-8"))) for file in folder.iterdir())
    return {entry.policy.arn: entry for entry in sorted(read, key=lambda entry: entry.policy.name.lower())}


def _policy(given: Mapping[str, Any]) -> AwsPolicy:
    name, updated = given["name"], datetime.fromisoformat(given["updated"])
    return AwsPolicy(
        policy=ManagedPolicy(
            unique_id=UniqueId(given["id"] if "id" in given else _own_id(name)),
            account=AWS_ACCOUNT,
            name=name,
            path=given["path"],
            description=given["description"],
            created_at=datetime.fromisoformat(given["created"]),
            updated_at=updated,
            default_version=given["version"],
            tags={},
            # The reference guide of such a policy: "You cannot attach this policy to your users, groups, or roles."
            is_attachable=given["path"] != SERVICE_LINKED_PATH,
        ),
        version=PolicyVersion(
            number=given["version"],
            document=json.dumps(given["document"], indent=2),
            is_default=True,
            created_at=updated,
        ),
    )


def _own_id(name: str) -> str:
    """An id in AWS's form, always the same, for a policy whose own id is published nowhere."""
    return "ANPA" + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:17]


AWS_POLICIES: Mapping[str, AwsPolicy] = _load()
"""By ARN."""
