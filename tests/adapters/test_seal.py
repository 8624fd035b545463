"""The seal: valid for poppler, broken by any change, ours and nobody else's."""

import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.pdf import certificate_pdf
from bonus.adapters.seal import Sealer, SealStatus, SealTrust, make_demo_key, verify_seal
from bonus.errors import UnsafeConfiguration
from tests.adapters.document_samples import PUBLIC_URL, certificate, poppler

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSPHRASE = "a long enough passphrase"
NAME = "Service du Bonus Souveraineté"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seal")


@pytest.fixture(scope="module")
def sealer(folder: Path) -> Sealer:
    path = folder / "ours.p12"
    make_demo_key(path, PASSPHRASE, valid_from=NOW, name=NAME)
    return Sealer.from_pkcs12(path, PASSPHRASE)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return certificate_pdf(certificate(), public_url=PUBLIC_URL, demo=True)


@pytest.fixture(scope="module")
def sealed(sealer: Sealer, pdf: bytes) -> bytes:
    return sealer.seal(pdf, signed_at=NOW, reason="Attestation fiscale", location="Paris")


def test_poppler_says_it_is_valid_and_whole(sealed: bytes, tmp_path: Path) -> None:
    said = poppler("pdfsig", sealed, tmp_path)
    assert said.count("Signature #") == 1
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert NAME in said


def test_poppler_says_a_changed_one_is_not(sealed: bytes, tmp_path: Path) -> None:
    place = len(sealed) // 2
    changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    assert "Signature is Valid" not in poppler("pdfsig", changed, tmp_path)


def test_it_is_genuine_and_dated(sealer: Sealer, sealed: bytes) -> None:
    assert verify_seal(sealed, sealer.trust) == SealStatus(
        sealed=True, covers_whole_file=True, intact=True, ours=True, signed_at=NOW, signer=NAME
    )
    assert verify_seal(sealed, sealer.trust).genuine


def test_the_document_under_the_seal_is_untouched(pdf: bytes, sealed: bytes) -> None:
    assert sealed.startswith(pdf)
    assert not re.search(rb"/Version\s*/2", sealed[len(pdf) :])


def test_one_sealer_seals_many(sealer: Sealer, pdf: bytes) -> None:
    for rank in range(3):
        moment = NOW + timedelta(days=rank, microseconds=rank)
        status = verify_seal(
            sealer.seal(pdf, signed_at=moment, reason=f"n° {rank}", location="Lyon"), sealer.trust
        )
        assert status.genuine
        assert status.signed_at == moment.replace(microsecond=0)


@settings(deadline=None)
@given(data=st.data())
def test_any_byte_changed_anywhere_breaks_it(data: st.DataObject, sealer: Sealer, sealed: bytes) -> None:
    place = data.draw(st.integers(0, len(sealed) - 1))
    bits = data.draw(st.integers(1, 255))
    changed = sealed[:place] + bytes([sealed[place] ^ bits]) + sealed[place + 1 :]
    assert not verify_seal(changed, sealer.trust).genuine


def test_every_byte_of_the_signature_counts(sealer: Sealer, sealed: bytes) -> None:
    """Its certificates, its algorithms and its padding are outside what it signs."""
    start = sealed.rindex(b"/Contents <") + len("/Contents ")
    end = sealed.index(b">", start) + 1
    spoilt = bytearray(sealed)
    for place in [*range(start, start + 400), *range(start + 400, end, 13), end - 1]:
        spoilt[place] ^= 1
        assert not verify_seal(bytes(spoilt), sealer.trust).genuine, place - start
        spoilt[place] ^= 1
    assert bytes(spoilt) == sealed


def test_hexadecimal_in_another_case_is_another_file(sealer: Sealer, sealed: bytes) -> None:
    start = sealed.rindex(b"/Contents <") + len("/Contents ")
    place = next(i for i in range(start, len(sealed)) if sealed[i : i + 1] in b"ABCDEF")
    changed = sealed[:place] + sealed[place : place + 1].lower() + sealed[place + 1 :]
    status = verify_seal(changed, sealer.trust)
    assert status.intact
    assert not status.genuine


@pytest.mark.parametrize("tail", [b"\n", b"\n%%EOF\n", b"1 0 obj\n<<>>\nendobj\n"])
def test_what_is_added_after_it_is_noticed(tail: bytes, sealer: Sealer, sealed: bytes) -> None:
    status = verify_seal(sealed + tail, sealer.trust)
    assert status.intact
    assert not status.covers_whole_file
    assert not status.genuine


def test_a_truncated_file_is_not_genuine(sealer: Sealer, sealed: bytes) -> None:
    for length in (len(sealed) - 1, len(sealed) - 600, len(sealed) // 2, 0):
        assert not verify_seal(sealed[:length], sealer.trust).genuine


def test_without_a_seal_it_is_not_sealed(pdf: bytes, sealer: Sealer) -> None:
    assert verify_seal(pdf, sealer.trust) == SealStatus(False, False, False, False, None, None)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(tail: bytes) -> None:
    nobody = SealTrust([])
    assert not verify_seal(tail, nobody).genuine
    hexadecimal = tail.hex().encode()
    head = b"%PDF-1.7\n"
    ranges = b"/ByteRange [0 %d %d %d]" % (len(head), len(head) + len(hexadecimal) + 2, 40)
    forged = head + b"<" + hexadecimal + b">" + ranges
    assert not verify_seal(forged, nobody).genuine


def test_a_hostile_file_costs_little(sealer: Sealer) -> None:
    assert not verify_seal(b"%PDF-1.7\n" + b"/ByteRange [0 1 2 " * 2_000_000, sealer.trust).sealed
    assert not verify_seal(b"<" + b"30" * 5_000_000 + b"> /ByteRange [0 0 10000002 9]", sealer.trust).genuine


def test_the_seal_of_another_is_not_ours(sealer: Sealer, sealed: bytes, pdf: bytes, tmp_path: Path) -> None:
    make_demo_key(tmp_path / "other.p12", PASSPHRASE, valid_from=NOW, name=NAME)
    other = Sealer.from_pkcs12(tmp_path / "other.p12", PASSPHRASE)
    status = verify_seal(other.seal(pdf, signed_at=NOW, reason="x", location="x"), sealer.trust)
    assert status.intact
    assert status.covers_whole_file
    assert not status.ours
    assert not status.genuine
    both = SealTrust.from_pem(other.certificate_pem, sealer.certificate_pem)  # after a rotation
    assert verify_seal(sealed, both).genuine


def test_what_our_authority_certifies_is_not_ours_for_that(sealer: Sealer, sealed: bytes) -> None:
    authority = x509.load_pem_x509_certificates(sealer.certificate_pem)[1]
    assert not verify_seal(sealed, SealTrust([[authority]])).ours


def test_it_seals_only_while_its_certificate_is_valid(sealer: Sealer, pdf: bytes) -> None:
    end = x509.load_pem_x509_certificates(sealer.certificate_pem)[0].not_valid_after_utc
    for moment in (NOW, end):
        assert verify_seal(sealer.seal(pdf, signed_at=moment, reason="x", location="x"), sealer.trust).genuine
    for moment in (NOW - timedelta(seconds=1), end + timedelta(seconds=1)):
        with pytest.raises(ValueError, match="not valid"):
            sealer.seal(pdf, signed_at=moment, reason="x", location="x")


def test_a_naive_time_is_refused(sealer: Sealer, pdf: bytes) -> None:
    with pytest.raises(ValueError, match="aware"):
        sealer.seal(pdf, signed_at=NOW.replace(tzinfo=None), reason="x", location="x")


class TestKey:
    def test_it_is_made_once_and_private(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "seal.p12"
        assert make_demo_key(path, PASSPHRASE, valid_from=NOW, name=NAME)
        content = path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not make_demo_key(path, PASSPHRASE, valid_from=NOW, name=NAME)
        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]

    def test_its_certificate_may_sign_and_nothing_else(self, sealer: Sealer) -> None:
        own, authority = x509.load_pem_x509_certificates(sealer.certificate_pem)
        own.verify_directly_issued_by(authority)
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature
        assert usage.content_commitment
        assert not usage.key_cert_sign
        assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca

    @pytest.mark.parametrize("passphrase", ["", "naive"])
    def test_it_needs_a_passphrase_and_an_aware_date(self, passphrase: str, tmp_path: Path) -> None:
        moment = NOW if not passphrase else NOW.replace(tzinfo=None)
        with pytest.raises(ValueError, match="needed"):
            make_demo_key(tmp_path / "x.p12", passphrase, valid_from=moment, name=NAME)

    def test_a_key_that_cannot_be_used_is_said_so(self, tmp_path: Path) -> None:
        path = tmp_path / "seal.p12"
        with pytest.raises(UnsafeConfiguration, match="cannot be read"):
            Sealer.from_pkcs12(path, PASSPHRASE)
        path.write_bytes(b"not a key")
        with pytest.raises(UnsafeConfiguration, match="damaged"):
            Sealer.from_pkcs12(path, PASSPHRASE)
        path.unlink()
        make_demo_key(path, PASSPHRASE, valid_from=NOW, name=NAME)
        with pytest.raises(UnsafeConfiguration, match="passphrase"):
            Sealer.from_pkcs12(path, PASSPHRASE + "x")

    def test_another_kind_of_key_is_refused(self, tmp_path: Path) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        self._write(tmp_path / "x.p12", key, signing=True)
        with pytest.raises(UnsafeConfiguration, match="EC or RSA"):
            Sealer.from_pkcs12(tmp_path / "x.p12", PASSPHRASE)

    def test_a_certificate_not_for_signing_is_refused(self, tmp_path: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(tmp_path / "x.p12", key, signing=False)
        with pytest.raises(UnsafeConfiguration, match="signing documents"):
            Sealer.from_pkcs12(tmp_path / "x.p12", PASSPHRASE)

    def test_an_rsa_key_of_an_authority_seals_too(self, pdf: bytes, tmp_path: Path) -> None:
        key = rsa.generate_private_key(65537, 2048)
        self._write(tmp_path / "x.p12", key, signing=True)
        sealer = Sealer.from_pkcs12(tmp_path / "x.p12", PASSPHRASE)
        done = sealer.seal(pdf, signed_at=NOW, reason="x", location="x")
        assert verify_seal(done, sealer.trust).genuine
        assert "Signature is Valid" in poppler("pdfsig", done, tmp_path)

    @staticmethod
    def _write(
        path: Path,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey,
        *,
        signing: bool,
    ) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Autre")])
        usage = x509.KeyUsage(signing, signing, not signing, False, False, False, False, False, False)
        algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=1))
            .add_extension(usage, critical=True)
            .sign(key, algorithm)
        )
        encryption = BestAvailableEncryption(PASSPHRASE.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, encryption))
