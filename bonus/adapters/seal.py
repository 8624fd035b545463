"""The service's electronic seal on documents: PAdES baseline B-B, by the key of a PKCS#12 file.

Sealing adds one incremental update to the file; nothing is fetched, ever.
"""

from __future__ import annotations

import asyncio
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from bonus.errors import UnsafeConfiguration

from .seal_check import SealStatus, SealTrust, common_name, valid_at, verify_seal

__all__ = ["SealStatus", "SealTrust", "Sealer", "make_demo_key", "verify_seal"]

FIELD_NAME = "Cachet"
_DEMO_VALIDITY = timedelta(days=3 * 365)


class Sealer:
    """The key, loaded once, and what it seals. One instance serves a whole process."""

    def __init__(self, signer: SimpleSigner, certificates: tuple[x509.Certificate, ...]) -> None:
        """See ``from_pkcs12``; ``certificates`` is the signer's, then its authorities."""
        self._signer = signer
        self._certificates = certificates
        # Twice (hexadecimal) the certificates and two kilobytes for the rest: no rehearsal a document.
        self._reserved = 2 * (2048 + sum(len(cert.public_bytes(Encoding.DER)) for cert in certificates))

    @classmethod
    def from_pkcs12(cls, path: Path, passphrase: str) -> Sealer:
        """Load key and certificates. Raises UnsafeConfiguration with the reason when they are unusable."""
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(
                path.read_bytes(), passphrase.encode()
            )
        except OSError as error:
            raise UnsafeConfiguration(f"The seal's key file cannot be read: {error.strerror}.") from None
        except ValueError:
            raise UnsafeConfiguration("The seal's key file is damaged or its passphrase is wrong.") from None
        if certificate is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise UnsafeConfiguration("The seal's key file must hold an EC or RSA key and its certificate.")
        if not _may_sign(certificate):
            raise UnsafeConfiguration("The seal's certificate is not one for signing documents.")
        chain = (certificate, *others)
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(_asn1(cert) for cert in chain)
        signer = SimpleSigner(
            signing_cert=_asn1(certificate),
            signing_key=keys.PrivateKeyInfo.load(
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
            cert_registry=registry,
        )
        return cls(signer, chain)

    @property
    def certificate_pem(self) -> bytes:
        """The signer's certificate, then its authorities: what the public needs to check a seal."""
        return b"".join(cert.public_bytes(Encoding.PEM) for cert in self._certificates)

    @property
    def trust(self) -> SealTrust:
        """The trust that recognises this sealer alone; add former certificates after a rotation."""
        return SealTrust([self._certificates])

    def seal(self, pdf: bytes, *, signed_at: datetime, reason: str, location: str) -> bytes:
        """``pdf`` with the seal appended. ``signed_at`` is aware and written in the signature.

        Raises ValueError when ``signed_at`` is naive or outside the certificate's validity.
        """
        _in_time(self._certificates[0], signed_at)
        metadata = PdfSignatureMetadata(
            field_name=FIELD_NAME,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            location=location,
            name=common_name(self._certificates[0]),
        )
        sealed = io.BytesIO()
        _DatedSigner(metadata, self._signer, signed_at).sign_pdf(
            _Writer(io.BytesIO(pdf)), bytes_reserved=self._reserved, output=sealed
        )
        return sealed.getvalue()

    def sign(self, data: bytes, *, signed_at: datetime) -> str:
        """The detached signature of ``data``, in hexadecimal. Raises ValueError as ``seal`` does."""
        _in_time(self._certificates[0], signed_at)
        signed = asyncio.run(self._signer.async_sign_general_data(data, "sha256", detached=True))
        return str(signed.dump().hex())


def _in_time(certificate: x509.Certificate, signed_at: datetime) -> None:
    if signed_at.tzinfo is None:
        raise ValueError("signed_at must be aware")
    if not valid_at(certificate, signed_at):
        raise ValueError("the seal's certificate is not valid at that time")


def make_demo_key(
    path: Path, passphrase: str, *, valid_from: datetime, name: str, authority: str | None = None
) -> bool:
    """Write, once, a key that seals: P-256, its certificate by an authority made for it, three years.

    False, and nothing is touched, when the file is already there. Readable by its owner only. Raises
    ValueError without a passphrase or with a naive date.
    """
    if not passphrase or valid_from.tzinfo is None:
        raise ValueError("a passphrase and an aware date are needed")
    if path.exists():
        return False
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(authority or f"{name} - autorité de démonstration")
    issuer = (
        _certificate(authority_name, authority_key.public_key(), authority_name, valid_from)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _certificate(_name(name), key.public_key(), authority_name, valid_from)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    content = pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, [issuer], BestAvailableEncryption(passphrase.encode())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(temporary, path)  # fails when another process was first: its key is the one
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True


class _Writer(IncrementalPdfFileWriter):
    """Appends to a PDF/A-2 file, which is at most PDF 1.7: pyhanko would declare version 2.0."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Keep the version of the file."""


class _DatedSigner(PdfSigner):
    """Signs at a time that is given rather than read from the clock."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: SimpleSigner, signed_at: datetime) -> None:
        super().__init__(metadata, signer)
        self._signed_at = signed_at.astimezone(UTC).replace(microsecond=0)

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """The session, at the time that was given."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._signed_at
        return session


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature or usage.content_commitment


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )


def _certificate(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name, valid_from: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + _DEMO_VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
