"""The server's certificate authority in the data folder: made once, kept, renewed, and never replaced in silence."""

import stat
from pathlib import Path

import pytest
from cryptography import x509

from telecine.cli.authority import AuthorityUnusable, open_authority
from telecine.edge.certificates import AUTHORITY_LIFE, AUTHORITY_RENEWAL, Names
from telecine.testing.clock import ManualClock

NAMES = Names.of(["127.0.0.1"])
CLOCK = ManualClock()


def test_it_is_made_once(tmp_path: Path) -> None:
    """The next start finds it; its key is for its owner alone."""
    made = open_authority(tmp_path, NAMES, CLOCK.now())
    assert open_authority(tmp_path, NAMES, CLOCK.now()).certificate == made.certificate
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600
    assert (tmp_path / "ca.pem").read_bytes() == made.certificate_pem


def test_other_names_and_age_make_its_certificate_anew_and_keep_its_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its constraints are the server's names of today; the log says that clients need the new one."""
    made = open_authority(tmp_path, NAMES, CLOCK.now())
    wider = open_authority(tmp_path, Names.of(["studio.example"]), CLOCK.now())
    constraints = wider.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    assert x509.DNSName("studio.example") in (constraints.permitted_subtrees or ())
    assert wider.key.private_numbers() == made.key.private_numbers()
    assert "ca.pem is made anew: give it again to clients" in caplog.text
    later = ManualClock(CLOCK.now() + AUTHORITY_LIFE - AUTHORITY_RENEWAL)
    renewed = open_authority(tmp_path, Names.of(["studio.example"]), later.now())
    assert renewed.certificate.not_valid_after_utc > wider.certificate.not_valid_after_utc
    assert renewed.key.private_numbers() == made.key.private_numbers()


def test_a_first_start_that_broke_off_goes_on(tmp_path: Path) -> None:
    """The key is written first: with it alone the certificate is made."""
    made = open_authority(tmp_path, NAMES, CLOCK.now())
    (tmp_path / "ca.pem").unlink()
    assert open_authority(tmp_path, NAMES, CLOCK.now()).key.private_numbers() == made.key.private_numbers()


def test_what_cannot_be_used_is_an_error_in_words(tmp_path: Path) -> None:
    """A key that is gone, open to others, or another one: clients would lose their trust, so a person decides."""
    open_authority(tmp_path, NAMES, CLOCK.now())
    key, certificate = tmp_path / "ca.key", tmp_path / "ca.pem"
    good = key.read_bytes()
    key.chmod(0o640)
    with pytest.raises(AuthorityUnusable, match=f"chmod 600 {key}"):
        open_authority(tmp_path, NAMES, CLOCK.now())
    key.chmod(0o600)
    key.write_text("nothing")
    with pytest.raises(AuthorityUnusable, match=r"it is no key in PEM form\. Bring ca.key and ca.pem back"):
        open_authority(tmp_path, NAMES, CLOCK.now())
    key.write_bytes(good)
    certificate.write_text("nothing")
    with pytest.raises(AuthorityUnusable, match="it is no certificate in PEM form"):
        open_authority(tmp_path, NAMES, CLOCK.now())
    (tmp_path / "other").mkdir()
    open_authority(tmp_path / "other", NAMES, CLOCK.now())
    certificate.write_bytes((tmp_path / "other" / "ca.pem").read_bytes())
    with pytest.raises(AuthorityUnusable, match="it belongs to another key"):
        open_authority(tmp_path, NAMES, CLOCK.now())
    key.unlink()
    with pytest.raises(AuthorityUnusable, match=r"is gone\. Bring"):
        open_authority(tmp_path, NAMES, CLOCK.now())
