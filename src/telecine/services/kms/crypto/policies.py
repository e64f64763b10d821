"""Key policies: what they are to begin with, which are taken, and how they read now."""

import json
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from telecine.core.arn import Arn
from telecine.core.names import AccountId, Region, UniqueId
from telecine.policy import MalformedPolicy, check_resource_policy
from telecine.services.iam.directory.current_policies import CurrentPolicies, Principals
from telecine.services.iam.directory.principals import UnknownPrincipal
from telecine.services.kms import errors
from telecine.services.kms.crypto.ledger import Ledger
from telecine.services.kms.model import MAX_POLICY_BYTES, Key, KeyPolicy
from telecine.services.kms.store import keys as store


class Policies:
    """The policies of keys."""

    def __init__(self, ledger: Ledger, principals: Principals) -> None:
        self._ledger = ledger
        self._principals = principals
        self._current = CurrentPolicies(principals)

    def current(self, key: Key) -> str:
        """The key's policy as it counts now: a user or role that is gone stands there by its unique id."""
        return self._current.text(key.id, key.policy)

    def prepare(self, text: str, known: Collection[UniqueId] = ()) -> KeyPolicy:
        """`text`, if it may be a key policy. `known` are those whom the one in its place names.

        Raises MalformedPolicyDocumentException, LimitExceededException.
        """
        if len(text.encode()) > MAX_POLICY_BYTES:
            raise errors.beyond_quota(f"A key policy has at most {MAX_POLICY_BYTES} bytes.")
        try:
            # Real policies list kms:ListKeys and the like as well, which KMS takes: they are about no key.
            check_resource_policy(text, service="kms", owns=None)
            return KeyPolicy(text=text, principals=self._principals.bind(text, known))
        except MalformedPolicy as problem:
            raise errors.malformed_policy(problem.message) from problem
        except UnknownPrincipal as problem:
            message = f"Policy contains a statement with one or more invalid principals: {problem.principal}"
            raise errors.malformed_policy(message) from problem

    def put(self, key: Key, policy: KeyPolicy) -> None:
        """Make `policy`, which `prepare` gave, the key's. Raises NotFoundException."""

        def work(connection: Connection, current: Key) -> None:
            store.set_policy(connection, current.id, policy)

        self._ledger.change("PutKeyPolicy", key, work)


def delegating(account: AccountId) -> str:
    """The policy of a key made without one: its account decides, by identity policies (KMS developer guide, "Default
    key policy")."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": str(Arn.of("iam", account, "root"))},
        "Action": "kms:*",
        "Resource": "*",
    }
    return _document("key-default-1", statement)


def of_service(account: AccountId, region: Region, service: str) -> str:
    """The policy of an AWS managed key: everybody in the account, through the service that it is for."""
    use = {
        "Sid": f"Allow access through {service.upper()} for all principals in the account that are authorized to use "
        f"{service.upper()}",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
        },
    }
    look = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": str(Arn.of("iam", account, "root"))},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
        "Resource": "*",
    }
    return _document(f"auto-{service}-2", use, look)


def _document(name: str, *statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Id": name, "Statement": statements}, indent=2)
