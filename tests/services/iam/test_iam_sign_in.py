"""Signing in with a password: what the console will ask, on a server as it is in production but for the socket."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher

from services.iam.conftest import GOOD, HERE, WRONG, refusal
from telecine.core.errors import ApiError
from telecine.services.iam.model import SignedIn, SignInSource


def events(aws: Any) -> Iterator[dict[str, Any]]:
    """The sign-ins in the audit log."""
    aws.api.ground.audit.close()
    for path in sorted((aws.folder / "audit").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record["eventSource"] == "signin.amazonaws.com":
                yield record


def test_a_user_signs_in(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Who they are, and that they did."""
    signed_in = sign_in()
    assert (signed_in.account, signed_in.mfa_at, signed_in.must_change_password) == (aws.account, None, False)
    assert signed_in.user is not None
    assert signed_in.user.name == "Bob"
    assert aws.client("iam").get_user(UserName="Bob")["User"]["PasswordLastUsed"] == aws.clock.now()


def test_signing_in_is_no_change_of_iam(sign_in: Callable[..., SignedIn], directory: Any) -> None:
    """What was cached under the generation stays good."""
    before = directory.generation()
    sign_in()
    with pytest.raises(ApiError):
        sign_in(password="wrong")
    assert directory.generation() == before


@pytest.mark.parametrize(
    "given",
    [
        {"password": "wrong"},
        {"password": ""},
        {"user": "Nobody"},
        {"user": "admin", "password": GOOD},
        {"account": "999999999999"},
        {"account": "no-such-alias"},
        {"mfa_code": "123456"},
    ],
)
def test_every_mistake_has_one_answer(sign_in: Callable[..., SignedIn], given: dict[str, str]) -> None:
    """Nobody learns which accounts and users there are."""
    assert refusal(sign_in, **given) == WRONG


def test_a_user_without_a_password_is_like_nobody(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Though the user exists."""
    aws.client("iam").create_user(UserName="Robot")
    assert refusal(sign_in, user="Robot") == WRONG


def test_a_password_is_checked_whoever_is_named(
    sign_in: Callable[..., SignedIn], aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow part is done as often for a user that does not exist, so that the time tells nothing."""
    checked: list[bytes] = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hashed: str, password: bytes) -> Any:
        checked.append(password)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    for number, given in enumerate(({}, {"user": "Nobody"}, {"account": "999999999999"})):
        refusal(sign_in, password=f"guess-{number}", **given)
    assert checked == [b"guess-0", b"guess-1", b"guess-2"]


def test_an_account_can_be_named_by_its_alias(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """As the console's address does it."""
    with aws.api.ground.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE iam_accounts SET alias = 'studio'")
    assert sign_in(account="studio").account == aws.account


@pytest.mark.parametrize(
    "given",
    [
        {"user": "B\0b"},
        {"user": "\ud800"},
        {"account": "\ud800\0"},
        {"password": "\ud800"},
        {"password": "x" * 1_000_000},
        {"source": SignInSource(address="\ud800")},
    ],
)
def test_what_is_no_text_is_a_mistake_like_any_other(
    sign_in: Callable[..., SignedIn], directory: Any, aws: Any, given: dict[str, Any]
) -> None:
    """It is answered and recorded, in every database."""
    assert refusal(sign_in, **{"password": "x", **given}) == WRONG
    assert refusal(directory.sign_in.check_root, given.get("user", "x"), "\ud800", source=HERE) == WRONG
    assert len(list(events(aws))) == 2


class Phone:
    """An enabled device of Bob's."""

    def __init__(self, aws: Any, name: str) -> None:
        iam = aws.client("iam")
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self._seed, self._aws = pyotp.TOTP(made["Base32StringSeed"].decode()), aws
        iam.enable_mfa_device(
            UserName="Bob",
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=self.code(-1),
            AuthenticationCode2=self.code(0),
        )
        aws.clock.advance(60)

    def code(self, steps: int = 0) -> str:
        """What it shows `steps` half minutes from now."""
        return self._seed.at(int(self._aws.clock.now().timestamp()) + 30 * steps)


def test_who_has_a_device_must_show_a_code(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Of whichever device; it counts once; a wrong one is a wrong answer like any other."""
    first, second = Phone(aws, "first"), Phone(aws, "second")
    assert refusal(sign_in)[0] == "MfaCodeRequired"
    assert refusal(sign_in, password="wrong") == WRONG
    for wrong in ("000000", "", "\ud800"):
        assert refusal(sign_in, mfa_code=wrong) == WRONG

    assert sign_in(mfa_code=second.code()).mfa_at == aws.clock.now()
    assert refusal(sign_in, mfa_code=second.code()) == WRONG
    assert sign_in(mfa_code=first.code()).mfa_at == aws.clock.now()


def test_a_wrong_password_uses_up_no_code(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Or else anybody could keep the owner from signing in."""
    phone = Phone(aws, "phone")
    code = phone.code()
    assert refusal(sign_in, password="wrong", mfa_code=code) == WRONG
    sign_in(mfa_code=code)


def test_asking_for_a_code_costs_nothing(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Half a sign-in is no failure, however often."""
    phone = Phone(aws, "phone")
    for _ in range(30):
        assert refusal(sign_in)[0] == "MfaCodeRequired"
    sign_in(mfa_code=phone.code())


def test_a_password_that_has_to_be_changed(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Because an administrator says so, or because it has run out."""
    iam = aws.client("iam")
    iam.update_login_profile(UserName="Bob", PasswordResetRequired=True)
    assert sign_in().must_change_password
    iam.update_login_profile(UserName="Bob", PasswordResetRequired=False)
    assert not sign_in().must_change_password

    iam.update_account_password_policy(MaxPasswordAge=1)
    aws.clock.advance(86_399)
    assert not sign_in().must_change_password
    aws.clock.advance(1)
    assert sign_in().must_change_password
    iam.update_account_password_policy(MaxPasswordAge=1, HardExpiry=True)
    assert refusal(sign_in)[0] == "PasswordExpired"
    assert refusal(sign_in, password="wrong") == WRONG


def test_hashes_are_renewed_when_their_parameters_change(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """The next sign-in makes a new one of the same password."""
    directory = aws.api.ground.directory
    bob = directory.users.get(aws.account, "Bob")
    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(GOOD)
    with aws.api.ground.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE iam_login_profiles SET password_hash = ?", (weak,))
    sign_in()
    renewed = directory.passwords.profile(bob).password_hash
    assert renewed != weak
    assert "$m=8," in renewed
    sign_in()
    assert directory.passwords.profile(bob).password_hash == renewed


def test_root_signs_in_by_email(directory: Any, aws: Any) -> None:
    """By number only as long as there is no e-mail address; with a code where there is a device."""
    accounts = directory.accounts
    accounts.set_root_password(aws.account, "root-password-1")

    def root(who: str, password: str = "root-password-1", **more: Any) -> SignedIn:
        found: SignedIn = directory.sign_in.check_root(who, password, source=HERE, **more)
        return found

    assert root(aws.account).user is None
    accounts.set_root_email(aws.account, "Owner@example.com")
    assert refusal(root, aws.account) == WRONG
    assert refusal(root, "owner@example.com", GOOD) == WRONG
    signed_in = root("owner@EXAMPLE.com")
    assert (signed_in.account, signed_in.user, signed_in.must_change_password) == (aws.account, None, False)
    assert accounts.find(aws.account).root_password_last_used == aws.clock.now()

    new = directory.mfa.create(aws.account, "root-account-mfa-device", owner=aws.account)
    seed, now = pyotp.TOTP(new.seed), int(aws.clock.now().timestamp())
    directory.mfa.enable(aws.account, None, new.device.serial_number, (seed.at(now - 30), seed.at(now)))
    assert refusal(root, "owner@example.com")[0] == "MfaCodeRequired"
    assert root("owner@example.com", mfa_code=seed.at(now + 30)).mfa_at == aws.clock.now()


def test_root_without_a_password_is_like_nobody(directory: Any, aws: Any) -> None:
    """As after the first start."""
    for who in (aws.account, "nobody@example.com", ""):
        for password in ("", "anything"):
            assert refusal(directory.sign_in.check_root, who, password, source=HERE) == WRONG


def test_every_attempt_is_recorded(sign_in: Callable[..., SignedIn], directory: Any, aws: Any) -> None:
    """Who, from where, with a code or without, and how it ended; never what was typed."""
    sign_in()
    refusal(sign_in, password="Wrong-secret-1")
    refusal(sign_in, user="My-password-1")
    refusal(sign_in, account="999999999999")
    refusal(directory.sign_in.check_root, aws.account, "Wrong-secret-1", source=HERE)
    phone = Phone(aws, "phone")
    refusal(sign_in)
    sign_in(mfa_code=phone.code())

    found = list(events(aws))
    bob = directory.users.get(aws.account, "Bob")
    known = {
        "type": "IAMUser",
        "principalId": bob.unique_id,
        "arn": bob.arn,
        "accountId": aws.account,
        "userName": "Bob",
    }
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert [record["userIdentity"] for record in found] == [
        known,
        known,
        {"type": "IAMUser", "accountId": aws.account, "userName": hidden},
        {"type": "IAMUser", "userName": hidden},
        {
            "type": "Root",
            "principalId": aws.account,
            "arn": f"arn:aws:iam::{aws.account}:root",
            "accountId": aws.account,
        },
        known,
        known,
    ]
    assert [next(iter(record["responseElements"].items())) for record in found] == [
        ("ConsoleLogin", "Success"),
        *[("ConsoleLogin", "Failure")] * 4,
        ("CheckMfa", "Success"),
        ("ConsoleLogin", "Success"),
    ]
    assert [record["additionalEventData"]["MFAUsed"] for record in found] == ["No"] * 6 + ["Yes"]
    assert {(record["sourceIPAddress"], record["userAgent"], record["eventType"]) for record in found} == {
        ("192.0.2.7", "Browser/1", "AwsConsoleSignIn")
    }
    assert {record["recipientAccountId"] for record in found} == {aws.account}
    text = json.dumps(found)
    assert not [secret for secret in (GOOD, "Wrong-secret-1", "My-password-1", "999999999999") if secret in text]
