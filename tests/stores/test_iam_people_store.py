"""Accounts, passwords, MFA devices and attempts to sign in, on either database and from many threads."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Literal

import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.iam import store
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.accounts import AccountExists
from telecine.services.iam.directory.passwords import default_problem, problem_with
from telecine.services.iam.directory.throttle import own_password, sign_in
from telecine.services.iam.model import (
    LoginProfile,
    PasswordPolicy,
    SignInAttempt,
    SignInSource,
    User,
)
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
OTHER = AccountId("444455556666")
GOOD = "Correct-horse-9"
HERE = SignInSource(address="192.0.2.7")


class Meddler(PasswordHasher):
    """Hashes cheaply, and lets something happen while it does, once."""

    meanwhile: Callable[[], None] | None = None
    while_verifying: Callable[[], None] | None = None

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        happening, self.meanwhile = self.meanwhile, None
        if happening is not None:
            happening()
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
        happening, self.while_verifying = self.while_verifying, None
        if happening is not None:
            happening()
        return super().verify(hash, password)


class World:
    """A directory, its clock, and what it was told of sign-ins."""

    def __init__(self, database: Database, seed: int = 0) -> None:
        self.clock = ManualClock()
        self.told: list[SignInAttempt] = []
        self.hasher = Meddler(time_cost=1, memory_cost=8, parallelism=1)
        self.directory = Directory(
            database,
            RootKey(b"k" * 32),
            self.clock,
            seeded_ids(seed),
            PageTokens(b"p" * 32),
            passwords=self.hasher,
            record=self.told.append,
        )


@pytest.fixture
def world(database: Database) -> World:
    """A directory with its first account."""
    made = World(database)
    made.directory.bootstrap(ACCOUNT)
    return made


@pytest.fixture
def bob(world: World) -> User:
    """A user with a password."""
    made = world.directory.users.create(ACCOUNT, "Bob")
    world.directory.passwords.create(made, GOOD, must_change=False)
    return made


def together(count: int, work: Callable[[], object]) -> list[str]:
    """What each of `count` threads that start at the same moment ends in: `done`, or an error's code."""
    ends: list[str] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            work()
        except ApiError as error:
            ends.append(error.code)
        else:
            ends.append("done")

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_accounts_keep_their_order_though_the_clock_stands_still(world: World) -> None:
    """The first one stays the first one, whatever numbers come later."""
    accounts = world.directory.accounts
    made = [accounts.create(f"n{number}", f"{number}@example.com").account for number in range(5)]
    made.append(accounts.create("low", "low@example.com", AccountId("000000000001")).account)
    assert [account.account for account in accounts.all()] == [ACCOUNT, *made]
    assert accounts.first() == ACCOUNT
    assert all(len(number) == 12 and number.isdecimal() for number in made)
    assert accounts.exists(made[0])
    assert not accounts.exists(OTHER)


@pytest.mark.parametrize(("email", "number"), [("A@example.com", None), ("b@example.com", ACCOUNT)])
def test_no_two_accounts_are_alike(world: World, email: str, number: AccountId | None) -> None:
    """Neither in number nor, in whatever case, in e-mail address."""
    world.directory.accounts.create("first", "a@example.com", OTHER)
    with pytest.raises(AccountExists):
        world.directory.accounts.create("second", email, number)


def test_a_password_policy_is_read_back_as_it_was_written(world: World) -> None:
    """Every member."""
    policy = PasswordPolicy(
        minimum_length=9,
        require_symbols=True,
        require_numbers=True,
        require_uppercase=True,
        require_lowercase=True,
        allow_users_to_change=True,
        max_age_days=3,
        reuse_prevention=4,
        hard_expiry=True,
    )
    world.directory.passwords.set_policy(ACCOUNT, policy)
    assert world.directory.passwords.policy(ACCOUNT) == policy
    world.directory.passwords.delete_policy(ACCOUNT)
    assert world.directory.passwords.policy(ACCOUNT) is None


def test_as_many_old_passwords_are_remembered_as_a_policy_can_ask_for(
    world: World, bob: User, database: Database
) -> None:
    """24 with the one in force, latest first, though many changes fall into one millisecond."""
    for number in range(40):
        profile = world.directory.passwords.profile(bob)
        put = partial(store.passwords.replace, user_id=bob.unique_id, old=profile, now=world.clock.now())
        assert database.write(partial(put, new_hash=f"hash-{number}"))
    with database.read() as connection:
        remembered = store.passwords.history(connection, bob.unique_id, 99)
    assert remembered == [f"hash-{number}" for number in range(38, 15, -1)]


def test_of_two_changes_at_once_one_is_told_to_try_again(world: World, bob: User) -> None:
    """Nobody's password is overwritten unseen."""
    directory = world.directory
    world.hasher.meanwhile = lambda: directory.passwords.update(bob, "Battery-staple-7", must_change=None)
    with pytest.raises(ApiError) as error:
        directory.passwords.change(bob, GOOD, "Another-one-5")
    assert error.value.code == "EntityTemporarilyUnmodifiable"
    directory.passwords.change(bob, "Battery-staple-7", "Another-one-5")


def test_one_code_counts_once_though_many_show_it_at_once(world: World, bob: User) -> None:
    """The step is spent in the transaction that looks at it."""
    new = world.directory.mfa.create(ACCOUNT, "phone", owner="Bob")
    seed, now = pyotp.TOTP(new.seed), int(world.clock.now().timestamp())
    world.directory.mfa.enable(ACCOUNT, bob, new.device.serial_number, (seed.at(now - 30), seed.at(now)))
    world.clock.advance(30)
    serial, code = new.device.serial_number, seed.at(now + 30)
    ends = together(4, lambda: world.directory.mfa.verify(ACCOUNT, bob, serial, code))
    assert ends.count("done") == 1
    assert set(ends) <= {"done", "InvalidAuthenticationCode"}


def test_a_device_is_given_once_though_many_ask_at_once(world: World, bob: User) -> None:
    """And its codes are spent once."""
    new = world.directory.mfa.create(ACCOUNT, "phone", owner="Bob")
    seed, now = pyotp.TOTP(new.seed), int(world.clock.now().timestamp())
    codes = (seed.at(now - 30), seed.at(now))
    ends = together(4, lambda: world.directory.mfa.enable(ACCOUNT, bob, new.device.serial_number, codes))
    assert ends == ["EntityAlreadyExists"] * 3 + ["done"]


def test_devices_of_another_account_are_not_there(world: World, bob: User) -> None:
    """Whoever knows the serial number."""
    world.directory.accounts.create("other", "other@example.com", OTHER)
    new = world.directory.mfa.create(ACCOUNT, "phone", owner="Bob")
    assert world.directory.mfa.find(OTHER, new.device.serial_number) is None
    world.directory.mfa.create(OTHER, "phone", owner="x")


def test_guesses_at_once_are_all_counted(world: World, bob: User) -> None:
    """In whatever process: five are looked at, the others wait."""
    ends = together(9, lambda: world.directory.sign_in.check(ACCOUNT, "Bob", "wrong", source=HERE))
    assert ends == ["AuthenticationFailed"] * 5 + ["Throttling"] * 4
    assert [attempt.problem for attempt in world.told].count("Rate exceeded") == 4


def test_right_ones_at_once_all_get_in(world: World, bob: User) -> None:
    """The charge is given back: more than twenty from one address."""
    for _ in range(6):
        assert together(4, lambda: world.directory.sign_in.check(ACCOUNT, "Bob", GOOD, source=HERE)) == ["done"] * 4


def test_what_is_long_ago_is_forgotten(world: World, bob: User, database: Database) -> None:
    """The table does not grow with names that somebody makes up."""
    for number in range(10):
        source = SignInSource(address=f"192.0.2.{number}")
        with pytest.raises(ApiError):
            world.directory.sign_in.check(ACCOUNT, f"guess-{number}", "x", source=source)
    world.clock.advance(3601)
    with pytest.raises(ApiError):
        world.directory.sign_in.check(ACCOUNT, "Bob", "x", source=HERE)
    with database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM iam_sign_in_attempts").scalar()
    assert left == 3


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("unknown", "unknown", True),
    ],
)
def test_what_counts_as_one_place(one: str, other: str, *, is_same: bool) -> None:
    """An IPv4 address, or a network of 64 bits."""
    for mine, theirs in zip(sign_in("a", "b", one)[::2], sign_in("a", "b", other)[::2], strict=True):
        assert (mine.key == theirs.key) is is_same


@given(failures=st.integers(min_value=0, max_value=10_000))
def test_waits_never_shrink_and_have_an_end(failures: int) -> None:
    """One more failure never makes the next attempt come sooner."""
    for subject in (*sign_in("a", "b", "192.0.2.1"), own_password("AIDA")):
        assert subject.wait(failures) <= subject.wait(failures + 1) <= subject.longest
        assert (subject.wait(failures) == timedelta()) is (failures < subject.free)


def test_what_somebody_types_in_fits_every_database(world: World) -> None:
    """However long, and though it is no text at all."""
    for strange in ("x" * 100_000, "\0", "\ud800", "ß\x7f"):
        with pytest.raises(ApiError) as error:
            world.directory.sign_in.check(strange, strange, strange, source=SignInSource(address=strange))
        assert error.value.code == "AuthenticationFailed"
        with pytest.raises(ApiError, match="AuthenticationFailed"):
            world.directory.sign_in.check_root(strange, strange, source=HERE)


def test_a_password_that_is_changed_meanwhile_was_changed_after_the_sign_in(world: World, bob: User) -> None:
    """Or else a session that somebody opens with the old one would outlive the change."""
    directory = world.directory

    def change() -> None:
        world.clock.advance(1)
        directory.passwords.update(bob, "Battery-staple-7", must_change=None)
        world.clock.advance(1)

    world.hasher.while_verifying = change
    signed_in = directory.sign_in.check(ACCOUNT, "Bob", GOOD, source=HERE)
    since = directory.passwords.in_force_since(ACCOUNT, bob)
    assert since is not None
    assert signed_in.at < since


@given(password=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=40))
def test_password_rules_agree_with_a_plain_reading_of_the_guide(password: str) -> None:
    """The default policy: eight characters, three kinds of four."""
    kinds = [
        any("A" <= letter <= "Z" for letter in password),
        any("a" <= letter <= "z" for letter in password),
        any("0" <= letter <= "9" for letter in password),
        any(letter in "!@#$%^&*()_+-=[]{}|'" for letter in password),
    ]
    assert (default_problem(None, password) is None) is (len(password) >= 8 and sum(kinds) >= 3)
    strict = PasswordPolicy(require_uppercase=True, require_lowercase=True, require_numbers=True, require_symbols=True)
    assert (problem_with(strict, password) is None) is (len(password) >= 6 and all(kinds))
    assert (problem_with(PasswordPolicy(), password) is None) is (len(password) >= 6)


@given(days=st.integers(min_value=1, max_value=1095), seconds=st.integers(min_value=0, max_value=10**8))
def test_a_password_expires_when_its_days_are_over(days: int, seconds: int) -> None:
    """Counted from the last change, to the second; never without a policy that says so."""
    start = ManualClock().now()
    profile = LoginProfile(
        password_hash="", created_at=start - timedelta(days=2000), must_change=False, changed_at=start
    )
    now = start + timedelta(seconds=seconds)
    assert profile.has_expired(PasswordPolicy(max_age_days=days), now) is (seconds >= days * 86_400)
    assert not profile.has_expired(PasswordPolicy(), now)
    assert not profile.has_expired(None, now)
