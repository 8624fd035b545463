"""2D-Doc: the State's Data Matrix, whose few data bear an ECDSA signature that anyone checks offline.

``DC04``, certification authority (4), certificate (4), day of the document and of the signature (days since 2000-01-01,
4 hexadecimal digits each), document type (2), perimeter (2), country (2); then data, each a 2-character identifier and
its value, ended by GS where its length is free; US; the signature (raw r and s, base 32) of all before US.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import zxingcpp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from bonus.errors import UnsafeConfiguration

from .codes import Matrix

DOCUMENT_TYPE = "BS"
"""Of our own, as long as the State's register of documents gives this one no type."""
NUMBER, SIREN, YEAR, TAXABLE, PAID = "01", "E7", "4S", "4I", "4D"
"""Identifiers of the State's register: document, SIREN, year, then two amounts in whole euros."""
_FIXED = {SIREN: 9, YEAR: 4}
_EPOCH = date(2000, 1, 1)
_GS, _US = "\x1d", "\x1f"
_HEADER = 26
_HALF = 32
"""Bytes of r, and of s, on P-256."""


@dataclass(frozen=True)
class CodeFields:
    """What the code of a certificate says: amounts in whole euros, the last day of the fiscal year by its year."""

    number: str
    siren: str
    year: int
    incentive_euros: int
    bonus_euros: int


@dataclass(frozen=True)
class CodeRead:
    """A code of ours, whose signature holds; ``fields`` as signed."""

    fields: CodeFields
    issued_on: date


class CodeTrust:
    """The service's certificates for codes, each directly issued by its authority."""

    def __init__(self, certificates: Iterable[tuple[x509.Certificate, x509.Certificate]]) -> None:
        """Pairs: the certificate, then the authority that issued it. Raises ValueError when it did not."""
        self._by_name: dict[tuple[str, str], x509.Certificate] = {}
        for certificate, authority in certificates:
            try:
                certificate.verify_directly_issued_by(authority)
            except (InvalidSignature, TypeError) as error:
                raise ValueError("a code's certificate is not of its authority") from error
            self._by_name[_name(authority), _name(certificate)] = certificate

    def read(self, text: str) -> CodeRead | None:
        """What a code says, None unless it is one of ours: signed by another key is not."""
        signed, separator, signature = text.partition(_US)
        if not (separator and text.startswith("DC04") and signed.isascii() and len(signed) > _HEADER):
            return None
        certificate = self._by_name.get((signed[4:8], signed[8:12]))
        if certificate is None or signed[20:22] != DOCUMENT_TYPE:
            return None
        try:
            raw = base64.b32decode(signature + "=" * (-len(signature) % 8))
            # The only way to write it: the last character has bits to spare.
            if len(raw) != 2 * _HALF or _base32(raw) != signature:
                return None
            key = certificate.public_key()
            assert isinstance(key, ec.EllipticCurvePublicKey)
            halves = (int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
            key.verify(encode_dss_signature(*halves), signed.encode("ascii"), ec.ECDSA(hashes.SHA256()))
            return CodeRead(_fields(signed[_HEADER:]), _EPOCH + timedelta(days=int(signed[12:16], 16)))
        except (InvalidSignature, binascii.Error, ValueError, KeyError):
            return None


class CodeSigner:
    """The key that signs codes, loaded once: P-256, of a certificate and an authority named by four characters."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, authority: x509.Certificate
    ) -> None:
        """See ``from_pkcs12``."""
        self._key, self.certificate, self.authority = key, certificate, authority
        self._names = _name(authority) + _name(certificate)

    @classmethod
    def from_pkcs12(cls, path: Path, passphrase: str) -> CodeSigner:
        """Load key, certificate and authority. Raises UnsafeConfiguration when they are unusable."""
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(
                path.read_bytes(), passphrase.encode()
            )
        except (OSError, ValueError):
            raise UnsafeConfiguration(
                "The codes' key file cannot be read, or its passphrase is wrong."
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise UnsafeConfiguration("The codes' key must be on P-256.")
        if certificate is None or len(others) != 1:
            raise UnsafeConfiguration("The codes' key file must hold its certificate and its authority's.")
        if [len(_name(certificate)), len(_name(others[0]))] != [4, 4]:
            raise UnsafeConfiguration(
                "The codes' certificate and its authority are named by four characters."
            )
        return cls(key, certificate, others[0])

    @property
    def trust(self) -> CodeTrust:
        """The trust that recognises this key alone."""
        return CodeTrust([(self.certificate, self.authority)])

    def sign(self, fields: CodeFields, signed_at: datetime) -> str:
        """The text of the code of a document issued and signed on that day."""
        day = f"{(signed_at.date() - _EPOCH).days:04X}"
        header = f"DC04{self._names}{day}{day}{DOCUMENT_TYPE}01FR"
        signed = header + "".join(
            (
                f"{SIREN}{fields.siren}",
                f"{YEAR}{fields.year:04d}",
                f"{TAXABLE}{fields.incentive_euros}{_GS}",
                f"{PAID}{fields.bonus_euros}{_GS}",
                f"{NUMBER}{fields.number}{_GS}",
            )
        )
        r, s = decode_dss_signature(self._key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256())))
        raw = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
        return signed + _US + _base32(raw)


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def two_d_doc_matrix(text: str) -> Matrix:
    """The Data Matrix of a code's text."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix)
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(value < 128) for value in row) for row in modules)


def _name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _fields(message: str) -> CodeFields:
    """Raises ValueError or KeyError for data other than those ``CodeSigner.sign`` writes."""
    found: dict[str, str] = {}
    while message:
        name, rest = message[:2], message[2:]
        if name in _FIXED:
            found[name], message = rest[: _FIXED[name]], rest[_FIXED[name] :]
        else:
            found[name], ended, message = rest.partition(_GS)
            if not ended:
                raise ValueError("a value is not ended")
    return CodeFields(found[NUMBER], found[SIREN], int(found[YEAR]), int(found[TAXABLE]), int(found[PAID]))
