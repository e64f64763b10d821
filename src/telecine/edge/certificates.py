"""The certificates of our own https listener: a small certificate authority, and what it signs for the listener.

Clients trust the authority by its certificate (`DIR/ca.pem`). That is little to ask of them: name constraints (RFC
5280, 4.2.1.10) bind it to loopback and to the server's own names, so that whoever steals its key can pose as nobody
else. The certificates of the listener live for three months and never reach a disk with their keys.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from telecine.core.errors import TelecineError

AUTHORITY_LIFE = timedelta(days=3650)
AUTHORITY_RENEWAL = timedelta(days=365)
"""How long before its end an authority's certificate is made anew, with the same key: as long do clients have to
fetch it."""

LEAF_LIFE = timedelta(days=90)
LEAF_RENEWAL = timedelta(days=30)
"""How long before its end a certificate of the listener is replaced."""

_CLOCK_SKEW = timedelta(hours=1)
"""Certificates count from a little before now: the client's clock may be behind."""

_LOOPBACK = ("localhost", "127.0.0.0/8", "::1/128")
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AuthorityKey = ec.EllipticCurvePrivateKey


class BadAuthority(TelecineError):
    """The files of the authority do not hold one."""


class BadName(TelecineError):
    """What should be a host name or an address is neither."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What a server is called: everything that its authority may sign for."""

    domains: tuple[str, ...]
    """Host names in lower case; each stands for itself and for all below it."""
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, own: Sequence[str]) -> "Names":
        """Loopback, and the server's own names and addresses. Raises `BadName`."""
        domains: list[str] = []
        networks: list[Network] = []
        for name in (*_LOOPBACK, *own):
            try:
                network = ipaddress.ip_network(name)
            except ValueError as error:
                domain = name.lower().rstrip(".")
                if not _HOST_NAME.fullmatch(domain):
                    raise BadName(f"{name!r} is neither a host name nor an address.") from error
                domains.append(domain)
            else:
                networks.append(network)
        return cls(domains=tuple(dict.fromkeys(domains)), networks=tuple(dict.fromkeys(networks)))

    def holds(self, domain: str) -> bool:
        """Whether `domain` is one of ours, or below one."""
        return bool(_HOST_NAME.fullmatch(domain)) and any(
            domain == own or domain.endswith("." + own) for own in self.domains
        )

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses that a certificate can name: of a network its first one, which for 127.0.0.0/8 is .0.0.1."""
        firsts = (network[0] if network.num_addresses == 1 else network[1] for network in self.networks)
        return tuple(dict.fromkeys(firsts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """A certificate authority of one server."""

    certificate: x509.Certificate
    key: AuthorityKey

    @classmethod
    def make(cls, names: Names, now: datetime, key: AuthorityKey | None = None) -> "Authority":
        """A new authority for `names`; with the `key` of an older one, what that has signed is good under it, too."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        # Two servers on one machine have two authorities: a number tells a person's list of them apart.
        mark = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        subject = _subject(f"Telecine local CA {mark.digest.hex()[:8]}")
        permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in names.domains]
        permitted += [x509.IPAddress(network) for network in names.networks]
        builder = (
            _builder(subject, subject, key.public_key(), now, now + AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.NameConstraints(permitted, None), critical=True)
            .add_extension(mark, critical=False)
        )
        return cls(certificate=builder.sign(key, hashes.SHA256()), key=key)

    @classmethod
    def load(cls, certificate: bytes, key: AuthorityKey) -> "Authority":
        """The authority of a PEM file and its key. Raises `BadAuthority`."""
        try:
            loaded = x509.load_pem_x509_certificate(certificate)
        except ValueError as error:
            raise BadAuthority("it is no certificate in PEM form") from error
        if loaded.public_key() != key.public_key():
            raise BadAuthority("it belongs to another key")
        return cls(certificate=loaded, key=key)

    def serves(self, names: Names, now: datetime) -> bool:
        """Whether its certificate permits all of `names`, and no others, and will do for a while."""
        try:
            constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return False
        permitted = {name.value for name in constraints.permitted_subtrees or ()}
        is_fresh = (
            self.certificate.not_valid_before_utc <= now < self.certificate.not_valid_after_utc - AUTHORITY_RENEWAL
        )
        return is_fresh and permitted == {*names.domains, *names.networks}

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """Secret."""
        return _pem(self.key)

    def issue(self, domains: Sequence[str], addresses: Sequence[Address], now: datetime) -> bytes:
        """A new key and its certificate for a listener with these names, as one PEM. Secret."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.DNSName(domain) for domain in domains]
        alternatives += [x509.IPAddress(address) for address in addresses]
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _builder(_subject("Telecine"), self.certificate.subject, key.public_key(), now, now + LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(ours, critical=False)
        )
        certificate = builder.sign(self.key, hashes.SHA256())
        return _pem(key) + certificate.public_bytes(serialization.Encoding.PEM)


def load_key(text: bytes) -> AuthorityKey:
    """The key of an authority from its PEM file. Raises `BadAuthority`."""
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as error:
        raise BadAuthority("it is no key in PEM form") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadAuthority("it is not one of an elliptic curve")
    return key


def names_cover(chain: bytes, host: str) -> bool:
    """Whether the first certificate of a PEM file is for `host`, a name or an address (RFC 9525).

    Raises ValueError when the file holds none.
    """
    certificate = x509.load_pem_x509_certificates(chain)[0]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        domain = host.lower().rstrip(".")
        patterns = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return domain in patterns or "*." + domain.partition(".")[2] in patterns


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, end: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - _CLOCK_SKEW,
        not_valid_after=end,
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: AuthorityKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
