"""What S3 remembers between requests never outlives a change, by whomever: the next request sees it."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import update

from telecine.core.waiting import expect_to_wait
from telecine.db import Database, connect
from telecine.services.s3.tables import buckets, objects
from telecine.testing.disk import FaultyDisk, WarmDisk

World = Any
"""The fixture of conftest.py."""


_threads_that_read: list[bool] = []


@pytest.fixture
def warm(world: World) -> list[bool]:
    """For each read of a file since: whether waiting was allowed there."""
    world.disk._disk = WarmDisk(_threads_that_read)
    _threads_that_read.clear()
    return _threads_that_read


@pytest.fixture
def elsewhere(world: World, tmp_path: Path) -> Iterator[Database]:
    """The database as another process has it."""
    opened = connect(f"sqlite:///{tmp_path}/telecine.db")
    yield opened
    opened.close()


def _body(client: Any, key: str = "a") -> bytes:
    data: bytes = client.get_object(Bucket="films", Key=key)["Body"].read()
    return data


def _status(call: Callable[..., Any], **parameters: Any) -> int:
    try:
        answer = call(Bucket="films", **parameters)
    except ClientError as error:
        answer = error.response
    status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status


def test_what_was_read_lately_is_read_again_without_waiting(s3: Any, warm: list[bool]) -> None:
    """The first read after a change may wait, the next ones do not; and every one gives the same bytes."""
    s3.put_object(Bucket="films", Key="a", Body=b"hello")
    assert [_body(s3) for _ in range(3)] == [b"hello"] * 3
    assert (warm[0], warm[-1]) == (True, False)


def test_what_is_long_is_not_read_without_waiting(s3: Any, warm: list[bool]) -> None:
    """Nobody else is answered meanwhile."""
    long = bytes(65_537)
    s3.put_object(Bucket="films", Key="a", Body=long)
    assert [_body(s3) for _ in range(3)] == [long] * 3
    assert warm == [True] * len(warm)


def test_an_object_that_another_process_changes_is_seen_changed(s3: Any, elsewhere: Database, warm: list[bool]) -> None:
    """Its headers, and that it is gone."""
    s3.put_object(Bucket="films", Key="a", Body=b"hello")
    assert [_body(s3) for _ in range(2)] == [b"hello"] * 2
    said = {"content_type": "text/html"}
    elsewhere.write(lambda connection: connection.execute(update(objects).values(description=said)))
    assert s3.head_object(Bucket="films", Key="a")["ContentType"] == "text/html"
    assert s3.get_object(Bucket="films", Key="a")["ContentType"] == "text/html"
    elsewhere.write(lambda connection: connection.execute(objects.delete()))
    assert (_status(s3.head_object, Key="a"), _status(s3.get_object, Key="a")) == (404, 404)


def test_a_policy_that_another_process_writes_counts_at_once(
    world: World, s3: Any, elsewhere: Database, warm: list[bool]
) -> None:
    """A Deny, and that it is taken back."""
    s3.put_object(Bucket="films", Key="a", Body=b"hello")
    ada = world.user("ada", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert [_body(ada) for _ in range(2)] == [b"hello"] * 2
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
    for policy, status in ((json.dumps({"Version": "2012-10-17", "Statement": [statement]}), 403), (None, 200)):
        values = {"policy": policy, "policy_principals": {}}
        elsewhere.write(lambda connection, values=values: connection.execute(update(buckets).values(**values)))
        assert [_status(ada.get_object, Key="a") for _ in range(2)] == [status] * 2
        assert [_status(ada.head_object, Key="a") for _ in range(2)] == [status] * 2


def test_a_replaced_object_is_read_as_it_is_now(s3: Any, warm: list[bool]) -> None:
    """Every read between two writes gives the last one's bytes."""
    for number in range(5):
        body = b"%d" % number
        s3.put_object(Bucket="films", Key="a", Body=body)
        assert [_body(s3) for _ in range(2)] == [body] * 2
    s3.delete_object(Bucket="films", Key="a")
    assert [_status(s3.get_object, Key="a") for _ in range(2)] == [404, 404]


def test_readers_beside_a_writer_see_one_version_whole(s3: Any, world: World, warm: list[bool]) -> None:
    """Whatever is remembered meanwhile: what is read once written is never older than what was written before."""
    newest = -1
    failures: list[str] = []

    def read(client: Any) -> None:
        for _ in range(40):
            least = newest
            found = int(_body(client))
            if found < least:
                failures.append(f"{found} after {least}")

    s3.put_object(Bucket="films", Key="a", Body=b"0")
    readers = [threading.Thread(target=read, args=(world.root(),)) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 40):
        s3.put_object(Bucket="films", Key="a", Body=b"%d" % number)
        newest = number
    for reader in readers:
        reader.join()
    assert failures == []


def test_no_step_that_changes_the_disk_goes_without_waiting(s3: Any, world: World) -> None:
    """Were a write ever tried where there is no waiting, it would be found out here."""
    world.disk.before = lambda step: None if step in {"open", "read"} else expect_to_wait()
    s3.put_object(Bucket="films", Key="a", Body=b"hello")
    s3.delete_object(Bucket="films", Key="a")
    assert isinstance(world.disk, FaultyDisk)
