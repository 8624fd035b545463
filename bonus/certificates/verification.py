"""What anyone may learn of a certificate: genuine, revoked, altered or unknown (art. 15).

Without the key printed on the document nothing but its state is told: amounts are read on the document.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from bonus.adapters.seal import SealStatus, SealTrust, verify_seal
from bonus.extensions import db

from .content import CertificateContent
from .models import TaxCertificate
from .numbering import is_well_formed, same_key
from .revocation_list import RevocationList

State = Literal["genuine", "revoked", "altered", "unknown"]
OfflineState = Literal["genuine", "revoked", "altered", "unknown", "unchecked"]
"""``unchecked``: the seal is valid, and whether the certificate was revoked since is not known."""
_NAMED = re.compile(rb"Attestation fiscale (AF-\d{4}-\d{6,9}-[0-9A-Z]{6}-\d{2})\b")


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
    named = numbers_named(pdf)
    known = select(TaxCertificate.id).where(TaxCertificate.number.in_(named)).limit(1)
    altered = _is_broken(verify_seal(pdf, trust)) or db.session.scalar(known) is not None
    return Verification("altered" if altered else "unknown")


def verify_offline(
    pdf: bytes, trust: SealTrust, revocations: RevocationList | None
) -> tuple[OfflineState, str | None]:
    """What is known of a file without the database, by its seal and a published list; the number that replaces it.

    A list says nothing of what was sealed after it: ``unchecked``, as without any.
    """
    seal, named = verify_seal(pdf, trust), numbers_named(pdf)
    if not (seal.genuine and named):
        return ("altered" if named or _is_broken(seal) else "unknown"), None
    if revocations is None:
        return "unchecked", None
    replaced_by = revocations.revoked.get(hashlib.sha256(pdf).hexdigest())
    if replaced_by is not None:
        return "revoked", replaced_by
    return ("genuine" if seal.signed_at and seal.signed_at <= revocations.published_at else "unchecked"), None


def numbers_named(pdf: bytes) -> set[str]:
    """The numbers of certificates that a file says it is, in what a PDF says of itself (a few places: one changed byte
    leaves the others)."""
    found = {match.decode() for match in _NAMED.findall(pdf)}
    return {number for number in found if is_well_formed(number)}


def _is_broken(seal: SealStatus) -> bool:
    """Sealed, but not as we left it. A whole seal of somebody else's says nothing of our certificates."""
    return seal.sealed and not (seal.covers_whole_file and seal.intact)


def _found(certificate: TaxCertificate, *, with_content: bool) -> Verification:
    replaced_by = certificate.replaced_by
    return Verification(
        "revoked" if replaced_by else "genuine",
        certificate,
        CertificateContent.from_dict(certificate.content) if with_content else None,
        replaced_by.number if replaced_by else None,
    )
