"""The fixture `aws`: unmodified boto3 clients, whose requests go straight into the edge of a server without a socket.

Everything is real but the socket: boto3 signs and serializes, the edge verifies and parses. Time stands still, for the
server and for botocore's signatures alike, until `aws.clock` is moved.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
import botocore.auth
import pytest
from argon2 import PasswordHasher
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config as ClientConfig

from telecine.app.api import Api, build_api
from telecine.app.ground import Config
from telecine.core.names import AccountId, Region
from telecine.db import connect
from telecine.migrations import upgrade
from telecine.testing.client import InProcess
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.wire.http import HttpRequest

ACCOUNT = AccountId("123456789012")
REGION = Region("us-east-1")
ENDPOINT = "http://127.0.0.1:7700"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Credentials of a caller."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Aws:
    """A server, and boto3 clients of it."""

    api: Api
    clock: ManualClock
    admin: Keys
    """Of the user `admin`, who may do everything."""
    folder: Path
    """The server's data folder."""
    account: AccountId = ACCOUNT
    region: Region = REGION
    _clients: dict[tuple[str, Keys], Any] = field(default_factory=dict, repr=False)

    def client(self, service: str, keys: Keys | None = None, **config: Any) -> Any:
        """An unmodified boto3 client of `service`, as `admin` unless other keys are given: one for all who ask alike."""
        if config:
            return self._made(service, keys or self.admin, **config)
        wanted = (service, keys or self.admin)
        if wanted not in self._clients:
            self._clients[wanted] = self._made(*wanted)
        return self._clients[wanted]

    def _made(self, service: str, keys: Keys, **config: Any) -> Any:
        client = _session(os.environ.get("AWS_DATA_PATH")).client(
            cast("Any", service),
            endpoint_url=ENDPOINT,
            region_name=self.region,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            config=ClientConfig(retries={"total_max_attempts": 1}, **config),
        )
        client.meta.events.register("before-send", self._answer)
        return client

    def user(self, name: str, *statements: Mapping[str, Any]) -> Keys:
        """A new IAM user with one inline policy of these statements (none: no policy), and its key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Keys(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])

    def role(self, name: str, trust: Mapping[str, Any], *statements: Mapping[str, Any]) -> str:
        """A new role that `trust` (a Principal element) may assume, with one inline policy; its ARN."""
        iam = self.client("iam")
        statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(statement))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=policy(*statements))
        return arn

    def assume(self, role_arn: str, keys: Keys | None = None, **parameters: Any) -> Keys:
        """A session of the role, taken by `keys`."""
        sts = self.client("sts", keys)
        parameters.setdefault("RoleSessionName", "session")
        given = sts.assume_role(RoleArn=role_arn, **parameters)["Credentials"]
        return Keys(
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
            session_token=given["SessionToken"],
        )

    def _answer(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        url = urlsplit(request.url)
        response = InProcess(self.api.pipeline).call(
            HttpRequest(
                method=request.method,
                raw_path=url.path or "/",
                raw_query=url.query,
                headers=(("host", url.netloc), *_sent_headers(request)),
            ),
            _sent_body(request),
        )
        return AWSResponse(request.url, response.status, dict(response.headers), _Body(response.body))


@cache
def _session(_data_path: str | None) -> boto3.Session:
    """One for all clients that find their models in the same place: a session reads each anew (80 ms and more)."""
    return boto3.Session()


class _Body:
    """What botocore reads an answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int | None = None) -> bytes:
        size = len(self._data) if size is None else size
        block, self._data = self._data[:size], self._data[size:]
        return block

    def stream(self, size: int = 1 << 20, **_options: Any) -> Iterator[bytes]:
        while block := self.read(size):
            yield block

    def close(self) -> None:
        self._data = b""

    def release_conn(self) -> None:
        """There is no connection."""


def _sent_headers(request: AWSPreparedRequest) -> Iterator[tuple[str, str]]:
    for name, value in request.headers.items():
        if name.lower() != "host":
            yield name.lower(), value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _sent_body(request: AWSPreparedRequest) -> bytes:
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else cast("bytes", body.read())


def policy(*statements: Mapping[str, Any]) -> str:
    """The text of a policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="session")
def upgraded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that has seen every migration and holds nothing, made once to be copied."""
    path = tmp_path_factory.mktemp("upgraded") / "telecine.db"
    database = connect(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def make_aws(tmp_path: Path, upgraded_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Aws]]:
    """Makes servers: `make_aws(database_url=…)`, SQLite in a temporary folder by default."""
    made: list[Aws] = []

    def make(**config: Any) -> Aws:
        clock = ManualClock()
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_args, **_kwargs: clock.now())
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        shutil.copyfile(upgraded_file, folder / "telecine.db")
        api = build_api(
            Config(data_dir=folder, account=ACCOUNT, region=REGION, **config),
            clock=clock,
            ids=seeded_ids(len(made)),
            passwords=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )
        assert api.bootstrap is not None
        key = api.bootstrap.key
        admin = Keys(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)
        made.append(Aws(api=api, clock=clock, admin=admin, folder=folder))
        return made[-1]

    yield make
    for aws in made:
        aws.api.close()


@pytest.fixture
def aws(make_aws: Callable[..., Aws]) -> Aws:
    """One new server on SQLite."""
    return make_aws()
