"""A small world behind the edge: a few operations of real services, callers with policies, everything in memory."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from telecine.core.errors import ApiError
from telecine.core.names import AccessKeyId, AccountId, Region
from telecine.edge.identities import Identities
from telecine.edge.meter import Meters
from telecine.edge.pipeline import Pipeline
from telecine.policy import Principal, PrincipalKind
from telecine.services.contract import Call, Caller, Need, Params, Service, SigningKey, always, nothing_needed
from telecine.testing.client import InProcess
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.wire.http import HttpRequest, HttpResponse, Sink
from telecine.wire.validate import Violation, aws_sentence

ACCOUNT = AccountId("111122223333")
SECRET = "secret-of-everybody"
TOKEN = "token-of-the-session"
HOST = "127.0.0.1:7700"


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


class MemorySink:
    """Keeps an upload until it is finished."""

    def __init__(self, world: "World", key: str) -> None:
        self._world = world
        self._key = key
        self._blocks: list[bytes] = []

    def write(self, block: bytes) -> None:
        if self._world.broken_disk is not None:
            raise self._world.broken_disk
        self._blocks.append(block)

    def finish(self, trailers: Mapping[str, str]) -> dict[str, object]:
        self._world.objects[self._key] = b"".join(self._blocks)
        return {"ETag": '"etag"'}

    def abort(self) -> None:
        self._world.aborted.append(self._key)


class MemorySource:
    """An object on its way out, in two blocks."""

    def __init__(self, world: "World", body: bytes) -> None:
        self._world = world
        self._blocks = [body[: len(body) // 2], body[len(body) // 2 :]]
        self.length = len(body)

    def read(self) -> bytes:
        return self._blocks.pop(0) if self._blocks else b""

    def again(self) -> None:
        return None

    def close(self) -> None:
        self._world.closed += 1


@dataclass
class World:
    """What the edge meets in these tests, and how to call it."""

    clock: ManualClock
    keys: dict[AccessKeyId, SigningKey] = field(default_factory=dict)
    policies: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    generation: int = 1
    key_reads: int = 0
    records: list[Mapping[str, Any]] = field(default_factory=list)
    uses: list[tuple[Any, ...]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    aborted: list[str] = field(default_factory=list)
    closed: int = 0
    broken_disk: Exception | None = None
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.use(self._sts(), self._mediaconvert(), self._s3(), self._iam(), self._kms())

    def use(self, *services: Service[Any]) -> None:
        """Answer with these services."""
        self.services = services
        self.pipeline = Pipeline(
            services=services,
            identities=Identities(
                keys=self._key,
                generation=lambda: self.generation,
                policies=lambda id_: Policies(self.policies.get(id_, ())),
            ),
            uses=self,
            audit=self,
            meter=Meters(()),
            clock=self.clock,
            ids=seeded_ids(),
            account=ACCOUNT,
            region=Region("eu-west-1"),
        )
        self.client = InProcess(self.pipeline)

    # ── what the edge sees ──────────────────────────────────────────────────────────────────────────────────────

    def write(self, record: Mapping[str, Any]) -> None:
        self.records.append(record)

    def note_key_use(self, access_key_id: AccessKeyId, service: str, region: str, at: datetime) -> None:
        self.uses.append((access_key_id, service, region, at))

    def note_role_use(self, role_id: str, region: str, at: datetime) -> None:
        self.uses.append((role_id, region, at))

    def _key(self, access_key_id: AccessKeyId) -> SigningKey | None:
        self.key_reads += 1
        return self.keys.get(access_key_id)

    def _sts(self) -> Service[Any]:
        def identity(_face: object, call: Call, _params: Params) -> Mapping[str, Any]:
            self.calls.append(call)
            return {"Account": call.account, "Arn": call.caller.principal.arn, "UserId": call.caller.user_id}

        return _service(
            "sts", {"GetCallerIdentity": identity}, {"GetCallerIdentity": nothing_needed}, regions=("us-east-1",)
        )

    def _mediaconvert(self) -> Service[Any]:
        def list_queues(_face: object, _call: Call, _params: Params) -> Mapping[str, Any]:
            return {"Queues": []}

        def get_queue(_face: object, _call: Call, _params: Params) -> Mapping[str, Any]:
            raise ZeroDivisionError("a bug with a secret in its text")

        def cancel_job(_face: object, _call: Call, _params: Params) -> Mapping[str, Any]:
            raise ApiError("ConflictException", "It is too late.", status=409)

        def get_queue_needs(_face: object, _call: Call, params: Params) -> Sequence[Need]:
            arn = f"arn:aws:mediaconvert:eu-west-1:{ACCOUNT}:queues/{params.get('Name', '')}"
            return (Need(action="mediaconvert:GetQueue", resource=arn),)

        return _service(
            "mediaconvert",
            {"ListQueues": list_queues, "GetQueue": get_queue, "CancelJob": cancel_job},
            {
                "ListQueues": always("mediaconvert:ListQueues"),
                "GetQueue": get_queue_needs,
                "CancelJob": always("mediaconvert:CancelJob"),
            },
        )

    def _s3(self) -> Service[Any]:
        def put(_face: object, _call: Call, params: Params) -> Sink:
            return MemorySink(self, params["Key"])

        def get(_face: object, _call: Call, params: Params) -> Mapping[str, Any]:
            body = self.objects[params["Key"]]
            return {"Body": MemorySource(self, body), "ContentLength": len(body)}

        def create_bucket(_face: object, _call: Call, params: Params) -> Mapping[str, Any]:
            configuration = params.get("CreateBucketConfiguration", {})
            return {"Location": configuration.get("LocationConstraint", "/")}

        def on_object(action: str) -> Any:
            def needs(_face: object, _call: Call, params: Params) -> Sequence[Need]:
                return (Need(action=action, resource=f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"),)

            return needs

        return dataclasses.replace(
            _service(
                "s3",
                {"GetObject": get, "CreateBucket": create_bucket},
                {
                    "GetObject": on_object("s3:GetObject"),
                    "PutObject": on_object("s3:PutObject"),
                    "CreateBucket": always("s3:CreateBucket"),
                },
            ),
            streams={"PutObject": put},
            headers={"x-from-the-service": "always"},
        )

    @staticmethod
    def _iam() -> Service[Any]:
        def create_user(_face: object, _call: Call, _params: Params) -> Mapping[str, Any]:
            return {}

        return _service("iam", {"CreateUser": create_user}, {"CreateUser": always("iam:CreateUser")})

    @staticmethod
    def _kms() -> Service[Any]:
        return _service("kms", {}, {})

    # ── what a test does ────────────────────────────────────────────────────────────────────────────────────────

    def add_user(self, name: str, *policies: str, is_active: bool = True) -> AccessKeyId:
        """A user with a long-term key and these identity policies; the key's id."""
        key_id = AccessKeyId(f"AKIA{name.upper():X<16}")
        identity = f"AIDA{name.upper():X<17}"
        caller = Caller(
            principal=Principal(kind=PrincipalKind.USER, arn=f"arn:aws:iam::{ACCOUNT}:user/{name}", account=ACCOUNT),
            user_id=identity,
            access_key_id=key_id,
            identity_id=identity,
            context={"aws:username": name},
        )
        self.keys[key_id] = SigningKey(
            access_key_id=key_id, secret_access_key=SECRET, caller=caller, is_active=is_active
        )
        self.set_policies(name, *policies)
        return key_id

    def set_policies(self, name: str, *policies: str) -> None:
        """Replace a user's policies, as a write to IAM does."""
        self.policies[f"AIDA{name.upper():X<17}"] = tuple(
            Document(f"policy-{number}", text) for number, text in enumerate(policies)
        )
        self.generation += 1

    def add_session(
        self, *policies: str, session_policies: tuple[str, ...] | None = None, lasts: timedelta = timedelta(hours=1)
    ) -> AccessKeyId:
        """A session of the role `worker` with a temporary key; the key's id. Its token is `TOKEN`."""
        key_id, identity = AccessKeyId("ASIAWORKERXXXXXXXXXX"), "AROAWORKERXXXXXXXXXXX"
        self.policies[identity] = tuple(Document(f"policy-{number}", text) for number, text in enumerate(policies))
        caller = Caller(
            principal=Principal(
                kind=PrincipalKind.ASSUMED_ROLE,
                arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/night",
                account=ACCOUNT,
            ),
            user_id=f"{identity}:night",
            access_key_id=key_id,
            identity_id=identity,
            context={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/service/worker"},
            session_policies=session_policies,
            is_temporary=True,
        )
        self.keys[key_id] = SigningKey(
            access_key_id=key_id,
            secret_access_key=SECRET,
            caller=caller,
            token_digest=hashlib.sha256(TOKEN.encode()).digest(),
            expires_at=self.clock.now() + lasts,
        )
        return key_id

    def sign(
        self,
        service: str,
        method: str,
        target: str,
        *,
        key: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        secret: str = SECRET,
        token: str | None = None,
        region: str = "eu-west-1",
        at: datetime | None = None,
    ) -> HttpRequest:
        """A request as botocore signs it."""
        request = AWSRequest(
            method=method, url=f"http://{HOST}{target}", data=body, headers={"Host": HOST, **(headers or {})}
        )
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        return self._signed(request, signer(Credentials(key, secret, token), service, region), at)

    def presign(self, service: str, method: str, target: str, *, key: str, seconds: int = 600) -> HttpRequest:
        """The request of a presigned URL."""
        request = AWSRequest(method=method, url=f"http://{HOST}{target}", headers={"Host": HOST})
        signer = S3SigV4QueryAuth(Credentials(key, SECRET), service, "eu-west-1", expires=seconds)
        return self._signed(request, signer, None)

    def _signed(self, request: AWSRequest, signer: Any, at: datetime | None) -> HttpRequest:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(botocore.auth, "get_current_datetime", lambda: at or self.clock.now())
            signer.add_auth(request)
        path, _, query = request.url.removeprefix(f"http://{HOST}").partition("?")
        return HttpRequest(
            method=request.method,
            raw_path=path,
            raw_query=query,
            headers=tuple((name.lower(), str(value)) for name, value in request.headers.items()),
        )

    def call(self, service: str, method: str, target: str, *, body: bytes = b"", **signing: Any) -> HttpResponse:
        """The answer to a request as botocore signs it."""
        return self.client.call(self.sign(service, method, target, body=body, **signing), body)

    def caller_identity(self, **signing: Any) -> HttpResponse:
        """sts:GetCallerIdentity, which every authenticated caller may call."""
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self.call("sts", "POST", "/", body=body, headers=headers, **signing)


def _service(name: str, operations: Any, access: Any, regions: tuple[str, ...] = ()) -> Service[Any]:
    def invalid(violations: Sequence[Violation]) -> ApiError:
        return ApiError("ValidationError", aws_sentence(violations))

    return Service(name=name, face=None, operations=operations, access=access, invalid=invalid, regions=regions)


@pytest.fixture
def world() -> World:
    """An empty world."""
    return World(clock=ManualClock())
