"""What anyone may learn of a certificate: genuine, revoked, altered or unknown (art. 15).

Without the key printed on the document nothing but its state is told: amounts are read on the document.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from bonus.adapters.seal import SealTrust, verify_seal
from bonus.extensions import db

from .content import CertificateContent
from .models import TaxCertificate
from .numbering import same_key

State = Literal["genuine", "revoked", "altered", "unknown"]


@dataclass(frozen=True)
class Verification:
    """The state; the certificate found; what it says, for who holds its key; the number that replaces it."""

    state: State
    certificate: TaxCertificate | None = None
    content: CertificateContent | None = None
    replaced_by: str | None = None


def verify_number(number: str, key: str | None) -> Verification:
    """Look a number up. With the right key the stored content comes too; a wrong key is an altered document."""
    certificate = db.session.scalars(
        select(TaxCertificate).where(TaxCertificate.number == number)
    ).one_or_none()
    if certificate is None:
        return Verification("unknown")
    if not key:
        return _found(certificate, with_content=False)
    if not same_key(key, certificate.key):
        return Verification("altered")
    return _found(certificate, with_content=True)


def verify_file(pdf: bytes, trust: SealTrust) -> Verification:
    """Compare a file with those issued: its SHA-256 first, then whether it bears our seal, broken."""
    digest = hashlib.sha256(pdf).hexdigest()
    certificate = db.session.scalars(
        select(TaxCertificate).where(TaxCertificate.pdf_sha256 == digest)
    ).one_or_none()
    if certificate is not None:
        return _found(certificate, with_content=True)
    seal = verify_seal(pdf, trust)
    # Sealed, but not as we left it. A whole seal of somebody else's says nothing of our certificates.
    broken = seal.sealed and not (seal.covers_whole_file and seal.intact)
    return Verification("altered" if broken else "unknown")


def _found(certificate: TaxCertificate, *, with_content: bool) -> Verification:
    replaced_by = certificate.replaced_by
    return Verification(
        "revoked" if replaced_by else "genuine",
        certificate,
        CertificateContent.from_dict(certificate.content) if with_content else None,
        replaced_by.number if replaced_by else None,
    )
