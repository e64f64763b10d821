"""S3 behind the edge's real request path, without a socket: boto3 signs, serializes and parses as it always does."""

import dataclasses
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError
from sqlalchemy import select

from telecine.core.clock import SystemClock
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.edge.identities import Identities
from telecine.edge.meter import Meters
from telecine.edge.pipeline import Pipeline
from telecine.policy import Principal, PrincipalKind
from telecine.seal import RootKey
from telecine.services.contract import Caller, Service, SigningKey
from telecine.services.s3 import access, errors, operations
from telecine.services.s3.objects import Objects
from telecine.services.s3.tables import parts
from telecine.testing.client import InProcess
from telecine.testing.disk import FaultyDisk
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals
from telecine.wire.http import HttpRequest, HttpResponse

ACCOUNT = AccountId("111122223333")
STRANGERS = AccountId("444455556666")
SECRET = "secret-of-everybody"


@dataclass(frozen=True)
class Document:
    """A policy as IAM would hand it out."""

    name: str
    text: str


@dataclass(frozen=True)
class Policies:
    """The policies of an identity as IAM would hand them out."""

    identity: tuple[Document, ...]
    boundary: Document | None = None


class Raw(io.BytesIO):
    """A body as botocore reads it from urllib3."""

    def stream(self, amt: int = 1 << 16, **_: object) -> Iterator[bytes]:
        while block := self.read(amt):
            yield block


class World:
    """An S3 with its callers."""

    def __init__(self, database: Database, folder: Path, region: str, disk: FaultyDisk | None = None) -> None:
        self.database = database
        self.folder = folder
        self.disk = disk or FaultyDisk(lambda _step: None)
        self.objects = self._opened(self.disk)
        self.region = Region(region)
        self._keys: dict[AccessKeyId, SigningKey] = {}
        self._policies: dict[str, tuple[Document, ...]] = {}
        self.records: list[Mapping[str, Any]] = []
        self.uses: list[tuple[Any, ...]] = []
        self.tamper: Callable[[bytes], bytes] = lambda body: body
        """What happens to the bodies of clients on their way."""
        service = Service(
            name="s3",
            face=self.objects,
            operations=operations.OPERATIONS,
            streams=operations.STREAMS,
            digested=operations.DIGESTED,
            access=access.ROWS,
            invalid=errors.invalid,
            cross_origin=operations.CROSS_ORIGIN,
            says_when_it_waits=True,
            takes_anonymous=True,
        )
        pipeline = Pipeline(
            services=(service,),
            identities=Identities(
                keys=self._keys.get,
                generation=lambda: len(self._keys),
                policies=lambda id_: Policies(self._policies[id_]),
            ),
            uses=self,
            audit=self,
            meter=Meters(()),
            clock=SystemClock(),
            ids=seeded_ids(1),
            account=ACCOUNT,
            region=self.region,
        )
        self.server = InProcess(pipeline)

    def _opened(self, disk: FaultyDisk | None) -> Objects:
        return Objects(
            self.database,
            self.folder,
            SystemClock(),
            seeded_ids(),
            PageTokens(b"key of the page tokens"),
            LastingPrincipals(),
            RootKey(bytes(32)),
            disk=disk,
        )

    def reopened(self) -> Objects:
        """The store as the next start finds it."""
        return self._opened(None)

    def named_files(self) -> set[str]:
        """The files that rows name."""
        with self.database.read() as connection:
            return set(connection.execute(select(parts.c.file)).scalars())

    def write(self, record: Mapping[str, Any]) -> None:
        self.records.append(record)

    def note_key_use(self, access_key_id: AccessKeyId, service: str, region: str, at: datetime) -> None:
        self.uses.append((access_key_id, service, region, at))

    def note_role_use(self, role_id: str, region: str, at: datetime) -> None:
        self.uses.append((role_id, region, at))

    def root(self, account: AccountId = ACCOUNT, **connection: Any) -> Any:
        """A client of the account's root user; `connection` says how it calls (see `_client`)."""
        arn = f"arn:aws:iam::{account}:root"
        principal = Principal(kind=PrincipalKind.ROOT, arn=arn, account=account)
        caller = Caller(principal=principal, user_id=account, access_key_id=None)
        return self._client(f"AKIA{account}ROOT", caller, **connection)

    def user(self, name: str, *statements: Mapping[str, Any], account: AccountId = ACCOUNT) -> Any:
        """A client of a user with one policy of these statements."""
        identity = f"AIDA{name.upper():0<17}"
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        self._policies[identity] = (Document("inline", json.dumps(document)),) if statements else ()
        principal = Principal(
            kind=PrincipalKind.USER, arn=f"arn:aws:iam::{account}:user/{name}", account=account, unique_id=identity
        )
        caller = Caller(principal=principal, user_id=identity, access_key_id=None, identity_id=identity)
        return self._client(f"AKIA{name.upper():0<16}", caller)

    def _client(
        self,
        key_id: str,
        caller: Caller,
        *,
        scheme: str = "http",
        signature_version: Any = "s3v4",
        endpoint: str = "127.0.0.1:7700",
        addressing: str = "path",
    ) -> Any:
        """A client that believes to be connected by `scheme`, and signs as `signature_version` has it."""
        key = AccessKeyId(key_id)
        caller = dataclasses.replace(caller, access_key_id=key)
        self._keys[key] = SigningKey(access_key_id=key, secret_access_key=SECRET, caller=caller)
        client = boto3.client(
            "s3",
            endpoint_url=f"{scheme}://{endpoint}",
            region_name=self.region,
            aws_access_key_id=key,
            aws_secret_access_key=SECRET,
            config=Config(
                retries={"max_attempts": 0}, s3={"addressing_style": addressing}, signature_version=signature_version
            ),
        )
        client.meta.events.register("before-send.s3", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        body = request.body or b""
        content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
        parts = urlsplit(request.url)
        headers = [(name.lower(), _text(value)) for name, value in request.headers.items()]
        if "host" not in dict(headers):
            headers.append(("host", parts.netloc))
        if content and dict(headers).keys().isdisjoint({"content-length", "transfer-encoding"}):
            headers.append(("content-length", str(len(content))))
        response = self.server.call(
            HttpRequest(
                method=request.method,
                raw_path=parts.path,
                raw_query=parts.query,
                headers=tuple(headers),
                scheme=parts.scheme,
            ),
            self.tamper(content),
        )
        return _answered(request, response)


def _answered(request: AWSPreparedRequest, response: HttpResponse) -> AWSResponse:
    return AWSResponse(request.url, response.status, HeadersDict(response.headers), Raw(response.body))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    """An S3 in us-east-1."""
    return World(sqlite, tmp_path / "s3", "us-east-1")


@pytest.fixture
def far_world(sqlite: Database, tmp_path: Path) -> World:
    """An S3 in eu-west-1."""
    return World(sqlite, tmp_path / "s3", "eu-west-1")


@pytest.fixture
def s3(world: World) -> Any:
    """A client that may do everything, and the bucket `films`."""
    client = world.root()
    client.create_bucket(Bucket="films")
    return client


@pytest.fixture
def refused() -> Callable[..., tuple[str, int, str]]:
    """`refused(call, **parameters)`: the code, status and message of the error that the call must end in."""

    def check(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]

    return check
