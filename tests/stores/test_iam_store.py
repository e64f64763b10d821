"""IAM's store under the directory, on either database."""

import json
import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from telecine.core.errors import ApiError
from telecine.core.names import AccessKeyId, AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.policy import PrincipalKind
from telecine.seal import BrokenSeal, RootKey
from telecine.services.iam import tables
from telecine.services.iam.directory import Directory, NoSuchAccount
from telecine.services.iam.directory.permissions import PolicyGone
from telecine.services.iam.model import PageRequest
from telecine.services.iam.store import accounts, passwords
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)


def policy(action: str) -> str:
    """A policy that allows one action."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make(database: Database, root_key: bytes = b"k" * 32, seed: int = 0) -> Directory:
    """A directory as one process has it."""
    pages = PageTokens(b"p" * 32)
    return Directory(database, RootKey(root_key), ManualClock(), seeded_ids(seed), pages, passwords=CHEAP)


@pytest.fixture
def directory(database: Database) -> Directory:
    """A directory with its account."""
    made = make(database)
    made.bootstrap(ACCOUNT)
    return made


def test_the_first_start_makes_an_administrator(database: Database) -> None:
    """Account, user, key, password and policy, once."""
    directory = make(database)
    assert directory.accounts.first() is None

    made = directory.bootstrap(ACCOUNT)

    assert made is not None
    key = directory.signing_key(made.key.key.access_key_id)
    assert key is not None
    assert key.secret_access_key == made.key.secret_access_key
    assert key.caller.principal.arn == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert key.caller.identity_id is not None
    names = [found.name for found in directory.identity_policies(key.caller.identity_id).identity]
    assert names == ["arn:aws:iam::aws:policy/AdministratorAccess"]
    with database.read() as connection:
        profile = passwords.find(connection, key.caller.identity_id)
    assert profile is not None
    assert CHEAP.verify(profile.password_hash, made.password)
    assert directory.bootstrap(ACCOUNT) is None
    assert directory.accounts.first() == ACCOUNT


def test_no_secret_stands_in_the_database(database: Database) -> None:
    """The key's secret is sealed, the password hashed; another root key opens nothing."""
    made = make(database).bootstrap(ACCOUNT)
    assert made is not None

    with database.read() as connection:
        rows = [
            str(tuple(row))
            for table in (tables.ACCESS_KEYS, tables.LOGIN_PROFILES)
            for row in connection.execute(select(table))
        ]

    assert len(rows) == 2
    assert not any(made.key.secret_access_key in row or made.password in row for row in rows)
    with pytest.raises(BrokenSeal):
        make(database, b"x" * 32).signing_key(made.key.key.access_key_id)


def test_secrets_do_not_show_in_representations(database: Database) -> None:
    """Nor in a log line that prints a value."""
    directory = make(database)
    made = directory.bootstrap(ACCOUNT)
    assert made is not None
    key = directory.signing_key(made.key.key.access_key_id)

    assert made.key.secret_access_key not in f"{made!r} {key!r}"
    assert made.password not in repr(made)


def test_root_has_no_credentials_until_it_gets_some(directory: Directory, database: Database) -> None:
    """A password and keys, made on the machine."""
    with database.read() as connection:
        assert accounts.root_password_hash(connection, ACCOUNT) is None

    directory.accounts.set_root_password(ACCOUNT, "correct horse")
    new = directory.accounts.create_root_key(ACCOUNT)

    with database.read() as connection:
        stored = accounts.root_password_hash(connection, ACCOUNT)
    assert stored is not None
    assert CHEAP.verify(stored, "correct horse")
    key = directory.signing_key(new.key.access_key_id)
    assert key is not None
    assert key.caller.principal.kind is PrincipalKind.ROOT
    assert key.caller.identity_id is None
    with pytest.raises(NoSuchAccount):
        directory.accounts.create_root_key(AccountId("999999999999"))
    with pytest.raises(NoSuchAccount):
        directory.accounts.set_root_password(AccountId("999999999999"), "x")


def test_an_unknown_key(directory: Directory) -> None:
    """Is no key."""
    assert directory.signing_key(AccessKeyId("AKIAAAAAAAAAAAAAAAAA")) is None


WRITES: dict[str, Callable[[Directory], object]] = {
    "create user": lambda directory: directory.users.create(ACCOUNT, "new"),
    "delete user": lambda directory: directory.users.delete(ACCOUNT, "bob"),
    "create key": lambda directory: directory.keys.create(ACCOUNT, directory.users.get(ACCOUNT, "bob")),
    "create role": lambda directory: directory.roles.create(ACCOUNT, "new", TRUST),
    "change trust": lambda directory: directory.roles.set_trust_policy(ACCOUNT, "r", TRUST),
    "delete role": lambda directory: directory.roles.delete(ACCOUNT, "r"),
    "put policy": lambda directory: directory.permissions.put(directory.users.get(ACCOUNT, "bob"), "p", policy("s3:*")),
    "attach policy": lambda directory: directory.permissions.attach(
        directory.users.get(ACCOUNT, "bob"), "arn:aws:iam::aws:policy/IAMFullAccess"
    ),
    "create policy": lambda directory: directory.policies.create(ACCOUNT, "p", policy("s3:*")),
    "root password": lambda directory: directory.accounts.set_root_password(ACCOUNT, "x"),
}


@pytest.mark.parametrize("write", WRITES)
def test_every_write_raises_the_generation(directory: Directory, database: Database, write: str) -> None:
    """By one, and another process sees it; what fails raises nothing."""
    directory.users.create(ACCOUNT, "bob")
    directory.roles.create(ACCOUNT, "r", TRUST)
    before = directory.generation()

    WRITES[write](directory)

    assert make(database).generation() == before + 1
    with pytest.raises(ApiError):
        directory.users.delete(ACCOUNT, "ghost")
    assert directory.generation() == before + 1


def test_the_policies_of_an_identity(directory: Directory) -> None:
    """Inline ones by name, then attached ones by ARN, each with the text that counts."""
    bob = directory.users.create(ACCOUNT, "bob")
    mine = directory.policies.create(ACCOUNT, "mine", policy("kms:*"))
    directory.permissions.put(bob, "b", policy("s3:*"))
    directory.permissions.put(bob, "a", policy("iam:*"))
    directory.permissions.attach(bob, mine.arn)
    directory.permissions.attach(bob, "arn:aws:iam::aws:policy/AdministratorAccess")

    found = directory.identity_policies(bob.unique_id).identity

    assert [(one.name, json.loads(one.text)["Statement"][0]["Action"]) for one in found] == [
        ("a", "iam:*"),
        ("b", "s3:*"),
        (mine.arn, "kms:*"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "*"),
    ]
    assert directory.identity_policies("AIDANOBODY").identity == ()


def test_an_attached_policy_without_text_is_an_error(directory: Directory, database: Database) -> None:
    """Deciding without it could miss a Deny."""
    bob = directory.users.create(ACCOUNT, "bob")
    directory.permissions.attach(bob, "arn:aws:iam::aws:policy/IAMFullAccess")
    database.write(
        lambda connection: connection.execute(
            tables.ATTACHMENTS.update().values(policy_arn="arn:aws:iam::aws:policy/Forgotten")
        )
    )

    with pytest.raises(PolicyGone):
        directory.identity_policies(bob.unique_id)


def test_roles_are_found_by_exactly_their_arn(directory: Directory) -> None:
    """Name and path letter for letter, while names are found in whatever case."""
    role = directory.roles.create(ACCOUNT, "Encoder", TRUST, path="/media/")

    assert directory.role_by_arn(role.arn) == role
    assert directory.role(ACCOUNT, "ENCODER") == role
    assert directory.roles.by_id(role.unique_id) == role
    for other in (role.arn.lower(), role.arn.replace("/media", ""), role.arn.replace("role/", "user/"), "Encoder", ""):
        assert directory.role_by_arn(other) is None


def test_names_made_at_the_same_time_are_unique(directory: Directory, database: Database) -> None:
    """Of eight writers one wins, whatever the case of its name."""
    made: list[str] = []
    refused: list[str] = []

    def create(number: int) -> None:
        name = "same" if number % 2 else "SAME"
        try:
            made.append(make(database, seed=number + 1).users.create(ACCOUNT, name).name)
        except ApiError as error:
            refused.append(error.code)

    _together(create, 8)

    assert len(made) == 1
    assert refused == ["EntityAlreadyExists"] * 7


def test_quotas_hold_at_the_same_time(directory: Directory, database: Database) -> None:
    """Of eight keys wanted at once, two are made."""
    bob = directory.users.create(ACCOUNT, "bob")
    refused: list[str] = []

    def create(number: int) -> None:
        try:
            make(database, seed=number + 1).keys.create(ACCOUNT, bob)
        except ApiError as error:
            refused.append(error.code)

    _together(create, 8)

    assert refused == ["LimitExceeded"] * 6
    assert len(directory.keys.page(ACCOUNT, bob, PageRequest()).items) == 2


def test_nothing_hangs_on_somebody_who_is_gone(directory: Directory) -> None:
    """A user deleted between look-up and write gets neither key nor policy."""
    bob = directory.users.create(ACCOUNT, "bob")
    directory.users.delete(ACCOUNT, "bob")

    for write in (
        lambda: directory.keys.create(ACCOUNT, bob),
        lambda: directory.permissions.put(bob, "p", policy("s3:*")),
        lambda: directory.permissions.attach(bob, "arn:aws:iam::aws:policy/IAMFullAccess"),
    ):
        with pytest.raises(ApiError) as error:
            write()
        assert error.value.code == "NoSuchEntity"


def test_versions_of_a_policy_in_pages(directory: Directory, database: Database) -> None:
    """Newest first; the default one is marked and is the one that counts."""
    policy_of = directory.policies.create(ACCOUNT, "p", policy("s3:*"))
    database.write(
        lambda connection: connection.execute(
            tables.POLICY_VERSIONS.insert(),
            [
                {
                    "policy_id": policy_of.unique_id,
                    "number": number,
                    "document": policy("kms:*"),
                    "created_at": policy_of.created_at,
                }
                for number in (2, 10)
            ],
        )
    )

    first = directory.policies.versions(ACCOUNT, policy_of.arn, PageRequest(size=2))
    second = directory.policies.versions(ACCOUNT, policy_of.arn, PageRequest(marker=first.marker, size=2))

    assert [(version.version_id, version.is_default) for version in (*first.items, *second.items)] == [
        ("v10", False),
        ("v2", False),
        ("v1", True),
    ]
    assert second.marker is None
    assert directory.policies.text(ACCOUNT, policy_of.arn) == policy("s3:*")


def test_accounts_keep_apart(directory: Directory, database: Database) -> None:
    """A name, a policy or a key of one account is nobody's in another."""
    other = AccountId("999999999999")
    database.write(lambda connection: accounts.create(connection, other, ManualClock().now()))
    mine = directory.policies.create(ACCOUNT, "p", policy("s3:*"))
    directory.roles.create(ACCOUNT, "r", TRUST)
    bob = directory.users.create(ACCOUNT, "bob")
    key = directory.accounts.create_root_key(ACCOUNT).key.access_key_id
    stranger = directory.users.create(other, "BOB")

    assert directory.policies.existing(other, mine.arn) is None
    assert directory.policies.text(other, mine.arn) is None
    assert directory.role(other, "r") is None
    assert directory.users.get(other, "bob") == stranger != bob
    with pytest.raises(ApiError):
        directory.permissions.attach(stranger, mine.arn)
    with pytest.raises(ApiError):
        directory.keys.delete(other, None, key)
    assert directory.roles.create(other, "r", TRUST).account == other  # one account may trust another


@settings(max_examples=15)
@given(
    names=st.sets(st.from_regex(r"[a-z0-9+=,.@_-]{1,12}", fullmatch=True), max_size=12),
    size=st.integers(min_value=1, max_value=5),
)
def test_pages_hold_every_entry_once(directory: Directory, names: set[str], size: int) -> None:
    """Whatever the names and the size of a page."""
    for user in _walk(directory, "/p/", 100):
        directory.users.delete(ACCOUNT, user)
    for name in names - {"admin"}:
        directory.users.create(ACCOUNT, name, path="/p/")

    assert _walk(directory, "/p/", size) == sorted(names - {"admin"})


def _walk(directory: Directory, prefix: str, size: int) -> list[str]:
    found: list[str] = []
    marker: str | None = None
    while True:
        page = directory.users.page(ACCOUNT, prefix, PageRequest(marker=marker, size=size))
        assert len(page.items) <= size
        found += [user.name for user in page.items]
        marker = page.marker
        if marker is None:
            return found


def _together(work: Callable[[int], None], threads: int) -> None:
    barrier = threading.Barrier(threads)

    def run(number: int) -> None:
        barrier.wait()
        work(number)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
