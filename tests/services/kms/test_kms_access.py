"""Who may use a key: its policy first."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from services.conftest import Keys as Credentials
from telecine.core.names import AccessKeyId, AccountId
from telecine.policy import ResourceRule
from telecine.services.contract import Caller

Aws = Any
Refused = Callable[..., tuple[str, str]]
ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER = f"arn:aws:iam::{ACCOUNT}:user/"
ADMIN = {"Effect": "Allow", "Principal": {"AWS": USER + "admin"}, "Action": "kms:*", "Resource": "*"}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_the_default_policy_hands_the_word_to_the_account(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Then identity policies decide."""
    ada = aws.client("kms", aws.user("ada", {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key}))
    bob = aws.client("kms", aws.user("bob"))
    ada.encrypt(KeyId=key, Plaintext=b"x")

    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][0]["Principal"] == {"AWS": ROOT}
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    assert refused(bob.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


def test_what_the_key_policy_does_not_allow_nobody_may(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Neither the administrator nor the account's root user; whom it names may without any policy of its own."""
    ada = aws.client("kms", aws.user("ada"))
    root = aws.api.ground.directory.accounts.create_root_key(AccountId(ACCOUNT))
    keys = Credentials(access_key_id=root.key.access_key_id, secret_access_key=root.secret_access_key)
    use = {"Effect": "Allow", "Principal": {"AWS": USER + "ada"}, "Action": "kms:Encrypt", "Resource": "*"}
    change = {**ADMIN, "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy"]}
    kms.put_key_policy(KeyId=key, Policy=policy(use, change))
    ada.encrypt(KeyId=key, Plaintext=b"x")

    for client in (kms, aws.client("kms", keys)):
        code, message = refused(client.encrypt, KeyId=key, Plaintext=b"x")
        assert code == "AccessDeniedException"
        assert "because no resource-based policy allows the kms:Encrypt action" in message


def test_a_policy_that_locks_its_writer_out_is_refused(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Unless the writer wants just that, or the account keeps the word."""
    aws.user("ada")
    other = policy({**ADMIN, "Principal": {"AWS": USER + "ada"}})
    denied = policy(ADMIN, {**ADMIN, "Effect": "Deny", "Action": "kms:Put*"})
    told = (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )

    for text in (other, denied):
        assert refused(kms.put_key_policy, KeyId=key, Policy=text) == told
        assert refused(kms.create_key, Policy=text) == told
    kms.create_key(Policy=policy({**ADMIN, "Principal": {"AWS": ACCOUNT}}))
    kms.put_key_policy(KeyId=key, Policy=other, BypassPolicyLockoutSafetyCheck=True)
    assert refused(kms.get_key_policy, KeyId=key)[0] == "AccessDeniedException"


def test_wrong_policies_are_refused(kms: Any, key: str, refused: Refused) -> None:
    """Before they are in force."""
    for text, code in (
        ("{", "MalformedPolicyDocumentException"),
        (policy({**ADMIN, "Principal": {"AWS": USER + "nobody"}}), "MalformedPolicyDocumentException"),
        (policy({**ADMIN, "Action": "s3:*"}), "MalformedPolicyDocumentException"),
        (policy({**ADMIN, "Sid": "x" * 33_000}), "LimitExceededException"),
    ):
        assert refused(kms.put_key_policy, KeyId=key, Policy=text)[0] == code
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="other", Policy=policy(ADMIN))[0] == "NotFoundException"
    assert refused(kms.get_key_policy, KeyId=key, PolicyName="other")[0] == "NotFoundException"
    assert refused(kms.list_key_policies, KeyId=key, Marker="x")[0] == "InvalidMarkerException"


def test_statements_that_fit_no_key_are_taken_and_open_nothing(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """An action on no key, a resource that is another key."""
    ada = aws.client("kms", aws.user("ada"))
    other = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/8f2b0b1e-3b0f-4b4c-9a52-0d3fe1d2c111"
    use = {"Effect": "Allow", "Principal": {"AWS": USER + "ada"}}
    statements = ({**use, "Action": "kms:ListKeys", "Resource": "*"}, {**use, "Action": "kms:*", "Resource": other})
    kms.put_key_policy(KeyId=key, Policy=policy(ADMIN, *statements))

    assert refused(ada.list_keys)[0] == "AccessDeniedException"
    assert refused(ada.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


def test_a_namesake_inherits_nothing(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Who is gone stands in the policy by the unique id."""
    old = aws.user("ada")
    kms.put_key_policy(KeyId=key, Policy=policy(ADMIN, {**ADMIN, "Principal": {"AWS": USER + "ada"}}))
    iam = aws.client("iam")
    iam.delete_access_key(UserName="ada", AccessKeyId=old.access_key_id)
    iam.delete_user(UserName="ada")
    ada = aws.client("kms", aws.user("ada"))

    assert refused(ada.describe_key, KeyId=key)[0] == "AccessDeniedException"
    assert "AIDA" in kms.get_key_policy(KeyId=key)["Policy"]
    kms.put_key_policy(KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"])


def test_conditions_of_key_policies(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """On the encryption context, the alias of the request and the tags and aliases of the key."""
    ada = aws.client("kms", aws.user("ada"))
    use = {"Effect": "Allow", "Principal": {"AWS": USER + "ada"}, "Action": "kms:Encrypt", "Resource": "*"}
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "Team", "TagValue": "film"}])
    for condition, good, bad in (
        ({"StringEquals": {"kms:EncryptionContext:film": "7"}}, {"EncryptionContext": {"film": "7"}}, {}),
        ({"StringEquals": {"kms:RequestAlias": "alias/films"}}, {"KeyId": "alias/films"}, {}),
        ({"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/f*"}}, {}, None),
        ({"StringEquals": {"aws:ResourceTag/Team": "film", "kms:CallerAccount": ACCOUNT}}, {}, None),
        ({"Null": {"kms:EncryptionContextKeys": "true"}}, {}, {"EncryptionContext": {"film": "7"}}),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, None, {}),
    ):
        kms.put_key_policy(KeyId=key, Policy=policy(ADMIN, {**use, "Condition": condition}))
        if good is not None:
            ada.encrypt(**{"KeyId": key, "Plaintext": b"x", **good})
        if bad is not None:
            assert refused(ada.encrypt, **{"KeyId": key, "Plaintext": b"x", **bad})[0] == "AccessDeniedException"


def test_another_account_uses_a_key_that_both_allow(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """By its ARN; it changes nothing of it, whatever the key's policy says."""
    handed: list[Any] = []
    accounts = aws.api.ground.directory.accounts
    accounts.create("Elsewhere", "elsewhere@example.com", AccountId("444455556666"), hand_over=handed.append)
    new = handed[0].key
    far = aws.client("kms", Credentials(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key))
    assert refused(far.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    outside = {**ADMIN, "Principal": {"AWS": "444455556666"}}
    kms.put_key_policy(KeyId=key, Policy=policy(ADMIN, outside))
    blob = far.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]

    assert far.decrypt(CiphertextBlob=blob)["KeyId"] == key
    assert far.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == ACCOUNT
    for call in (far.disable_key, far.get_key_policy, far.schedule_key_deletion, far.list_resource_tags):
        assert refused(call, KeyId=key)[0] == "AccessDeniedException"
    assert refused(far.encrypt, KeyId=key.rpartition("/")[2], Plaintext=b"x")[0] == "NotFoundException"
    assert refused(far.list_aliases, KeyId=key)[0] == "NotFoundException"


def test_what_a_service_asks_for_on_a_callers_behalf(aws: Aws) -> None:
    """The key's policy sees the service and the encryption context; without a service it sees that there is none."""
    keys = aws.api.ground.keys
    caller: Caller = aws.api.ground.sessions.signing_key(AccessKeyId(aws.admin.access_key_id)).caller
    key = keys.managed(AccountId(ACCOUNT))
    need = keys.need(
        "kms:Decrypt", key, caller, encryption_context={"aws:s3:arn": "x"}, via="s3.us-east-1.amazonaws.com"
    )
    direct = keys.need("kms:Decrypt", key, caller, encryption_context={})
    found = keys.generate_data_key(key, {"aws:s3:arn": "x"})

    assert (need.resource, need.resource_account) == (key.arn, ACCOUNT)
    assert need.resource_policy is not None
    assert need.resource_policy.rule is ResourceRule.REQUIRED
    assert need.context["kms:ViaService"] == "s3.us-east-1.amazonaws.com"
    assert need.context["aws:ViaAWSService"] == "true"
    assert need.context["kms:EncryptionContext:aws:s3:arn"] == "x"
    assert (direct.context["aws:ViaAWSService"], "kms:ViaService" in direct.context) == ("false", False)
    assert keys.key_of(found.blob) == key
    assert keys.decrypt(found.blob, {"aws:s3:arn": "x"}).plaintext == found.plaintext
    assert str(found.plaintext) not in repr(found)
