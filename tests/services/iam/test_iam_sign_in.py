"""Signing in with a password: what the console will ask, on a server as it is in production but for the socket."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from botocore.exceptions import ClientError

from telecine.core.errors import ApiError
from telecine.services.iam.model import SignedIn, SignInSource

GOOD = "Correct-horse-9"
WRONG = ("AuthenticationFailed", "Your authentication information is incorrect. Please try again.")
HERE = SignInSource(address="192.0.2.7", user_agent="Browser/1")


@pytest.fixture
def directory(aws: Any) -> Any:
    """The directory of a server with a user Bob who has a password."""
    iam = aws.client("iam")
    iam.create_user(UserName="Bob")
    iam.create_login_profile(UserName="Bob", Password=GOOD)
    return aws.api.ground.directory


@pytest.fixture
def sign_in(directory: Any, aws: Any) -> Callable[..., SignedIn]:
    """Signs Bob in, but for what a test says otherwise."""

    def sign_in(
        user: str = "Bob", password: str = GOOD, account: str = aws.account, source: SignInSource = HERE, **more: Any
    ) -> SignedIn:
        found: SignedIn = directory.sign_in.check(account, user, password, source=source, **more)
        return found

    return sign_in


def refusal(attempt: Callable[..., object], *args: object, **more: object) -> tuple[str, str]:
    """Code and message of what an attempt ends in."""
    with pytest.raises(ApiError) as error:
        attempt(*args, **more)
    return error.value.code, error.value.message


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


def test_guessing_becomes_slow(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Five for nothing, then one second, two, four; by name and by alias, in whatever case; a right one ends it."""
    with aws.api.ground.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE iam_accounts SET alias = 'studio'")
    for number in range(5):
        account = "studio" if number % 2 else aws.account
        assert refusal(sign_in, password="x", user="bOB", account=account) == WRONG
    for seconds in (1, 2, 4):
        assert refusal(sign_in, password="x")[0] == "Throttling"
        aws.clock.advance(seconds - 0.5)
        assert refusal(sign_in)[0] == "Throttling"
        aws.clock.advance(0.5)
        assert refusal(sign_in, password="x") == WRONG
    aws.clock.advance(8)
    sign_in()
    for _ in range(5):
        assert refusal(sign_in, password="x") == WRONG


def test_the_wait_has_an_end_and_is_forgotten(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Five minutes at most; after an hour of peace nothing is left."""
    for _ in range(20):
        refusal(sign_in, password="x")
        aws.clock.advance(300)
    assert refusal(sign_in, password="x") == WRONG
    aws.clock.advance(299)
    assert refusal(sign_in)[0] == "Throttling"
    aws.clock.advance(3601)
    for _ in range(5):
        assert refusal(sign_in, password="x") == WRONG


def test_guessing_at_many_names_from_one_place_becomes_slow(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """Twenty failures from an address; a whole IPv6 network of one household counts as one."""
    for number in range(20):
        there = SignInSource(address=f"2001:db8:1:2::{number + 1:x}")
        assert refusal(sign_in, user=f"u{number}", source=there) == WRONG
    assert refusal(sign_in, source=SignInSource(address="2001:db8:1:2:ffff::1"))[0] == "Throttling"
    sign_in(source=SignInSource(address="2001:db8:1:3::1"))
    aws.clock.advance(1)
    sign_in(source=SignInSource(address="2001:db8:1:2:ffff::1"))


def test_a_right_password_does_not_pay_for_the_wrong_ones_of_a_place(
    sign_in: Callable[..., SignedIn], aws: Any
) -> None:
    """Who signs in to an account of their own in between does not buy more guesses at others."""
    for number in range(20):
        refusal(sign_in, user=f"u{number}")
        if number < 19:
            sign_in()
    assert refusal(sign_in)[0] == "Throttling"


def test_guesses_at_the_same_moment_are_all_counted(sign_in: Callable[..., SignedIn]) -> None:
    """They are charged before they are checked: no race lets more than five through."""
    answers: list[str] = []
    barrier = threading.Barrier(8)

    def guess() -> None:
        barrier.wait()
        answers.append(refusal(sign_in, password="x")[0])

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["AuthenticationFailed"] * 5 + ["Throttling"] * 3


def test_every_process_counts(make_aws: Callable[..., Any], sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """The failures stand in the database."""
    for _ in range(5):
        refusal(sign_in, password="x")
    assert list(attempts(aws).values()) == [5, 5, 5]


def attempts(aws: Any) -> dict[str, int]:
    """The failures that stand in the database, by what they count against: person here, person, here."""
    with aws.api.ground.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT subject, failures FROM iam_sign_in_attempts").all()
    return {row.subject: row.failures for row in rows}


def test_the_database_does_not_tell_what_was_typed(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """It may be a password that somebody typed into the wrong field, and outlive the attempt in a backup."""
    refusal(sign_in, user="My-password-1")
    for subject in attempts(aws):
        assert "my-password-1" not in subject
        assert re.fullmatch("[0-9a-f]{64}", subject)


def test_guessing_elsewhere_keeps_nobody_out(sign_in: Callable[..., SignedIn], directory: Any, aws: Any) -> None:
    """Who guesses has to wait longer and longer; the owner signs in at once, from somewhere else, root too."""
    elsewhere = SignInSource(address="198.51.100.9")
    directory.accounts.set_root_password(aws.account, "root-password-1")
    for _ in range(20):
        refusal(sign_in, password="x", source=elsewhere)
        refusal(directory.sign_in.check_root, aws.account, "x", source=elsewhere)
        aws.clock.advance(300)
    assert refusal(sign_in, password="x", source=elsewhere) == WRONG
    assert refusal(sign_in, source=elsewhere)[0] == "Throttling"
    sign_in()
    directory.sign_in.check_root(aws.account, "root-password-1", source=HERE)
    assert refusal(sign_in, source=elsewhere)[0] == "Throttling"


def test_guessing_from_everywhere_becomes_slow_too(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """A hundred for nothing; then the owner waits as well, never longer than fifteen seconds."""
    for number in range(104):
        if number >= 100:
            aws.clock.advance(2 ** (number - 100))
        assert refusal(sign_in, password="x", source=SignInSource(address=f"198.51.100.{number}")) == WRONG
    assert refusal(sign_in)[0] == "Throttling"
    aws.clock.advance(15)
    sign_in()


def test_guessing_with_a_found_key_keeps_nobody_from_signing_in(sign_in: Callable[..., SignedIn], aws: Any) -> None:
    """ChangePassword becomes slow; the password still signs in."""
    admin = aws.client("iam")
    admin.put_user_policy(
        UserName="Bob",
        PolicyName="own",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"},
            }
        ),
    )
    key = admin.create_access_key(UserName="Bob")["AccessKey"]
    found = type(aws.admin)(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
    answers = []
    for _ in range(6):
        with pytest.raises(ClientError) as error:
            aws.client("iam", found).change_password(OldPassword="x", NewPassword="Another-horse-1")
        answers.append(error.value.response["Error"]["Code"])
    assert answers == ["AccessDenied"] * 5 + ["Throttling"]
    sign_in()


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
