"""`telecine serve` on https: one server, two listeners, and clients that trust its own authority or the operator's."""

import socket
import ssl
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from telecine.core.names import AccessKeyId
from telecine.edge.certificates import Authority, Names
from telecine.engine.aws import Endpoint
from telecine.engine.storage import S3Stores
from telecine.outbound.trust import trusting
from telecine.services.sts.model import SessionCredentials

Server = Any  # the fixtures of conftest.py
Factory = Any


def _health(url: str, authority: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(authority))
    with urllib.request.urlopen(f"{url}/_/health", context=context, timeout=30) as answer:
        body: bytes = answer.read()
    return body


def test_a_policy_can_tell_https_from_http(server: Server) -> None:
    """`aws:SecureTransport`, on the same bucket through both listeners."""
    client = server.client("s3")
    client.create_bucket(Bucket="careful")
    client.put_object(Bucket="careful", Key="plan.txt", Body=b"hush")
    client.put_bucket_policy(
        Bucket="careful",
        Policy='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject",'
        '"Resource":"arn:aws:s3:::careful/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}',
    )
    assert server.https_client("s3").get_object(Bucket="careful", Key="plan.txt")["Body"].read() == b"hush"
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.get_object(Bucket="careful", Key="plan.txt")


def test_browsers_are_told_to_trust_no_object(server: Server) -> None:
    """A page somebody uploaded runs in a sandbox, and nothing guesses what it is."""
    client = server.client("s3")
    client.create_bucket(Bucket="pages")
    client.put_object(Bucket="pages", Key="a.html", Body=b"<script>", ContentType="text/html")
    for answer in (client.get_object(Bucket="pages", Key="a.html"), client.head_object(Bucket="pages", Key="a.html")):
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        assert headers["content-security-policy"] == "sandbox"
        assert headers["x-content-type-options"] == "nosniff"


def test_whoever_does_not_trust_the_authority_does_not_talk(server: Server) -> None:
    """No client falls back to anything."""
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(f"{server.https_url}/_/health", timeout=30)


def test_http_spoken_to_https_is_hung_up_on(server: Server) -> None:
    """Nothing is answered in the clear there."""
    address = urlsplit(server.https_url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as plain:
        plain.sendall(b"GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in plain.recv(4096)


def test_the_engine_trusts_whom_the_operator_names(server: Server) -> None:
    """`--trust-ca`: media at a server whose authority is of the house."""
    client = server.client("s3")
    client.create_bucket(Bucket="elsewhere")
    client.put_object(Bucket="elsewhere", Key="a.mp4", Body=b"film")
    keys = server.admin()
    session = SessionCredentials(
        access_key_id=AccessKeyId(keys["aws_access_key_id"]),
        secret_access_key=keys["aws_secret_access_key"],
        session_token="",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )

    endpoint = Endpoint(url=server.https_url, region="us-east-1", trusted=trusting(server.data_dir / "ca.pem"))
    assert S3Stores(endpoint).open(lambda: session, "").head("elsewhere", "a.mp4").size == 4


@pytest.fixture
def operators_server(server_factory: Factory, tmp_path: Path) -> Server:
    """A server with a certificate that somebody else has signed, alone with its api."""
    authority = Authority.make(Names.of([]), datetime.now(UTC))
    (tmp_path / "house.pem").write_bytes(authority.certificate_pem)
    _renew(tmp_path, authority)
    file = str(tmp_path / "cert.pem")
    options = ["--tls-cert", file, "--tls-key", file, "--tls-name", "localhost"]
    return server_factory.start(tmp_path / "data", "--role", "api", *options)


def _renew(folder: Path, authority: Authority) -> None:
    draft = folder / "cert.pem.new"
    draft.write_bytes(authority.issue(["localhost"], [], datetime.now(UTC)))
    draft.replace(folder / "cert.pem")


def test_the_operators_certificate_is_shown_and_renewed_without_a_restart(operators_server: Server) -> None:
    """The next connection gets the new one. There is no authority of ours, and `env` names none.

    An idle client does not hold up the end of the server: TLS says goodbye, and a client's pool does not listen.
    """
    folder = operators_server.data_dir.parent
    assert urlsplit(operators_server.https_url).hostname == "localhost"
    assert _health(operators_server.https_url, folder / "house.pem") == b'{"status":"ok"}\n'
    assert not (operators_server.data_dir / "ca.pem").exists()
    assert "AWS_CA_BUNDLE" not in operators_server.environment("--https")
    other = Authority.make(Names.of([]), datetime.now(UTC))
    (folder / "other.pem").write_bytes(other.certificate_pem)
    _renew(folder, other)
    session = boto3.Session(**operators_server.admin(), region_name="us-east-1")
    client = session.client("sts", endpoint_url=operators_server.https_url, verify=str(folder / "other.pem"))
    assert client.get_caller_identity()["Account"] == "000000000000"
    assert operators_server.stop() == 0
    assert "timeout graceful shutdown exceeded" not in operators_server.log.read_text()
