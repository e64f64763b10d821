"""Policies, their versions and uses, instance profiles and the account as a whole, on either database."""

import json
import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.iam import tables
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.account_details import SECTIONS
from telecine.services.iam.model import IdentityDetails, Kind, PageRequest, PolicyDetails, PolicyUse
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT, OTHER = AccountId("123456789012"), AccountId("210987654321")
ALL = PageRequest(size=1000)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)


def policy(action: str = "s3:*") -> str:
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


def arn(name: str) -> str:
    """Of a policy of the account."""
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def test_versions_keep_their_numbers(directory: Directory) -> None:
    """The newest is gone, its number is not free; the default one is read whatever its number."""
    directory.policies.create(ACCOUNT, "p", policy())
    for _ in range(2):
        directory.policies.add_version(ACCOUNT, arn("p"), policy("kms:*"), as_default=True)
    directory.policies.set_default_version(ACCOUNT, arn("p"), "v2")
    directory.policies.delete_version(ACCOUNT, arn("p"), "v3")
    made = directory.policies.add_version(ACCOUNT, arn("p"), policy("sts:*"), as_default=False)

    found = directory.policies.versions(ACCOUNT, arn("p"), PageRequest(size=2))
    assert made.number == 4
    assert [(one.number, one.is_default) for one in found.items] == [(4, False), (2, True)]
    assert directory.policies.text(ACCOUNT, arn("p")) == policy("kms:*")


def test_versions_of_two_processes(database: Database) -> None:
    """Nobody gets the number of another, and nobody the sixth version."""
    first = make(database)
    first.bootstrap(ACCOUNT)
    first.policies.create(ACCOUNT, "p", policy())
    numbers: list[int] = []
    refused: list[str] = []

    def add(directory: Directory) -> None:
        for _ in range(3):
            try:
                numbers.append(directory.policies.add_version(ACCOUNT, arn("p"), policy(), as_default=False).number)
            except ApiError as error:
                refused.append(error.code)

    threads = [threading.Thread(target=add, args=[each]) for each in (first, make(database, seed=1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == [2, 3, 4, 5]
    assert refused == ["LimitExceeded"] * 2


def _fill(directory: Directory, name: str) -> None:
    bob = directory.users.get(ACCOUNT, "bob")
    for number in range(9):
        directory.policies.create(ACCOUNT, f"{name}{number}", policy())
        directory.permissions.attach(bob, arn(f"{name}{number}"))


RIVALS: dict[str, tuple[Callable[[Directory, int], object], str]] = {
    "attachments": (
        lambda directory, at: directory.permissions.attach(directory.users.get(ACCOUNT, "bob"), arn(f"rival{at}")),
        "LimitExceeded",
    ),
    "inline policies": (
        lambda directory, at: directory.permissions.put(
            directory.users.get(ACCOUNT, "bob"), f"rival{at}", policy("s3:" + "a" * 1500)
        ),
        "LimitExceeded",
    ),
    "roles of a profile": (
        lambda directory, at: directory.instance_profiles.add_role(ACCOUNT, "profile", f"rival{at}"),
        "LimitExceeded",
    ),
    "names of policies": (
        lambda directory, at: directory.policies.create(ACCOUNT, ("Same", "sAME")[at], policy()),
        "EntityAlreadyExists",
    ),
    "names of profiles": (
        lambda directory, at: directory.instance_profiles.create(ACCOUNT, ("Same", "sAME")[at]),
        "EntityAlreadyExists",
    ),
    "new names of users": (
        lambda directory, at: directory.users.update(ACCOUNT, f"rival{at}", new_name=("Same", "sAME")[at]),
        "EntityAlreadyExists",
    ),
}
"""What two processes want at once and one can have, and what the other hears."""


@pytest.mark.parametrize("wanted", RIVALS)
def test_of_two_at_once_one_gets_it(database: Database, wanted: str) -> None:
    """Limits and names hold between processes, on either database."""
    processes = [make(database, seed=number) for number in range(2)]
    first = processes[0]
    first.bootstrap(ACCOUNT)
    first.users.create(ACCOUNT, "bob")
    _fill(first, "own")
    first.instance_profiles.create(ACCOUNT, "profile")
    for number in range(2):
        first.users.create(ACCOUNT, f"rival{number}")
        first.roles.create(ACCOUNT, f"rival{number}", TRUST)
        first.policies.create(ACCOUNT, f"rival{number}", policy())
    want, refusal = RIVALS[wanted]
    barrier, refused = threading.Barrier(2), list[str]()

    def run(number: int) -> None:
        barrier.wait()
        try:
            want(processes[number], number)
        except ApiError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=run, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == [refusal]


def test_a_policy_goes_with_everything(directory: Directory, database: Database) -> None:
    """Neither policy nor version is left."""
    directory.policies.create(ACCOUNT, "p", policy())
    directory.policies.delete(ACCOUNT, arn("p"))

    with database.read() as connection:
        assert connection.execute(select(tables.POLICY_VERSIONS)).all() == []
        assert connection.execute(select(tables.POLICIES)).all() == []


def test_uses_are_of_the_account_alone(directory: Directory) -> None:
    """A policy of AWS's in two accounts: each sees its own users of it."""
    shared = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    directory.accounts.create("other", "root@example.com", OTHER)
    for account, name in ((ACCOUNT, "ann"), (OTHER, "bob")):
        user = directory.users.create(account, name)
        directory.permissions.attach(user, shared)

    found = directory.policies.entities(ACCOUNT, shared, kinds=frozenset(Kind), only=None, path_prefix="/", wanted=ALL)

    assert [entity.name for entity in found.items] == ["ann"]
    assert directory.policies.get(ACCOUNT, shared).attachments == 1
    with pytest.raises(ApiError, match="NoSuchEntity"):
        directory.policies.get(OTHER, arn("p"))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_entities_in_pages(directory: Directory, size: int) -> None:
    """Many of each kind, each once, in order."""
    directory.policies.create(ACCOUNT, "p", policy())
    for number in range(4):
        directory.permissions.attach(directory.users.create(ACCOUNT, f"u{number}"), arn("p"))
        directory.permissions.attach(directory.groups.create(ACCOUNT, f"G{number}"), arn("p"))
        directory.roles.create(ACCOUNT, f"r{number}", TRUST, boundary_arn=arn("p"))

    def names(kinds: frozenset[Kind], only: PolicyUse | None) -> list[str]:
        found: list[str] = []
        marker = None
        while True:
            page = directory.policies.entities(
                ACCOUNT, arn("p"), kinds=kinds, only=only, path_prefix="/", wanted=PageRequest(marker=marker, size=size)
            )
            found += [entity.name for entity in page.items]
            marker = page.marker
            if marker is None:
                return found

    users, groups, roles = ([f"{kind}{number}" for number in range(4)] for kind in "uGr")
    assert names(frozenset(Kind), None) == [*groups, *users, *roles]
    assert names(frozenset({Kind.ROLE, Kind.GROUP}), None) == [*groups, *roles]
    assert names(frozenset(Kind), PolicyUse.PERMISSIONS) == [*groups, *users]
    assert names(frozenset(Kind), PolicyUse.BOUNDARY) == roles


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_details_in_pages(directory: Directory, size: int) -> None:
    """Across the kinds, each thing once with what hangs on it."""
    directory.policies.create(ACCOUNT, "p", policy())
    directory.permissions.attach(directory.roles.create(ACCOUNT, "r", TRUST), arn("p"))
    directory.groups.create(ACCOUNT, "g")
    directory.groups.add_user(ACCOUNT, "g", "admin")
    directory.instance_profiles.create(ACCOUNT, "i")
    directory.instance_profiles.add_role(ACCOUNT, "i", "r")

    found: list[IdentityDetails | PolicyDetails] = []
    marker = None
    while True:
        page = directory.account_details.page(ACCOUNT, SECTIONS, PageRequest(marker=marker, size=size))
        assert len(page.items) <= size
        found += page.items
        marker = page.marker
        if marker is None:
            break

    admin, group, role, own, aws = found
    assert isinstance(admin, IdentityDetails)
    assert isinstance(role, IdentityDetails)
    assert isinstance(group, IdentityDetails)
    assert isinstance(own, PolicyDetails)
    assert isinstance(aws, PolicyDetails)
    assert (admin.identity.name, admin.groups, group.identity.name) == ("admin", ["g"], "g")
    assert [profile.name for profile in role.instance_profiles] == ["i"]
    assert [policy.arn for policy in role.attached] == [own.counted.policy.arn] == [arn("p")]
    assert aws.counted.policy.name == "AdministratorAccess"


def test_a_role_cannot_leave_from_under_a_profile(directory: Directory) -> None:
    """Nor be in two places of one profile."""
    directory.roles.create(ACCOUNT, "r", TRUST)
    directory.instance_profiles.create(ACCOUNT, "i")
    directory.instance_profiles.add_role(ACCOUNT, "i", "r")

    with pytest.raises(ApiError, match="DeleteConflict"):
        directory.roles.delete(ACCOUNT, "r")
    with pytest.raises(ApiError, match="LimitExceeded"):
        directory.instance_profiles.add_role(ACCOUNT, "i", "r")
    directory.instance_profiles.remove_role(ACCOUNT, "i", "r")
    directory.roles.delete(ACCOUNT, "r")
    assert directory.instance_profiles.get(ACCOUNT, "i").role is None


@pytest.mark.parametrize(
    "write",
    [
        lambda directory: directory.policies.add_version(ACCOUNT, arn("p"), policy(), as_default=False),
        lambda directory: directory.policies.set_default_version(ACCOUNT, arn("p"), "v1"),
        lambda directory: directory.linked_roles.create(ACCOUNT, "ops.apigateway.amazonaws.com"),
        lambda directory: directory.instance_profiles.create(ACCOUNT, "i"),
        lambda directory: directory.aliases.create(ACCOUNT, "alias"),
    ],
    ids=["version", "default", "linked", "profile", "alias"],
)
def test_every_write_is_noticed(directory: Directory, write: Callable[[Directory], object]) -> None:
    """The generation rises, so that every process reads anew."""
    directory.policies.create(ACCOUNT, "p", policy())
    before = directory.generation()
    write(directory)
    assert directory.generation() == before + 1


def test_a_linked_role_and_its_deletion(directory: Directory) -> None:
    """Made with its policy, deleted whole; the task is the account's own."""
    role = directory.linked_roles.create(ACCOUNT, "mrk.kms.amazonaws.com")
    assert [one.name for one in directory.identity_policies(role.unique_id).identity] == [
        "arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    ]
    task = directory.linked_roles.delete(ACCOUNT, role.name)

    directory.linked_roles.require_deletion(ACCOUNT, task)
    with pytest.raises(ApiError, match="NoSuchEntity"):
        directory.linked_roles.require_deletion(OTHER, task)
    assert directory.identity_policies(role.unique_id).identity == ()
