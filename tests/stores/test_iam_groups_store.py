"""Groups, boundaries and renamed principals under the directory, on either database."""

import json
import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.iam import tables
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.permissions import PolicyGone
from telecine.services.iam.directory.principals import UnknownPrincipal
from telecine.services.iam.model import PageRequest
from telecine.services.iam.store import accounts
from telecine.services.iam.store import permissions as permission_rows
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
OTHER = AccountId("999999999999")
S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
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


def make(database: Database, seed: int = 0) -> Directory:
    """A directory as one process has it."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    pages = PageTokens(b"p" * 32)
    return Directory(database, RootKey(b"k" * 32), ManualClock(), seeded_ids(seed), pages, passwords=hasher)


@pytest.fixture
def directory(database: Database) -> Directory:
    """A directory with its account."""
    made = make(database)
    made.bootstrap(ACCOUNT)
    return made


WRITES: dict[str, Callable[[Directory], object]] = {
    "create group": lambda directory: directory.groups.create(ACCOUNT, "new"),
    "rename group": lambda directory: directory.groups.update(ACCOUNT, "g", new_name="h"),
    "delete group": lambda directory: directory.groups.delete(ACCOUNT, "g"),
    "add member": lambda directory: directory.groups.add_user(ACCOUNT, "g", "bob"),
    "remove member": lambda directory: directory.groups.remove_user(ACCOUNT, "g", "bob"),
    "rename user": lambda directory: directory.users.update(ACCOUNT, "bob", new_name="rob"),
    "tag user": lambda directory: directory.users.tagging.add(ACCOUNT, "bob", {"a": "1"}),
    "untag role": lambda directory: directory.roles.tagging.remove(ACCOUNT, "r", ["a"]),
    "change role": lambda directory: directory.roles.update(ACCOUNT, "r", description="d"),
    "limit": lambda directory: directory.boundaries.put(directory.users.get(ACCOUNT, "bob"), S3),
    "limit no more": lambda directory: directory.boundaries.delete(directory.roles.get(ACCOUNT, "r")),
}


@pytest.mark.parametrize("write", WRITES)
def test_these_writes_raise_the_generation_too(directory: Directory, write: str) -> None:
    """By one: every process reads keys and policies anew."""
    directory.users.create(ACCOUNT, "bob")
    directory.roles.create(ACCOUNT, "r", TRUST)
    directory.groups.create(ACCOUNT, "g")
    before = directory.generation()

    WRITES[write](directory)

    assert directory.generation() == before + 1


def test_everything_that_counts_for_a_user(directory: Directory) -> None:
    """Own inline policies, those of groups under the group's name, then managed ones, each once; and the boundary."""
    bob = directory.users.create(ACCOUNT, "bob")
    mine = directory.policies.create(ACCOUNT, "mine", policy("kms:*"))
    for name in ("staff", "Editors"):
        group = directory.groups.create(ACCOUNT, name)
        directory.permissions.put(group, "p", policy(f"{name}:*"))
        directory.permissions.attach(group, mine.arn)
        directory.permissions.attach(group, "arn:aws:iam::aws:policy/AdministratorAccess")
        directory.groups.add_user(ACCOUNT, name, "bob")
    outside = directory.groups.create(ACCOUNT, "outside")
    directory.permissions.put(outside, "p", policy("no:*"))
    directory.permissions.put(bob, "z", policy("s3:*"))
    directory.permissions.attach(bob, mine.arn)
    directory.boundaries.put(bob, mine.arn)

    found = directory.identity_policies(bob.unique_id)

    assert [(one.name, json.loads(one.text)["Statement"][0]["Action"]) for one in found.identity] == [
        ("z", "s3:*"),
        ("group/Editors/p", "Editors:*"),
        ("group/staff/p", "staff:*"),
        (mine.arn, "kms:*"),
        ("arn:aws:iam::aws:policy/AdministratorAccess", "*"),
    ]
    assert found.boundary is not None
    assert (found.boundary.name, found.boundary.text) == (mine.arn, policy("kms:*"))
    assert [one.name for one in directory.identity_policies(outside.unique_id).identity] == ["p"]


def test_the_boundary_of_a_role(directory: Directory) -> None:
    """AWS's own policies limit as well as the account's."""
    role = directory.roles.create(ACCOUNT, "r", TRUST, boundary_arn=S3)

    limit = directory.identity_policies(role.unique_id).boundary

    assert limit is not None
    assert limit.name == S3
    directory.boundaries.delete(role)
    assert directory.identity_policies(role.unique_id).boundary is None


def test_a_boundary_without_text_is_an_error(directory: Directory, database: Database) -> None:
    """Deciding without it would decide without its limit."""
    bob = directory.users.create(ACCOUNT, "bob", boundary_arn=S3)
    database.write(
        lambda connection: connection.execute(
            tables.USERS.update().values(boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/forgotten")
        )
    )

    with pytest.raises(PolicyGone):
        directory.identity_policies(bob.unique_id)


def test_policies_of_other_accounts_limit_nobody(directory: Directory, database: Database) -> None:
    """A boundary is a policy of the identity's own account, or AWS's."""
    database.write(lambda connection: accounts.create(connection, OTHER, ManualClock().now()))
    theirs = directory.policies.create(OTHER, "theirs", policy("s3:*"))
    bob = directory.users.create(ACCOUNT, "bob")

    for limit in (
        lambda: directory.boundaries.put(bob, theirs.arn),
        lambda: directory.users.create(ACCOUNT, "eve", boundary_arn=theirs.arn),
    ):
        with pytest.raises(ApiError) as error:
            limit()
        assert error.value.code == "NoSuchEntity"


def test_groups_of_accounts_keep_apart(directory: Directory, database: Database) -> None:
    """A user of one account is in no group of another."""
    database.write(lambda connection: accounts.create(connection, OTHER, ManualClock().now()))
    directory.groups.create(ACCOUNT, "staff")
    theirs = directory.groups.create(OTHER, "STAFF")
    directory.users.create(ACCOUNT, "bob")

    with pytest.raises(ApiError):
        directory.groups.add_user(OTHER, "staff", "bob")
    directory.groups.add_user(ACCOUNT, "staff", "bob")

    assert directory.groups.members(theirs, PageRequest()).items == []
    assert directory.groups.find(OTHER, "staff") == theirs


def test_memberships_count_at_the_same_time(directory: Directory, database: Database) -> None:
    """Of twelve groups that want a user at once, ten get it."""
    bob = directory.users.create(ACCOUNT, "bob")
    for number in range(12):
        directory.groups.create(ACCOUNT, f"g{number}")
    refused: list[str] = []

    def add(number: int) -> None:
        try:
            make(database, seed=number + 1).groups.add_user(ACCOUNT, f"g{number}", "bob")
        except ApiError as error:
            refused.append(error.code)

    _together(add, 12)

    assert refused == ["LimitExceeded"] * 2
    assert len(directory.groups.of_user(bob, PageRequest()).items) == 10


def test_three_hundred_groups(directory: Directory, database: Database) -> None:
    """The quota of groups."""
    rows = [
        {
            "group_id": f"AGPA{number}",
            "account": ACCOUNT,
            "name": f"g{number}",
            "name_key": f"g{number}",
            "path": "/",
            "created_at": ManualClock().now(),
        }
        for number in range(300)
    ]
    database.write(lambda connection: connection.execute(tables.GROUPS.insert(), rows))

    with pytest.raises(ApiError) as error:
        directory.groups.create(ACCOUNT, "one more")

    assert (error.value.code, error.value.message) == ("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 300")


def principal_policy(*names: str, element: str = "Principal") -> str:
    """A policy on a resource that names these principals."""
    statement = {"Effect": "Deny", element: {"AWS": list(names)}, "Action": "s3:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_principals_follow_their_entity(directory: Directory, element: str) -> None:
    """Through another name and path, until it is gone; then its unique id stays, for itself only."""
    bob = directory.users.create(ACCOUNT, "bob")
    written = principal_policy(bob.arn, ACCOUNT, element=element)
    bound = directory.principals.bind(written)
    assert directory.principals.current(written, bound) == written

    directory.users.update(ACCOUNT, "bob", new_name="rob", new_path="/x/")
    directory.users.create(ACCOUNT, "bob")
    renamed = principal_policy(f"arn:aws:iam::{ACCOUNT}:user/x/rob", ACCOUNT, element=element)
    assert directory.principals.current(written, bound) == renamed

    directory.users.delete(ACCOUNT, "rob")
    gone = directory.principals.current(written, bound)
    assert gone == principal_policy(bob.unique_id, ACCOUNT, element=element)
    assert directory.principals.bind(gone, bound.values()) == {bob.unique_id: bob.unique_id}
    with pytest.raises(UnknownPrincipal):
        directory.principals.bind(gone)


def test_sessions_named_by_the_roles_id(directory: Directory) -> None:
    """`AROA…:session` is the session while the role lives, and stays what it is afterwards."""
    role = directory.roles.create(ACCOUNT, "Encoder", TRUST, path="/x/")
    written = principal_policy(f"{role.unique_id}:night", role.unique_id)
    bound = directory.principals.bind(written)

    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/night"
    assert directory.principals.current(written, bound) == principal_policy(session, role.arn)
    directory.roles.delete(ACCOUNT, "Encoder")
    assert directory.principals.current(written, bound) == written


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ann", True),
        (f"arn:aws:sts::{OTHER}:federated-user/ann", False),
        (f"arn:aws:iam::{ACCOUNT}:group/staff", False),
        ("AIDAAAAAAAAAAAAAAAAAA", False),
        ("AIDAAAAAAAAAAAAAAAAAA:session", False),
        ("*", True),
        (f"arn:aws:iam::{OTHER}:root", False),
    ],
)
def test_who_can_be_named(directory: Directory, name: str, is_known: bool) -> None:
    """Federated users are names in an account; groups are nobody; ids must be somebody's."""
    directory.groups.create(ACCOUNT, "staff")

    if is_known:
        assert directory.principals.bind(principal_policy(name)) == {}
    else:
        with pytest.raises(UnknownPrincipal):
            directory.principals.bind(principal_policy(name))


def test_what_counts_is_found_by_index(sqlite: Database) -> None:
    """However many users there are: no table is read from end to end."""
    with sqlite.read() as connection:
        sql = str(permission_rows.EFFECTIVE.compile(dialect=connection.dialect))
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {sql}".replace("?", "'AIDA'")))
        steps = [row.detail for row in plan]
        assert not [step for step in steps if step.startswith("SCAN")], steps


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
