"""Another server's S3 and KMS: reached with its keys, and never with a session of ours."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from telecine.engine.aws import Clients, Endpoint
from telecine.engine.errors import JobFailed
from telecine.engine.keys import Kms, OtherRegion
from telecine.engine.remote import RemoteCredentials, UnusableCredentials
from telecine.engine.storage import S3Stores
from telecine.services.sts.model import SessionCredentials

ROLE = "arn:aws:iam::111122223333:role/transcode"
OTHER = "arn:aws:iam::111122223333:role/other"
SESSION = SessionCredentials(
    access_key_id="ASIAOURS",
    secret_access_key="secret",
    session_token="token",
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
)
FILE = f"""
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = de%fault=
[{ROLE}]
aws_access_key_id = ASIAROLE
aws_secret_access_key = role
aws_session_token = token
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "credentials"
    path.write_text(FILE)
    return path


def test_a_role_has_its_own_keys_or_those_of_all(file: Path) -> None:
    """A section named by the role's ARN comes before `default`."""
    remote = RemoteCredentials(file)
    own, default = remote.of(ROLE), remote.of(OTHER)
    assert (own.access_key_id, own.secret_access_key, own.session_token) == ("ASIAROLE", "role", "token")
    assert (default.access_key_id, default.secret_access_key, default.session_token) == ("AKIADEFAULT", "de%fault=", "")


def test_a_role_without_keys_gets_nowhere(file: Path) -> None:
    """Without a section for it and without `default`, its jobs end with 1432."""
    file.write_text(FILE.replace("[default]", "[somebody]"))
    with pytest.raises(JobFailed, match=f"1432: Invalid role provided in RESOURCE_ROLE_ARN: {OTHER}"):
        RemoteCredentials(file).of(OTHER)


def test_keys_can_be_changed_while_jobs_run(file: Path) -> None:
    """The file as it is now counts; one that is gone ends jobs with 1432."""
    remote = RemoteCredentials(file)
    file.write_text(FILE.replace("ASIAROLE", "ASIANEW"))
    assert remote.of(ROLE).access_key_id == "ASIANEW"
    file.unlink()
    with pytest.raises(JobFailed, match="1432"):
        remote.of(ROLE)


@pytest.mark.parametrize("text", ["no section", "[default]\nhalf a line", None])
def test_a_file_that_is_none_is_refused_at_once(file: Path, text: str | None) -> None:
    """The message names the file and what it wants to hold, and nothing that it holds."""
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(UnusableCredentials) as caught:
        RemoteCredentials(file)
    assert str(file) in str(caught.value)
    assert text is None or text not in str(caught.value)


def test_a_session_of_ours_is_not_shown_to_others(file: Path) -> None:
    """At our own endpoint the job's session counts; at another server's, the keys of the file alone."""
    own = Endpoint(url="http://127.0.0.1:1", region="us-east-1")
    other = replace(own, remote=RemoteCredentials(file))
    assert own.credentials(lambda: SESSION, ROLE)() is SESSION
    assert other.credentials(lambda: SESSION, ROLE)().access_key_id == "ASIAROLE"


@pytest.mark.parametrize(
    ("has_virtual_hosts", "address"),
    [(False, ("s3.eu-west-1.example.com", "/films/a.mp4")), (True, ("films.s3.eu-west-1.example.com", "/a.mp4"))],
)
def test_addresses(file: Path, has_virtual_hosts: bool, address: tuple[str, str]) -> None:
    """The region stands where `{region}` is, the bucket in the path or in the host."""
    endpoint = Endpoint(url="https://s3.{region}.example.com", region="eu-west-1", remote=RemoteCredentials(file))
    store = S3Stores(endpoint, has_virtual_hosts=has_virtual_hosts).open(lambda: SESSION, ROLE)
    url = store._current().generate_presigned_url("get_object", Params={"Bucket": "films", "Key": "a.mp4"})
    parts = urlsplit(url)
    assert (parts.hostname, parts.path) == address
    assert "ASIAROLE" in parts.query


def test_another_servers_kms_is_asked_in_the_region_of_the_key(file: Path) -> None:
    """KMS is regional: `{region}` in its address follows the data key's."""
    endpoint = Endpoint(url="https://kms.{region}.example.com", region="us-east-1", remote=RemoteCredentials(file))
    clients = Clients("kms", endpoint)
    assert clients.client(SESSION, "eu-west-1").meta.endpoint_url == "https://kms.eu-west-1.example.com"
    assert clients.client(SESSION).meta.endpoint_url == "https://kms.us-east-1.example.com"


def test_our_kms_has_one_region() -> None:
    """A data key of another region is refused without asking anybody."""
    keys = Kms(Endpoint(url="http://127.0.0.1:1", region="us-east-1")).open(lambda: SESSION, ROLE)
    with pytest.raises(OtherRegion, match="in us-east-1, not in eu-west-1"):
        keys.decrypt(b"blob", {}, "eu-west-1")
