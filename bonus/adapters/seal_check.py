"""Checking the service's seal on a document.

It looks at bytes, not at PDF structure: a document of ours is covered whole by one signature of one
of our certificates, so a hostile file costs a search in its tail and one hash, however it is built.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError, extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    validate_sig_integrity,
)

# The signature field is the last thing written: this is far more than the tail it stands in.
_TAIL = 256 * 1024
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
# pyhanko writes the colon of a date as an octal escape.
_SIGNED_AT = re.compile(rb"/M\s*\(D(?::|\\072)(\d{14})Z")


@dataclass(frozen=True)
class SealStatus:
    """What is true of a file's seal.

    ``sealed``: there is a seal at the end of the file. ``covers_whole_file``: nothing was added after it.
    ``intact``: the bytes are those that were sealed. ``ours``: the seal is of one of our certificates,
    valid that day. ``signed_at`` is the service's own clock, inside the sealed bytes.
    """

    sealed: bool
    covers_whole_file: bool
    intact: bool
    ours: bool
    signed_at: datetime | None
    signer: str | None

    @property
    def genuine(self) -> bool:
        """Whether the file is, to the last byte, one that the service sealed."""
        return self.sealed and self.covers_whole_file and self.intact and self.ours


_SHA256 = {"algorithm": "sha256", "parameters": None}
# What asn1crypto, cryptography and pyhanko raise on bytes that are no signature.
_NOT_A_SIGNATURE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
    UnsupportedAlgorithm,
    CMSExtractionError,
    CMSStructuralError,
    SignatureValidationError,
)
_NO_SEAL = SealStatus(False, False, False, False, None, None)


class SealTrust:
    """The service's certificates, present and past: seals of a former key stay verifiable."""

    def joined(self, other: SealTrust) -> SealTrust:
        """The trust that recognises what either of the two does."""
        both = SealTrust(())
        both._signers = self._signers | other._signers
        both._known = self._known | other._known
        return both

    def __init__(self, chains: Iterable[Iterable[x509.Certificate]]) -> None:
        """Each chain is a signer's certificate, then its authorities.

        The signer's own certificate is trusted, not what its authority certifies: that may well
        be others than us.
        """
        listed = [tuple(chain) for chain in chains]
        self._signers = {_fingerprint(chain[0]): chain[0] for chain in listed}
        self._known = {_fingerprint(certificate) for chain in listed for certificate in chain}

    @classmethod
    def from_pem(cls, *pems: bytes) -> SealTrust:
        """One PEM text a chain, as ``Sealer.certificate_pem`` gives it.

        Raises ValueError when a text holds no certificate.
        """
        return cls(x509.load_pem_x509_certificates(pem) for pem in pems)

    def signer(self, certificates: Sequence[bytes], signer: bytes) -> x509.Certificate | None:
        """Our certificate of SHA-256 ``signer``, if all those that come with it are ours too."""
        return self._signers.get(signer) if self._known.issuperset(certificates) else None


def verify_seal(pdf: bytes, trust: SealTrust) -> SealStatus:
    """What the seal of ``pdf`` is worth. Any bytes are taken; a file without a seal is ``sealed=False``."""
    ranges = _BYTE_RANGE.findall(pdf, max(0, len(pdf) - _TAIL))
    if not ranges:
        return _NO_SEAL
    start, before, after, length = (int(number) for number in ranges[-1])
    if start != 0 or not before < after <= len(pdf):
        return _NO_SEAL
    signature = _Signature.read(pdf[before:after])
    if signature is None:
        return _NO_SEAL
    digest = hashlib.sha256(pdf[:before])
    digest.update(pdf[after : after + length])
    moment = _moment(pdf[after : after + length])
    ours = trust.signer(signature.certificates, signature.signer)
    return SealStatus(
        sealed=True,
        covers_whole_file=after + length == len(pdf) and signature.spelling == pdf[before:after],
        intact=signature.holds(digest.digest()),
        ours=ours is not None and moment is not None and valid_at(ours, moment),
        signed_at=moment,
        signer=common_name(ours) if ours is not None else None,
    )


def verify_signature(data: bytes, signature: str, trust: SealTrust, signed_at: datetime) -> bool:
    """Whether ``signature`` (``Sealer.sign``) is that of ``data`` by one of our certificates, valid at that time."""
    read = _Signature.read(b"<" + signature.encode("ascii", "replace") + b">")
    if read is None or not read.holds(hashlib.sha256(data).digest()):
        return False
    ours = trust.signer(read.certificates, read.signer)
    return ours is not None and valid_at(ours, signed_at)


@dataclass(frozen=True)
class _Signature:
    """The CMS signature between ``<`` and ``>``, in hexadecimal, padded with zeros."""

    spelling: bytes
    """The only way to write it: what the signature does not cover may not vary either."""
    certificates: tuple[bytes, ...]
    signer: bytes
    _signer_info: cms.SignerInfo
    _certificate: asn1_x509.Certificate

    @classmethod
    def read(cls, hole: bytes) -> _Signature | None:
        """None for what is not the signature of one signer, of the form that ``Sealer`` writes."""
        try:
            container = cms.ContentInfo.load(bytes.fromhex(hole[1:-1].decode("ascii")))
            if container["content_type"].native != "signed_data":
                return None
            signed_data = container["content"]
            certificate = extract_certs_for_validation(signed_data).signer_cert
            signer_info = extract_signer_info(signed_data)
            if not _plain_form(signed_data, signer_info):
                return None
            certificates = tuple(choice.chosen.sha256 for choice in signed_data["certificates"])
            written = container.dump().hex().upper().encode().ljust(len(hole) - 2, b"0")
        except _NOT_A_SIGNATURE:
            return None
        return cls(b"<" + written + b">", certificates, certificate.sha256, signer_info, certificate)

    def holds(self, digest: bytes) -> bool:
        """Whether this is the signature of data with this SHA-256."""
        try:
            return all(validate_sig_integrity(self._signer_info, self._certificate, "data", digest))
        except _NOT_A_SIGNATURE:
            return False


def _plain_form(signed_data: cms.SignedData, signer_info: cms.SignerInfo) -> bool:
    """Whether the parts that no signature covers are those of a seal, and nothing else is there."""
    return (
        signed_data["version"].native == signer_info["version"].native == "v1"
        and [item.native for item in signed_data["digest_algorithms"]] == [_SHA256]
        and signer_info["digest_algorithm"].native == _SHA256
        and signed_data["encap_content_info"].native == {"content_type": "data", "content": None}
        and signed_data["crls"].native is None
    )


def _moment(signed_bytes: bytes) -> datetime | None:
    """When the seal says it was made (UTC): /M, in the sealed bytes after the signature."""
    found = _SIGNED_AT.search(signed_bytes)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _fingerprint(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA256())


def valid_at(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
