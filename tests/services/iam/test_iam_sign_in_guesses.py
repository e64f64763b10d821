"""Guessing passwords: it becomes slow for who guesses, and keeps nobody else out."""

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.iam.conftest import HERE, WRONG, refusal
from telecine.services.iam.model import SignedIn, SignInSource


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
