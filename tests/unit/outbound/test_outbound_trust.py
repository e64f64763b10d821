"""Whom outbound https trusts."""

import ssl
from pathlib import Path

import pytest

from telecine.edge.certificates import Authority, Names
from telecine.outbound.trust import UnusableAuthority, trusting
from telecine.testing.clock import ManualClock


def test_the_named_authority_is_trusted_beside_the_public_ones(tmp_path: Path) -> None:
    """A bundle that OpenSSL reads as often as it likes: AWS and the server of the house are both reached."""
    named = tmp_path / "ca.pem"
    named.write_bytes(Authority.make(Names.of(["studio.example"]), ManualClock().now()).certificate_pem)
    bundle = trusting(named)
    subjects = []
    for _ in range(2):
        context = ssl.create_default_context(cafile=bundle)
        subjects = [dict(part[0] for part in found["subject"]) for found in context.get_ca_certs()]
    assert len(subjects) > 50
    assert any(subject.get("commonName", "").startswith("Telecine local CA") for subject in subjects)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), (b"my notes", "holds no certificate in PEM form"), (b"\xff\xfe", "is no PEM file")],
)
def test_a_file_without_certificates_is_an_error_in_words(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """It names the option."""
    named = tmp_path / "ca.pem"
    if content is not None:
        named.write_bytes(content)
    with pytest.raises(UnusableAuthority, match=f"{reason}.*Name another file with --trust-ca"):
        trusting(named)
