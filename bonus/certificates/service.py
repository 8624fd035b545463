"""Issuing tax certificates: one per company and fiscal year, each new one revoking the former (art. 15)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from bonus.adapters.pdf import certificate_pdf
from bonus.audit.service import SERVICE, record
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.models import Claim, DecidedLine, Decision, Invoice, PurchaseLine
from bonus.claims.revocation_models import Revocation
from bonus.claims.status import OPEN, TAKEN_BACK
from bonus.companies.models import Company, FiscalYear
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.parts import Issuer
from bonus.parts import issuer as the_issuer

from .content import CertificateContent, CertifiedCompany, CertifiedPurchase, build_certificate
from .held import certificate_in_force, certificates_of_company
from .models import TaxCertificate
from .numbering import KEY_BYTES, RANDOM_BYTES, make_key, make_number


def certify_decision(decision_id: int, now: datetime) -> None:
    """Issue the certificate of each fiscal year a decision touches, once; each replaces the one in force.

    Only eligible lines of enterprises are certified (art. 8). A second run finds the certificates there.
    """
    decision = db.session.get_one(Decision, decision_id)
    company = _locked(decision.claim.company_id)
    mine = (TaxCertificate.decision_id == decision_id, TaxCertificate.appeal_id.is_(None))
    for start, end in _years_touched(company, DecidedLine.decision_id == decision_id):
        if not _issued(*mine, TaxCertificate.fiscal_year_end == end):
            _issue(company, decision_id, start, end, now)
    db.session.commit()


def _locked(company_id: int) -> Company:
    """One certificate of a company at a time: the chain of replacements has no fork."""
    return db.session.scalars(
        select(Company)
        .where(Company.id == company_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _years_touched(company: Company, decided: ColumnElement[bool]) -> list[tuple[date, date]]:
    """The fiscal years of what was bought on the eligible lines of some decisions; none but of an enterprise."""
    if company.kind != "enterprise":
        return []
    bought_on = (
        select(Invoice.issued_on)
        .join(PurchaseLine, PurchaseLine.invoice_id == Invoice.id)
        .join(DecidedLine, DecidedLine.line_id == PurchaseLine.id)
        .where(decided, DecidedLine.status == "eligible")
        .distinct()
    )
    return sorted({fiscal_year_of(company, day) for day in db.session.scalars(bought_on)})


def correct_certificates(revocation_id: int, now: datetime) -> None:
    """Issue anew, without them, each certificate in force that states purchases of a decision taken back (arts. 11 and
    15), once. The former one is replaced, also when nothing is left to state."""
    revocation = db.session.get_one(Revocation, revocation_id)
    claim = revocation.claim
    company = _locked(claim.company_id)
    for former in certificates_of_company(company.id):
        stated = any(row["claim_number"] == claim.number for row in former.content["purchases"])
        if stated and not former.revoked:
            start, end = former.fiscal_year_start, former.fiscal_year_end
            _issue(company, former.decision_id, start, end, now, revocation_id=revocation.id)
    db.session.commit()


def restore_certificates(appeal_id: int, now: datetime) -> None:
    """Issue anew, with them, the certificate of each fiscal year of the purchases of a dossier whose withdrawal was
    annulled on appeal (arts. 11 and 15), once."""
    appeal = db.session.get_one(Appeal, appeal_id)
    company = _locked(appeal.claim.company_id)
    of_the_dossier = select(Decision.id).where(Decision.claim_id == appeal.claim_id)
    for start, end in _years_touched(company, DecidedLine.decision_id.in_(of_the_dossier)):
        if not _issued(TaxCertificate.appeal_id == appeal_id, TaxCertificate.fiscal_year_end == end):
            _issue(company, appeal.decision_id, start, end, now, appeal_id=appeal_id)
    db.session.commit()


def fiscal_year_of(company: Company, day: date) -> tuple[date, date]:
    """The fiscal year that contains a day: the company's own, else the calendar year."""
    for year in company.fiscal_years:
        if year.starts_on <= day <= year.ends_on:
            return year.starts_on, year.ends_on
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _issued(*why: ColumnElement[bool]) -> bool:
    """Whether a certificate was issued for that, other than by correcting one."""
    query = select(TaxCertificate.id).where(*why, TaxCertificate.revocation_id.is_(None))
    return db.session.scalars(query.limit(1)).first() is not None


def _issue(
    company: Company,
    decision_id: int,
    start: date,
    end: date,
    now: datetime,
    *,
    revocation_id: int | None = None,
    appeal_id: int | None = None,
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
        appeal_id=appeal_id,
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
