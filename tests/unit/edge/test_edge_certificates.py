"""The https listener's certificates, shown to OpenSSL as a client: which names it takes, and when they change."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from telecine.core.errors import TelecineError
from telecine.edge import certificates, tls
from telecine.edge.certificates import Authority, BadName, Names
from telecine.edge.tls import BadCertificate, Certificates, LocalCertificates, OperatorCertificates, listening_context
from telecine.testing.clock import ManualClock

NAMES = Names.of(["studio.example", "10.0.0.7", "127.0.0.1"])


def _shown(certificates: Certificates, authority: Authority, host: str, **limits: ssl.TLSVersion) -> x509.Certificate:
    """The certificate that a client gets which connects to `host` and trusts `authority` alone.

    Raises `ssl.SSLCertVerificationError` when the client does not accept it.
    """
    client = ssl.create_default_context(cadata=authority.certificate_pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for limit, version in limits.items():
        setattr(client, limit, version)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = listening_context(certificates).wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=host)
    for _ in range(4):
        for side in (theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    der = theirs.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


def _local(clock: ManualClock, names: Names = NAMES) -> tuple[LocalCertificates, Authority]:
    authority = Authority.make(names, clock.now())
    return LocalCertificates(lambda: authority, names, clock), authority


@pytest.fixture
def today() -> ManualClock:
    """A clock at the machine's own time: OpenSSL looks at that."""
    return ManualClock(datetime.now(UTC))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "::1",
        "10.0.0.7",
        "studio.example",
        "films.localhost",
        "a.b.studio.example",
        "LOCALHOST",
    ],
)
def test_a_client_that_trusts_the_authority_takes_every_name_of_ours(today: ManualClock, host: str) -> None:
    """Loopback, the operator's names and addresses, and buckets below a name, which no wildcard covers."""
    local, authority = _local(today)
    assert _shown(local, authority, host)
    assert _shown(local, authority, host, maximum_version=ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("host", ["example.com", "127.0.1.1", "10.0.0.8", "notlocalhost", "studio.example.evil"])
def test_other_names_are_not_shown(today: ManualClock, host: str) -> None:
    """A client that is led astray finds out."""
    local, authority = _local(today)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|IP address mismatch"):
        _shown(local, authority, host)


@pytest.mark.parametrize(("domain", "address"), [("bank.example", None), (None, "10.0.0.8")])
def test_the_authority_is_worth_nothing_elsewhere(today: ManualClock, domain: str | None, address: str | None) -> None:
    """Name constraints: whoever steals its key can pose as this server and as nobody else."""
    local, authority = _local(today)
    other = Names.of([domain or address or ""])
    stolen = LocalCertificates(lambda: authority, other, today)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        _shown(stolen, authority, domain or address or "")
    assert _shown(local, authority, "localhost")


def test_tls_below_1_2_is_refused(today: ManualClock) -> None:
    """The listener speaks TLS 1.2 and 1.3."""
    local, _ = _local(today)
    assert listening_context(local).minimum_version is ssl.TLSVersion.TLSv1_2
    assert local.context(None).minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_certificate_is_replaced_before_it_ends(today: ManualClock) -> None:
    """The next handshake after two months shows a new one; nothing has to be started anew."""
    local, authority = _local(today)
    first = _shown(local, authority, "localhost")
    today.advance((certificates.LEAF_LIFE - certificates.LEAF_RENEWAL).total_seconds() - 1)
    assert _shown(local, authority, "localhost") == first
    today.advance(1)
    renewed = local.context(None)
    assert renewed is not local.context("films.localhost")
    assert renewed is local.context("localhost")
    today.advance(1)
    assert local.context(None) is renewed


def test_a_renewal_that_fails_is_tried_again(today: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    """The old certificate goes on, and the log tells why."""
    authority = Authority.make(NAMES, today.now())
    answers: list[Authority | TelecineError] = [authority, TelecineError("no room"), authority]

    def open_authority() -> Authority:
        answer = answers.pop(0)
        if isinstance(answer, TelecineError):
            raise answer
        return answer

    local = LocalCertificates(open_authority, NAMES, today)
    first = local.context(None)
    today.advance(certificates.LEAF_LIFE.total_seconds())
    assert local.context(None) is first
    assert local.context(None) is first
    assert caplog.text.count("no room") == 1
    today.advance(60)
    assert local.context(None) is not first


def test_names_of_buckets_do_not_fill_the_memory(today: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may ask for any name below ours: few are kept."""
    monkeypatch.setattr(tls, "_MOST_CONTEXTS", 2)
    local, authority = _local(today)
    first = local.context("a.localhost")
    assert local.context("a.localhost") is first
    for name in ("b.localhost", "c.localhost"):
        local.context(name)
    assert local.context("a.localhost") is not first
    assert _shown(local, authority, "a.localhost")


@pytest.mark.parametrize("name", ["", "a b", "*.example.com", "-x.example", "a" * 64, "x\n.example"])
def test_a_name_that_is_none_is_an_error_in_words(name: str) -> None:
    """What would make a broken certificate is refused."""
    with pytest.raises(BadName, match="is neither a host name nor an address"):
        Names.of([name])


def test_an_authority_made_anew_with_its_key_vouches_for_what_the_old_one_signed(today: ManualClock) -> None:
    """A client with the new certificate and one with the old one both take the listener's."""
    local, old = _local(today)
    new = Authority.make(NAMES, today.now() + timedelta(seconds=1), old.key)
    assert new.certificate != old.certificate
    assert _shown(local, new, "studio.example") == _shown(local, old, "studio.example")


class Files:
    """An operator's certificate and key."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        self._clock = clock
        self.authority = Authority.make(NAMES, clock.now())
        self.renew()

    def renew(self) -> None:
        """Write a new pair, the certificate first."""
        pem = self.authority.issue(["studio.example"], [], self._clock.now())
        end_of_key = pem.index(b"-----BEGIN CERTIFICATE")
        self.certificate.write_bytes(pem[end_of_key:])
        self.new_key = pem[:end_of_key]
        if not self.key.exists():
            self.key.write_bytes(self.new_key)


@pytest.fixture
def files(tmp_path: Path, today: ManualClock) -> Files:
    """A pair that fits together."""
    return Files(tmp_path, today)


def test_the_operators_certificate_is_read_anew_when_it_changes(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """Between the two files of a renewal the old certificate goes on; then the next handshake shows the new one."""
    operator = OperatorCertificates(files.certificate, files.key)
    first = _shown(operator, files.authority, "studio.example")
    files.renew()
    with caplog.at_level(logging.ERROR):
        assert _shown(operator, files.authority, "studio.example") == first
    assert "key values mismatch. --tls-cert needs" in caplog.text
    files.key.write_bytes(files.new_key)
    assert _shown(operator, files.authority, "studio.example") != first
    files.key.unlink()
    assert _shown(operator, files.authority, "studio.example") != first


def test_files_that_cannot_be_used_are_errors_in_words(files: Files, tmp_path: Path) -> None:
    """Missing, swapped, encrypted: each says what it is, and nothing waits at a terminal."""
    with pytest.raises(BadCertificate, match="cannot be read: No such file"):
        OperatorCertificates(files.certificate, tmp_path / "none.pem")
    with pytest.raises(BadCertificate, match=r"cannot be used: .*--tls-key its private key"):
        OperatorCertificates(files.key, files.certificate)
    key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    with pytest.raises(BadCertificate, match=r"is encrypted\. Give --tls-key a key without a passphrase"):
        OperatorCertificates(files.certificate, files.key)


@pytest.mark.parametrize(
    ("host", "is_covered"),
    [
        ("studio.example", True),
        ("STUDIO.example", True),
        ("10.0.0.7", True),
        ("10.0.0.8", False),
        ("a.wild.example", True),
        ("a.b.wild.example", False),
        ("wild.example", False),
    ],
)
def test_a_certificate_tells_whom_it_is_for(today: ManualClock, host: str, is_covered: bool) -> None:
    """As clients compare: addresses as such, a wildcard for one label."""
    names = Names.of(["studio.example", "10.0.0.7"])
    authority = Authority.make(names, today.now())
    pem = authority.issue(("studio.example", "*.wild.example"), names.addresses, today.now())
    assert certificates.names_cover(pem, host) is is_covered
    assert not certificates.names_cover(authority.certificate_pem, host)
