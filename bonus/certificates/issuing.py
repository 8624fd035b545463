"""Making one certificate: its number, frozen content, sealed document, and the trace of it (art. 15)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from bonus.adapters.pdf import certificate_pdf
from bonus.adapters.two_d_doc import CodeFields
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import PARIS, civil_date
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.money import half_up
from bonus.numbering import next_number
from bonus.parts import Issuer
from bonus.parts import issuer as the_issuer

from .content import CertificateContent, CertifiedCompany, build_certificate, content_digest
from .held import certificate_in_force
from .models import TaxCertificate
from .numbering import KEY_BYTES, RANDOM_BYTES, make_key, make_number
from .stating import YearStated, purchases_of


@dataclass(frozen=True)
class Why:
    """Why a certificate is issued: one of ``models.CAUSES``; ``revocation_id`` or ``appeal_id`` names the act."""

    cause: str
    revocation_id: int | None = None
    appeal_id: int | None = None
    actor: Actor = SERVICE


def issue(company: Company, stated: YearStated, why: Why, now: datetime) -> TaxCertificate:
    """Issue the certificate of a closed fiscal year, in the caller's transaction, which holds the company's row; the
    one in force is replaced. Raises ValueError when the year is not closed or the seal is not valid at that time."""
    issuer = the_issuer()
    former = certificate_in_force(company.id, stated.year.ends_on)
    today = civil_date(now)
    if today <= stated.year.ends_on:
        raise ValueError("a fiscal year is not closed before its last day has passed")
    decision_id = stated.last_decision_id or (former.decision_id if former else None)
    if decision_id is None:
        raise ValueError("no decision to certify")
    sequence = next_number("certificates", today.year)
    content = build_certificate(
        number=make_number(today.year, sequence, secrets.token_bytes(RANDOM_BYTES)),
        key=make_key(secrets.token_bytes(KEY_BYTES)),
        issued_on=today,
        issuer=issuer.contact,
        company=_certified_company(company),
        fiscal_year_start=stated.year.starts_on,
        fiscal_year_end=stated.year.ends_on,
        fiscal_year_closed=True,
        regime=stated.year.regime,
        purchases=purchases_of(stated),
        working=stated.working,
        open_claims=stated.open_claims,
        replaces=former.number if former else None,
    )
    pdf = _sealed_pdf(content, issuer, now)
    certificate = TaxCertificate(
        number=content.number,
        year=today.year,
        sequence=sequence,
        key=content.key,
        company_id=company.id,
        decision_id=decision_id,
        revocation_id=why.revocation_id,
        appeal_id=why.appeal_id,
        cause=why.cause,
        fiscal_year_start=stated.year.starts_on,
        fiscal_year_end=stated.year.ends_on,
        issued_at=now,
        inputs=stated.inputs,
        inputs_sha256=content_digest(stated.inputs),
        content=content.to_dict(),
        content_sha256=content.digest(),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        replaces=former,
    )
    db.session.add(certificate)
    db.session.flush()
    record(
        "certificate.issued",
        f"certificate:{certificate.number}",
        why.actor,
        now,
        number=certificate.number,
        cause=why.cause,
        pdf_sha256=certificate.pdf_sha256,
        revokes=former.number if former else None,
    )
    return certificate


def _sealed_pdf(content: CertificateContent, issuer: Issuer, now: datetime) -> bytes:
    code = (
        issuer.code_signer.sign(_code_fields(content), now.astimezone(PARIS)) if issuer.code_signer else None
    )
    pdf = certificate_pdf(content, public_url=issuer.public_url, demo=issuer.demo, code=code)
    return issuer.sealer.seal(
        pdf, signed_at=now, reason=f"Attestation fiscale {content.number}", location="Paris"
    )


def _code_fields(content: CertificateContent) -> CodeFields:
    """Amounts are the incentive of the year and the bonus, in whole euros (half up)."""
    working = content.working
    incentive = working.reduction_euros + working.deduction_euros if working else 0
    return CodeFields(
        content.number,
        content.company.siren,
        content.fiscal_year_end.year,
        incentive,
        half_up(content.total_bonus_cents, 100),
    )


def _certified_company(company: Company) -> CertifiedCompany:
    town = f"{company.postcode} {company.town}".strip()
    return CertifiedCompany(
        company.name, company.siren, tuple(part for part in (company.street, town) if part)
    )
