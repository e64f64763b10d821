"""A server without a process of its own: what a stage of a request costs, without sockets and threads around it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from telecine.app.api import Api, build_api
from telecine.app.ground import Config
from telecine.core.names import AccountId, Region
from telecine.testing.client import InProcess
from telecine.wire.http import HttpRequest

ACCOUNT = AccountId("000000000000")
REGION = Region("us-east-1")
URL = "http://127.0.0.1:7700"


@dataclass(frozen=True, kw_only=True)
class Local:
    """A server on SQLite in a temporary folder."""

    api: Api
    admin: Credentials

    def call(self, credentials: Credentials, service: str, action: str, **parameters: str) -> Any:
        """The answer of an operation of IAM or STS, as an XML element. Raises when it is not 200."""
        request, body = query(credentials, service, action, **parameters)
        response = InProcess(self.api.pipeline).call(request, body)
        if response.status != 200:
            raise RuntimeError(response.body.decode())
        return ET.fromstring(response.body)

    def assume(self, credentials: Credentials, role_arn: str) -> Credentials:
        """A session of the role."""
        answer = self.call(credentials, "sts", "AssumeRole", RoleArn=role_arn, RoleSessionName="benchmark")
        given = {element.tag.rpartition("}")[2]: element.text for element in answer.iter()}
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def query(credentials: Credentials, service: str, action: str, **parameters: str) -> tuple[HttpRequest, bytes]:
    """A signed call of IAM or STS."""
    version = {"iam": "2010-05-08", "sts": "2011-06-15"}[service]
    body = urlencode({"Action": action, "Version": version, **parameters}).encode()
    return signed(credentials, service, "POST", "/", body, "application/x-www-form-urlencoded"), body


def signed(
    credentials: Credentials, service: str, method: str, path: str, body: bytes = b"", content_type: str = ""
) -> HttpRequest:
    """A request as `edge.asgi` hands it on, signed now."""
    request = AWSRequest(method=method, url=URL + path, data=body or None)
    if content_type:
        request.headers["Content-Type"] = content_type
    SigV4Auth(credentials, service, REGION).add_auth(request)
    headers = {"host": urlsplit(URL).netloc, **{name.lower(): str(value) for name, value in request.headers.items()}}
    return HttpRequest(
        method=method,
        raw_path=urlsplit(path).path,
        raw_query=urlsplit(path).query,
        headers=tuple(headers.items()),
    )


@contextmanager
def local() -> Iterator[Local]:
    """A server that is closed at the end."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        api = build_api(Config(data_dir=Path(name), account=ACCOUNT, region=REGION))
        try:
            assert api.bootstrap is not None
            key = api.bootstrap.key
            yield Local(api=api, admin=Credentials(key.key.access_key_id, key.secret_access_key))
        finally:
            api.close()
