"""KMS's store under the face, on either database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import BrokenSeal, RootKey
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.grants import NewGrant
from telecine.services.kms.model import Constraints, KeyPolicy, PageRequest, RotationType
from telecine.services.kms.states import KeyState
from telecine.services.kms.store import keys as store
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals

ACCOUNT = AccountId("123456789012")
OTHER = AccountId("444455556666")
POLICY = KeyPolicy(text='{"Statement":[]}')


class World:
    """Keys on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        self.ids = seeded_ids()
        self.keys = self.process(RootKey(b"k" * 32))

    def process(self, root_key: RootKey) -> Keys:
        """Keys as another process has them."""
        return Keys(
            self.database,
            root_key,
            self.clock,
            self.ids,
            PageTokens(b"p" * 32),
            LastingPrincipals(),
            Region("us-east-1"),
        )


@pytest.fixture
def world(database: Database) -> World:
    """No keys yet."""
    return World(database)


def test_a_key_comes_back_as_it_was_made(world: World) -> None:
    """By each of its names, with its tags and aliases, and without grants."""
    made = world.keys.create(ACCOUNT, policy=POLICY, description="films ü", tags={"Team": "film"})
    for name in ("alias/b", "alias/a"):
        world.keys.aliases.create(made, name)
    wanted = replace(made, aliases=("alias/a", "alias/b"))
    names = (made.id, made.arn, "alias/a", "arn:aws:kms:us-east-1:123456789012:alias/b")

    assert [world.keys.resolve(ACCOUNT, name) for name in names] == [wanted] * 4
    assert world.keys.resolve(OTHER, made.arn) == wanted
    for name in (made.id, "alias/a"):
        with pytest.raises(ApiError, match="NotFoundException"):
            world.keys.resolve(OTHER, name)


def test_another_process_decrypts_with_every_material(world: World) -> None:
    """Under the same root key; another one opens nothing, and says so inside alone."""
    key = world.keys.create(ACCOUNT)
    blobs = [world.keys.encrypt(key, b"one", {}).blob]
    world.keys.rotations.rotate(key)
    blobs.append(world.keys.encrypt(key, b"two", {}).blob)
    twin = world.process(RootKey(b"k" * 32))

    assert [twin.decrypt(blob, {}).plaintext for blob in blobs] == [b"one", b"two"]
    with pytest.raises(BrokenSeal):
        world.process(RootKey(b"x" * 32)).decrypt(blobs[0], {})


def test_a_material_that_was_never_made_is_no_material(world: World) -> None:
    """A ciphertext that names a later one is as wrong as any other."""
    key = world.keys.create(ACCOUNT)
    blob = world.keys.encrypt(key, b"one", {}).blob

    with pytest.raises(ApiError, match="InvalidCiphertextException"):
        world.keys.decrypt(blob[:21] + (7).to_bytes(4, "big") + blob[25:], {})


def test_states_and_times_are_kept(world: World) -> None:
    """A deletion with its day, a rotation with its calendar."""
    key = world.keys.create(ACCOUNT)
    now = world.clock.now()
    world.keys.rotations.enable(key, 100)
    world.keys.lifetime.schedule_deletion(key, 9)
    found = world.keys.resolve(ACCOUNT, key.id)

    assert found.state is KeyState.PENDING_DELETION
    assert found.deletion is not None
    assert (found.deletion.days, found.deletion.at) == (9, now + timedelta(days=9))
    assert found.rotation is not None
    assert (found.rotation.days, found.rotation.next_at) == (100, now + timedelta(days=100))
    world.keys.lifetime.cancel_deletion(key)
    assert world.keys.resolve(ACCOUNT, key.id).deletion is None


def test_the_calendar_destroys_and_rotates_what_is_due(world: World) -> None:
    """And leaves everything else."""
    doomed, turning, plain = (world.keys.create(ACCOUNT) for _ in range(3))
    world.keys.lifetime.schedule_deletion(doomed, 7)
    world.keys.rotations.enable(turning, 90)
    world.clock.advance(90 * 86_400)
    world.keys.tend()
    with world.database.read() as connection:
        materials = store.materials(connection, turning.id, 0, 10)

        assert store.find(connection, doomed.id) is None
        assert store.materials(connection, doomed.id, 0, 10) == []
        assert [(one.version, one.rotation) for one in materials] == [(1, None), (2, RotationType.AUTOMATIC)]
        assert store.find(connection, plain.id) == plain


def test_the_managed_key_is_one_for_each_account(world: World) -> None:
    """Whoever asks first makes it."""
    first = world.keys.managed(ACCOUNT)

    assert world.process(RootKey(b"k" * 32)).managed(ACCOUNT) == first
    assert world.keys.resolve(ACCOUNT, "alias/aws/s3") == first
    assert world.keys.managed(OTHER).id != first.id
    assert (first.is_managed, first.aliases) == (True, ("alias/aws/s3",))


def test_grants_come_back_as_they_were_made(world: World) -> None:
    """With their constraints, by pages, and under the key that then knows it has some."""
    key = world.keys.create(ACCOUNT)
    wanted = NewGrant(
        grantee="arn:aws:iam::123456789012:root",
        operations=["Decrypt", "Encrypt", "Decrypt"],
        constraints=Constraints(equals={"ü": "1"}, subset={}),
        retiree="arn:aws:iam::123456789012:root",
        name="films",
    )
    made = [world.keys.grants.prepare(key, wanted, ACCOUNT) for _ in range(2)]
    given = [world.keys.grants.create(key, grant) for grant in made]
    page = world.keys.grants.page(key, PageRequest(size=1), grant_id=None, grantee=None)

    assert given[0][0] == given[1][0] == made[0].id
    assert (list(page.items), page.marker) == ([made[0]], None)
    assert made[0].operations == ("Decrypt", "Encrypt")
    assert world.keys.grants.behind_token(given[1][1]) == made[0]
    assert [grant for grant, _ in world.keys.grants.retirable(ACCOUNT, wanted.grantee, PageRequest(size=5)).items] == [
        made[0]
    ]
    assert world.keys.resolve(ACCOUNT, key.id).has_grants is True
    world.keys.grants.end("RevokeGrant", key, made[0])
    assert world.keys.resolve(ACCOUNT, key.id).has_grants is False
