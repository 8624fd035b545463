"""Issuing tax certificates: one per company and fiscal year, each new one revoking the former (art. 15)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from bonus.adapters.pdf import certificate_pdf
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.claims.models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from bonus.claims.revocation_models import Revocation
from bonus.claims.status import OPEN, TAKEN_BACK
from bonus.companies.models import Company, FiscalYear, Mandate
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.parts import Issuer
from bonus.parts import issuer as the_issuer

from .content import CertificateContent, CertifiedCompany, CertifiedPurchase, build_certificate
from .models import TaxCertificate
from .numbering import KEY_BYTES, RANDOM_BYTES, make_key, make_number


def certify_decision(decision_id: int, now: datetime) -> None:
    """Issue the certificate of each fiscal year a decision touches, once; each replaces the one in force.

    Only eligible lines of enterprises are certified (art. 8). A second run finds the certificates there.
    """
    decision = db.session.get_one(Decision, decision_id)
    company = decision.claim.company
    # One certificate of a company at a time: the chain of replacements has no fork.
    db.session.scalars(
        select(Company)
        .where(Company.id == company.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if company.kind == "enterprise":
        bought_on = (
            select(Invoice.issued_on)
            .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
            .join(DecidedLine, DecidedLine.line_id == PurchaseLine.id)
            .where(DecidedLine.decision_id == decision_id, DecidedLine.status == "eligible")
            .distinct()
        )
        days = db.session.scalars(bought_on)
        for start, end in sorted({fiscal_year_of(company, day) for day in days}):
            if not _issued(decision_id, end):
                _issue(company, decision_id, start, end, now)
    db.session.commit()


def correct_certificates(revocation_id: int, now: datetime) -> None:
    """Issue anew, without them, each certificate in force that states purchases of a decision taken back (arts. 11 and
    15), once. The former one is replaced, also when nothing is left to state."""
    revocation = db.session.get_one(Revocation, revocation_id)
    claim = revocation.claim
    company = db.session.scalars(
        select(Company)
        .where(Company.id == claim.company_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    for former in certificates_of_company(company.id):
        stated = any(row["claim_number"] == claim.number for row in former.content["purchases"])
        if stated and not former.revoked:
            start, end = former.fiscal_year_start, former.fiscal_year_end
            _issue(company, former.decision_id, start, end, now, revocation_id=revocation.id)
    db.session.commit()


def fiscal_year_of(company: Company, day: date) -> tuple[date, date]:
    """The fiscal year that contains a day: the company's own, else the calendar year."""
    for year in company.fiscal_years:
        if year.starts_on <= day <= year.ends_on:
            return year.starts_on, year.ends_on
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _issued(decision_id: int, fiscal_year_end: date) -> bool:
    return (
        db.session.scalars(
            select(TaxCertificate.id).where(
                TaxCertificate.decision_id == decision_id,
                TaxCertificate.fiscal_year_end == fiscal_year_end,
                TaxCertificate.revocation_id.is_(None),
            )
        ).first()
        is not None
    )


def _issue(
    company: Company,
    decision_id: int,
    start: date,
    end: date,
    now: datetime,
    *,
    revocation_id: int | None = None,
) -> TaxCertificate:
    issuer = the_issuer()
    former = certificate_in_force(company.id, end)
    today = civil_date(now)
    sequence = next_number("certificates", today.year)
    content = build_certificate(
        number=make_number(today.year, sequence, secrets.token_bytes(RANDOM_BYTES)),
        key=make_key(secrets.token_bytes(KEY_BYTES)),
        issued_on=today,
        issuer=issuer.contact,
        company=_certified_company(company),
        fiscal_year_start=start,
        fiscal_year_end=end,
        fiscal_year_closed=today > end,
        regime=_regime(company.fiscal_years, end),
        purchases=_purchases(company, start, end),
        open_claims=_open_claims(company, start, end),
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
        revocation_id=revocation_id,
        fiscal_year_start=start,
        fiscal_year_end=end,
        issued_at=now,
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
        SERVICE,
        now,
        number=certificate.number,
        pdf_sha256=certificate.pdf_sha256,
        revokes=former.number if former else None,
    )
    return certificate


def _sealed_pdf(content: CertificateContent, issuer: Issuer, now: datetime) -> bytes:
    pdf = certificate_pdf(content, public_url=issuer.public_url, demo=issuer.demo)
    return issuer.sealer.seal(
        pdf, signed_at=now, reason=f"Attestation fiscale {content.number}", location="Paris"
    )


def certificate_in_force(company_id: int, fiscal_year_end: date) -> TaxCertificate | None:
    """The certificate of a fiscal year that no later one replaced."""
    return db.session.scalars(
        select(TaxCertificate)
        .where(
            TaxCertificate.company_id == company_id,
            TaxCertificate.fiscal_year_end == fiscal_year_end,
            ~TaxCertificate.replaced_by.has(),
        )
        .order_by(TaxCertificate.id.desc())
    ).first()


def _certified_company(company: Company) -> CertifiedCompany:
    town = f"{company.postcode} {company.town}".strip()
    return CertifiedCompany(
        company.name, company.siren, tuple(part for part in (company.street, town) if part)
    )


def _regime(years: Iterable[FiscalYear], end: date) -> str:
    return next((year.regime for year in years if year.ends_on == end), "reduction")


def _purchases(company: Company, start: date, end: date) -> list[CertifiedPurchase]:
    later = aliased(DecidedLine)  # a line decided anew, on appeal, is certified as last decided
    rows = db.session.scalars(
        select(DecidedLine)
        .join(PurchaseLine, DecidedLine.line_id == PurchaseLine.id)
        .join(Invoice, PurchaseLine.invoice_id == Invoice.id)
        .join(Claim, Invoice.claim_id == Claim.id)
        .where(
            Claim.company_id == company.id,
            Claim.status.not_in(TAKEN_BACK),
            DecidedLine.status == "eligible",
            ~exists().where(later.line_id == DecidedLine.line_id, later.id > DecidedLine.id),
            Invoice.issued_on.between(start, end),
        )
        .order_by(Invoice.issued_on, Invoice.id, PurchaseLine.position)
    )
    return [_purchase(row) for row in rows]


def _purchase(row: DecidedLine) -> CertifiedPurchase:
    invoice, solution, decision = row.line.invoice, row.line.solution, row.decision
    return CertifiedPurchase(
        solution=solution.name if solution else row.line.name,
        supplier_name=invoice.supplier_name,
        supplier_id=invoice.supplier_identifier,
        invoice_number=invoice.number,
        invoice_date=invoice.issued_on,
        claim_number=str(decision.claim.number),
        decision_date=decision.decided_on,
        eligible_base_cents=row.base_cents,
        bonus_cents=row.bonus_cents,
        incentive_base_cents=row.base_cents - row.bonus_cents,
    )


def _open_claims(company: Company, start: date, end: date) -> list[str]:
    """The dossiers of this fiscal year still open, which art. 15 wants named."""
    numbers = db.session.scalars(
        select(Claim.number)
        .join(Invoice, Invoice.claim_id == Claim.id)
        .where(
            Claim.company_id == company.id,
            Claim.status.in_([*OPEN, "waiting_list", "pending"]),
            Invoice.issued_on.between(start, end),
        )
        .distinct()
        .order_by(Claim.number)
    )
    return [number for number in numbers if number]


def certificates_of_company(company_id: int) -> list[TaxCertificate]:
    """Every certificate of a company, the latest first."""
    return list(
        db.session.scalars(
            select(TaxCertificate)
            .where(TaxCertificate.company_id == company_id)
            .order_by(TaxCertificate.id.desc())
        )
    )


def mandates_of_firm(firm_ids: Iterable[int], today: date) -> list[Mandate]:
    """The mandates a firm may act on today: neither ended nor revoked."""
    return list(
        db.session.scalars(
            select(Mandate)
            .join(Company, Mandate.company_id == Company.id)
            .where(
                Mandate.firm_id.in_(list(firm_ids)),
                Mandate.valid_from <= today,
                Mandate.valid_until >= today,
                Mandate.revoked_at.is_(None),
            )
            .order_by(Company.name, Company.id)
        )
    )


def certificates_of_firm(firm_ids: Iterable[int], today: date) -> list[TaxCertificate]:
    """The certificates of the companies whose mandate the firm holds today."""
    companies = [mandate.company_id for mandate in mandates_of_firm(firm_ids, today)]
    return list(
        db.session.scalars(
            select(TaxCertificate)
            .join(Company, TaxCertificate.company_id == Company.id)
            .where(TaxCertificate.company_id.in_(companies))
            .order_by(Company.name, TaxCertificate.fiscal_year_end.desc(), TaxCertificate.id.desc())
        )
    )


def trace_download(certificate: TaxCertificate, actor: Actor, now: datetime) -> bytes:
    """The sealed PDF, with the trace that this person took it."""
    record(
        "certificate.downloaded",
        f"certificate:{certificate.number}",
        actor,
        now,
        company=certificate.company.siren,
    )
    pdf = certificate.pdf
    db.session.commit()
    return pdf
