"""`telecine keys rotate-root`, beside a server that goes on running."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner, Result

from telecine.app import rotation
from telecine.app.api import Api, build_api
from telecine.app.events import sinks_of
from telecine.app.ground import Config
from telecine.app.rotation import Rotation, RotationBrokenOff
from telecine.cli import folder
from telecine.cli.keys import app
from telecine.core.names import AccountId, Region
from telecine.core.pages import InvalidPageToken
from telecine.db import metadata
from telecine.events.model import Target, TargetKind
from telecine.migrations import tables
from telecine.seal import RootKey, RootKeyProblem, key_file, sealed_columns
from telecine.services.s3.checksums import Expected
from telecine.services.s3.model import Description, Initiator
from telecine.services.s3.objects import DataKey, Plan
from telecine.services.s3.ranges import Span
from telecine.services.sts.tables import SESSIONS

ACCOUNT = AccountId("111122223333")


def start(data_dir: Path) -> Api:
    """A server of this process."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return build_api(Config(data_dir=data_dir, account=ACCOUNT, region=Region("us-east-1")), passwords=cheap)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Api]:
    """A server that goes on running, with one of everything that is sealed."""
    api = start(tmp_path)
    folder.write_endpoint(tmp_path, url="http://127.0.0.1:1", account=ACCOUNT, region="us-east-1")
    for fill in FILL.values():
        fill(api)
    yield api
    api.close()


def _device(api: Api) -> None:
    api.ground.directory.mfa.create(ACCOUNT, "phone", owner="admin")


def _session(api: Api) -> None:
    assert api.bootstrap is not None
    key = api.ground.directory.signing_key(api.bootstrap.key.key.access_key_id)
    assert key is not None
    api.ground.sessions.session_token(key.caller, seconds=3600, mfa_at=None)


def _sink(api: Api) -> None:
    # Paused, so that nothing is asked for at its address.
    made, _secret = sinks_of(api.ground).add(ACCOUNT, Target(kind=TargetKind.URL, address="https://films.invalid/hook"))
    sinks_of(api.ground).pause(ACCOUNT, made.name)


def _material(api: Api) -> None:
    api.ground.keys.rotations.rotate(api.ground.keys.create(ACCOUNT))


def _object(api: Api) -> None:
    api.objects.buckets.create("films", ACCOUNT, Region("us-east-1"))
    _put(api, api.objects.new_key(Plan()))


def _put(api: Api, data_key: DataKey) -> None:
    incoming = api.objects.receive(Expected(length=4), data_key)
    incoming.write(b"film")
    api.objects.put("films", "a", incoming.keep(), Description(), data_key)


def _upload(api: Api) -> None:
    initiator = Initiator(id="admin", display_name=None, identity="admin")
    api.objects.uploads.begin("films", "b", initiator, Description(), plan=Plan())


def _nothing(_api: Api) -> None:
    """The first start has made one."""


FILL: dict[str, Callable[[Api], None]] = {
    "events_sinks.sealed_secret": _sink,
    "iam_access_keys.sealed_secret": _nothing,
    "iam_mfa_devices.sealed_seed": _device,
    "kms_materials.sealed": _material,
    "s3_objects.sealed_key": _object,
    "s3_uploads.sealed_key": _upload,
    "seal_secrets.sealed": _nothing,
    "sts_sessions.sealed_secret": _session,
}
"""For every column that is sealed how a value gets there."""


def run(data_dir: Path, *words: str) -> Result:
    """What the command prints and ends in."""
    return CliRunner().invoke(app, ["rotate-root", "--data-dir", str(data_dir), "--grace", "0", *words])


def opened(api: Api, root_key: RootKey) -> dict[str, int]:
    """How many values `root_key` opens, by column. Raises `BrokenSeal` for one that it does not."""
    count: dict[str, int] = {}
    for column in sealed_columns(tables.metadata):
        with api.ground.database.read() as connection:
            rows = connection.execute(select(column.table)).mappings().all()
        for row in rows:
            root_key.unwrap(row[column.column], about=column.about.format_map(row))
            count[str(column)] = count.get(str(column), 0) + 1
    return count


def audited(data_dir: Path) -> list[dict[str, Any]]:
    """The records of the command."""
    return [
        json.loads(line) for path in (data_dir / "audit").glob("*.keys.jsonl") for line in path.read_text().splitlines()
    ]


def test_everything_is_sealed_under_a_new_key_and_the_server_goes_on(server: Api, tmp_path: Path) -> None:
    """Every sealed column of every service has a value here, and each opens with the new key alone."""
    before = RootKey.load(tmp_path / "root.key")
    token = server.ground.pages.write("scope", ["last"])
    result = run(tmp_path)
    assert result.exit_code == 0, result.output

    keys = key_file.read(tmp_path / "root.key")
    after = RootKey(*keys)
    assert len(keys) == 1
    assert after.id != before.id
    assert stat.S_IMODE((tmp_path / "root.key").stat().st_mode) == 0o600
    assert set(opened(server, after)) == {str(column) for column in sealed_columns(metadata)} == set(FILL)
    _session(server)
    opened(server, after)
    server.ground.directory.bootstrap(ACCOUNT, None)
    assert [record["eventName"] for record in audited(tmp_path)] == [
        "BeginRootKeyRotation",
        "CompleteRootKeyRotation",
    ]
    assert keys[0].hex() not in json.dumps(audited(tmp_path)) + result.output
    again = start(tmp_path)
    try:
        assert again.ground.pages.read("scope", token) == ["last"]
    except InvalidPageToken:
        pytest.fail("a page token does not outlive the rotation")
    finally:
        again.close()


def test_what_was_on_its_way_under_the_old_key_is_sealed_anew_too(server: Api, tmp_path: Path) -> None:
    """A process that sealed before the new key was there commits while the rotation waits."""
    stale = RootKey(*key_file.read(tmp_path / "root.key"))

    def late(_seconds: float) -> None:
        _session(server)
        with server.ground.database.read() as connection:
            keys = connection.execute(select(SESSIONS.c.access_key_id)).scalars().all()
        for key_id in keys:
            value = stale.wrap(b"secret", about=f"sts/session/{key_id}")
            change = update(SESSIONS).where(SESSIONS.c.access_key_id == key_id).values(sealed_secret=value)
            server.ground.database.write(lambda connection, change=change: connection.execute(change))

    work = Rotation(server.ground.database, tmp_path / "root.key", pause=late)
    assert work.finish(work.begin()).problem is None
    assert opened(server, RootKey(*key_file.read(tmp_path / "root.key")))["sts_sessions.sealed_secret"] == 2


def test_an_upload_that_takes_longer_than_the_rotation_is_kept(server: Api, tmp_path: Path) -> None:
    """Its data key was sealed when it began; its row is written when the old key is long gone."""
    data_key = server.objects.new_key(Plan())
    assert run(tmp_path).exit_code == 0
    _put(server, data_key)
    assert opened(server, RootKey.load(tmp_path / "root.key"))["s3_objects.sealed_key"] == 1
    source = server.objects.open("films", "a", lambda stored, _parts: Span(0, stored.size)).source
    assert source.read() == b"film"
    source.close()


@pytest.mark.parametrize("step", ["before anything", "half-way", "before the old key goes"])
def test_a_rotation_that_was_broken_off_goes_on(
    server: Api, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same new key, and no value is without its key in between."""
    work = Rotation(server.ground.database, tmp_path / "root.key", pause=lambda _seconds: None)
    root_key = work.begin()
    if step != "before anything":
        monkeypatch.setattr(Rotation, "_settle", lambda _self: "killed")
        if step == "half-way":
            monkeypatch.setattr(rotation, "reseal", _killed)
            with pytest.raises(KeyboardInterrupt):
                work.finish(root_key)
        else:
            assert work.finish(root_key).problem == "killed"
    monkeypatch.undo()
    opened(server, RootKey.load(tmp_path / "root.key"))

    assert run(tmp_path).exit_code == 0
    assert key_file.read(tmp_path / "root.key") == key_file.read(tmp_path / "root.key")[:1]
    assert RootKey.load(tmp_path / "root.key").id == root_key.id
    opened(server, RootKey.load(tmp_path / "root.key"))


def test_a_database_that_is_busy_breaks_a_rotation_off(
    server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words; the next one goes on."""

    def busy(*_arguments: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "reseal", busy)
        result = run(tmp_path)
    assert isinstance(result.exception, RotationBrokenOff)
    assert run(tmp_path).exit_code == 0
    opened(server, RootKey(*key_file.read(tmp_path / "root.key")[:1]))


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_the_old_key_can_be_kept_for_old_backups(server: Api, tmp_path: Path) -> None:
    """In a new file; one that holds something else is not touched, and then nothing is changed."""
    before = key_file.read(tmp_path / "root.key")
    other = tmp_path / "other"
    key_file.create(other, [b"o" * 32])
    refused = run(tmp_path, "--keep-old", str(other))
    assert isinstance(refused.exception, RootKeyProblem)
    assert key_file.read(tmp_path / "root.key") == before

    assert run(tmp_path, "--keep-old", str(tmp_path / "old.key")).exit_code == 0
    assert key_file.read(tmp_path / "old.key") == before


def test_a_key_file_that_cannot_be_written_is_changed_by_hand(
    server: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says how, seals everything anew once it is done, and says what is left to do."""
    path = tmp_path / "root.key"
    old = key_file.read(path)

    def refuse(*_arguments: object) -> None:
        raise RootKeyProblem(f"The root key {path} cannot be replaced: Read-only file system.")

    monkeypatch.setattr(key_file, "replace", refuse)
    refused = run(tmp_path)
    assert isinstance(refused.exception, RootKeyProblem)
    assert "openssl rand -hex 32" in str(refused.exception)

    path.write_text("".join(f"{key.hex()}\n" for key in (b"n" * 32, *old)))
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "Take every line but the first out of it by hand" in result.output
    opened(server, RootKey(b"n" * 32))


def test_a_server_that_would_not_see_the_new_key_is_not_left_behind(server: Api, tmp_path: Path) -> None:
    """What it would go on to seal under the old key would be lost with that: it has a copy of the file."""
    path, copied = tmp_path / "root.key", tmp_path / "credential"
    where: dict[str, Any] = {"url": "http://127.0.0.1:1", "account": ACCOUNT, "region": "us-east-1"}
    folder.write_endpoint(tmp_path, **where, root_key=copied)
    key_file.create(copied, key_file.read(path))
    lock = folder.FolderLock(tmp_path, "api")
    refused = run(tmp_path)
    assert isinstance(refused.exception, RootKeyProblem)
    assert f"reads its root key from {copied}" in str(refused.exception)
    assert key_file.read(path) == key_file.read(copied)

    for place in (path, copied):
        key_file.replace(place, [b"n" * 32, *key_file.read(place)])
    assert run(tmp_path).exit_code == 0  # the operator has brought the new key to both
    copied.unlink()
    assert isinstance(run(tmp_path).exception, RootKeyProblem)
    lock.release()
    assert run(tmp_path).exit_code == 0


def test_a_lost_or_changed_root_key_is_told_at_the_start(server: Api, tmp_path: Path) -> None:
    """No new key is made in the place of a lost one."""
    path = tmp_path / "root.key"
    content = path.read_text()
    path.unlink()
    with pytest.raises(RootKeyProblem, match="is gone, and the database is sealed with it"):
        start(tmp_path)
    assert not path.exists()
    key_file.create(path, [b"o" * 32])
    with pytest.raises(RootKeyProblem, match="is not the one of this database"):
        start(tmp_path)
    path.write_text(content)
    start(tmp_path).close()
